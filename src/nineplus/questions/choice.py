"""One or several of the options offered, and `other` in own words. Kept as `{"options": [slugs], "other": text}`.

Options are kept by slug in the order they were drawn up in, so that a label may be mended or translated later.
`other` is there only when something was written.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

from nineplus.plugs import Question
from nineplus.questions import Refused, complete, whole
from nineplus.questions.text import tidy

OTHER = "other"
MOST_OPTIONS = 50
LONGEST_OTHER = 300

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_DEFAULTS = {"options": (), "many": False, "most": None, "order": "drawn_up", "other": False}


def settle(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """`options`: slugs. `many`: several may be chosen, `most` of them at most. `order`: drawn_up or shuffled (other
    stays last). `other`: offer own words; its slug is `other`."""
    settled = complete("choice", settings, _DEFAULTS)
    options = settled["options"]
    if not isinstance(options, list | tuple) or not all(isinstance(o, str) and _SLUG.match(o) for o in options):
        raise ValueError("Options are a list of short names in small letters, digits and _, beginning with a letter.")
    if len(set(options)) < len(options):
        raise ValueError("Two options have the same name.")
    if OTHER in options:
        raise ValueError("The name `other` is taken: switch `other` on instead of naming an option so.")
    for name in ("many", "other"):
        if not isinstance(settled[name], bool):
            raise ValueError(f"Set `{name}` to true or false.")
    count = len(options) + settled["other"]
    if not 2 <= count <= MOST_OPTIONS:
        raise ValueError(f"A choice needs from 2 to {MOST_OPTIONS} options; this one has {count}.")
    if settled["order"] not in ("drawn_up", "shuffled"):
        raise ValueError("Options are shown as `drawn_up` or `shuffled`.")
    most = settled["most"]
    if most is not None and not settled["many"]:
        raise ValueError("`most` is for a choice of several: switch `many` on.")
    if most is not None and (not whole(most) or not 2 <= most <= count):
        raise ValueError(f"At most how many? Set `most` to a number from 2 to {count}, or leave it out.")
    return {**settled, "options": list(options)}


def read(settings: Mapping[str, Any], given: Any) -> dict[str, Any] | None:
    """A slug, a list of slugs, or `{"options": …, "other": text}` as what is kept.

    Text for other chooses it, unless the one choice there is was given to another option.
    Raises Refused: not_understood, unknown_option, too_many, too_long.
    """
    chosen, written = _parts(given)
    offered = [*settings["options"], *([OTHER] if settings["other"] else [])]
    strangers = [slug for slug in chosen if slug not in offered]
    if strangers or (written and not settings["other"]):
        raise Refused("unknown_option", "Choose among the options of the question.")
    if written and (settings["many"] or not chosen):
        chosen |= {OTHER}
    most = (settings["most"] or len(offered)) if settings["many"] else 1
    if len(chosen) > most:
        raise Refused("too_many", f"Choose at most {most}.")
    if not chosen:
        return None
    kept: dict[str, Any] = {"options": [slug for slug in offered if slug in chosen]}
    if written and OTHER in chosen:
        kept["other"] = written
    return kept


def _parts(given: Any) -> tuple[set[str], str]:
    """The slugs and the text of what came in."""
    options, other = (given.get("options"), given.get("other")) if isinstance(given, dict) else (given, None)
    options = [] if options is None else options if isinstance(options, list) else [options]
    other = "" if other is None else other
    if not isinstance(other, str) or not all(isinstance(slug, str) for slug in options):
        raise Refused("not_understood", "A choice is the name of an option, or a list of such names.")
    return {slug for slug in options if slug}, tidy(other, lines=False, most=LONGEST_OTHER)


def show(settings: Mapping[str, Any], value: Any, labels: Mapping[str, str]) -> str:
    """The labels, `Price, Speed, Other: the garden`; an option without label by its name."""
    if not value:
        return ""
    words = [labels.get(slug) or slug.replace("_", " ").capitalize() for slug in value["options"]]
    if value.get("other"):
        words[-1] += f": {value['other']}"
    return ", ".join(words)


def shown(settings: Mapping[str, Any], *, seed: str) -> list[str]:
    """The options in the order in which this customer sees them; the same seed gives the same order."""
    options = list(settings["options"])
    if settings["order"] == "shuffled":
        random.Random(seed).shuffle(options)  # noqa: S311 - which option comes first is no secret
    return [*options, *([OTHER] if settings["other"] else [])]


QUESTION = Question(
    name="choice",
    title="Choice",
    help="One or several of the options offered, with room for another.",
    settle=settle,
    read=read,
    show=show,
)
