"""What is read and written: JSON as its standard has it."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder


class Strict(Parser):
    """Reads no other type than JSON, no NaN, and only text that can be kept."""

    def parse_body(self, request: HttpRequest) -> Any:
        kind = (request.content_type or "").lower()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise HttpError(415, "Send JSON, with the header Content-Type: application/json.")
        read = json.loads(request.body, parse_constant=_no_number)
        json.dumps(read, ensure_ascii=False).encode()  # half a character (a lone surrogate) is no text
        return read


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON.")


class _Encoder(NinjaJSONEncoder):
    def default(self, o: Any) -> Any:
        return sorted(o) if isinstance(o, frozenset) else super().default(o)


class Renderer(JSONRenderer):
    """Writes sets as sorted lists, so that the same thing is the same text."""

    encoder_class = _Encoder
