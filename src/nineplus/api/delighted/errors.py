"""What goes wrong, as Delighted's clients expect to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse


class Refused(Exception):
    """A request that is answered with `status`. `faults`: sentences by parameter (422)."""

    def __init__(
        self, status: int, message: str, *, faults: Mapping[str, Sequence[str]] | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.faults = faults or {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> HttpResponse:
        body: dict[str, Any] = {"status": self.status, "message": self.message}
        if self.faults:
            body["errors"] = {name: list(sentences) for name, sentences in self.faults.items()}
        return JsonResponse(body, status=self.status, headers=self.headers)


def invalid(**faults: str) -> Refused:
    """422 for these parameters, each with its sentence. `base`: about the request as a whole."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return Refused(status, "The request could not be used.", faults={name: [said] for name, said in faults.items()})


def missing(what: str) -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, f"There is no such {what}.")
