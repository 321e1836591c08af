"""An answer in the customer's own words: one line, or as many as it takes. Kept as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nineplus.plugs import Question
from nineplus.questions import Refused, complete, whole

LONGEST = 5_000

# Written out because Python and JavaScript do not agree on what is white space.
_WHITE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_NEW_LINE = re.compile("\r\n?|[\u2028\u2029\x85]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_HALF = re.compile("[\ud800-\udfff]")  # half of a character: no database takes it


def settle(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """`long`: several lines. `most`: characters at most, 300 (long: 2000) unless told."""
    whole_settings = complete("text", settings, {"long": False, "most": None})
    if not isinstance(whole_settings["long"], bool):
        raise ValueError("Say of a text question whether it is long: true or false.")
    if whole_settings["most"] is None:
        whole_settings["most"] = 2_000 if whole_settings["long"] else 300
    if not whole(whole_settings["most"]) or not 1 <= whole_settings["most"] <= LONGEST:
        raise ValueError(f"A text question takes from 1 to {LONGEST} characters: set `most` to a number between.")
    return whole_settings


def read(settings: Mapping[str, Any], given: Any) -> str | None:
    """The text without white space around it. Raises Refused: not_understood, too_long."""
    if given is None:
        return None
    if not isinstance(given, str):
        raise Refused("not_understood", "A text answer must be text.")
    return tidy(given, lines=settings["long"], most=settings["most"]) or None


def tidy(text: str, *, lines: bool, most: int) -> str:
    """What people typed as it is kept: no control characters, one kind of new line, none when `lines` is off."""
    text = _HALF.sub("\ufffd", _CONTROL.sub("", _NEW_LINE.sub("\n", text)))
    text = (text if lines else re.sub("[\n\t]+", " ", text)).strip(_WHITE)
    if len(text) > most:
        raise Refused("too_long", f"The answer has {len(text)} characters. At most {most} are taken.")
    return text


def show(settings: Mapping[str, Any], value: Any, labels: Mapping[str, str]) -> str:
    """The text itself."""
    return str(value or "")


QUESTION = Question(
    name="text",
    title="Own words",
    help="A line or a paragraph that the customer writes.",
    settle=settle,
    read=read,
    show=show,
)
