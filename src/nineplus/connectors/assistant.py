"""A language model behind an OpenAI-compatible address, local or hosted: one question, one answer, or why not.

Used only where somebody configured it. What is asked and what of an answer counts is decided in `text.endpoint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from nineplus.connectors import Reconnect, Retry
from nineplus.connectors._http import Line

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of the answer, or None and the reason, a sentence for people."""

    text: str | None
    reason: str = ""


class Assistant:
    """`base` is the address up to `/v1`; `private` allows plain HTTP and addresses inside of the network. `timeout`:
    seconds for a whole answer. Raises Reconnect when the address will not do."""

    def __init__(self, base: str, *, key: str = "", private: bool = False, timeout: float = 30) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._line = Line(base, headers=headers, private=private, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()

    def ask(self, body: Mapping[str, Any]) -> Heard:
        """Send exactly this body and hear the answer. One try: whoever waits for a name can do without it."""
        try:
            answer = self._line.call("POST", "chat/completions", send=dict(body))
        except (Retry, Reconnect) as problem:
            return Heard(None, str(problem))
        if answer.status in (401, 403):
            return Heard(None, "The model's address refuses the key.")
        if answer.status != 200:
            return Heard(None, f"The model's address answered {answer.status}.")
        text = _words(answer.body)
        if text is None:
            return Heard(None, "The model's address answered in a form that is not understood.")
        if len(text) > _LONGEST:
            return Heard(None, "The model's answer is too long.")
        return Heard(text)


def _words(body: Any) -> str | None:
    """The words of the first choice; None for any other form."""
    try:
        text = body["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return None
    return text if isinstance(text, str) else None
