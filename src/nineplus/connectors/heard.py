"""One answer as a survey tool sends it, whatever the tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Unusable(Exception):
    """A call that holds no answer to the question. The sentence says why and what to change. `key` names the call."""

    def __init__(self, code: str, message: str, *, key: str = "", payload: Any = None) -> None:
        super().__init__(message)
        self.code, self.key, self.payload = code, key, payload


@dataclass(frozen=True, slots=True)
class Heard:
    """`key` is the tool's own name of the answer: the same key is the same answer. `payload` is the call as it came.

    `contact` is the customer's id at the company, `email` an address; either may be empty. `at` is aware.
    """

    key: str
    score: int
    at: datetime
    comment: str = ""
    contact: str = ""
    email: str = ""
    name: str = ""
    account: str = ""
    language: str = ""
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    payload: Any = None
