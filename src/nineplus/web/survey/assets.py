"""Style and script of the survey page, as they stand in the page itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

_BUILT = Path(__file__).parent.parent / "static" / "built" / "survey"


def style() -> SafeString:
    return _read("survey.css")


def script() -> SafeString:
    return _read("survey.js")


def _read(name: str) -> SafeString:
    path = _BUILT / name
    return _text(path, path.stat().st_mtime_ns)


@cache
def _text(path: Path, _changed: int) -> SafeString:
    text = path.read_text(encoding="utf-8")
    if "</s" in text.lower().replace("</svg", ""):  # would end the element it stands in
        raise ValueError(f"{path.name} cannot stand in a page.")
    return mark_safe(text)  # noqa: S308 - our own build
