"""What an analysis can be asked, as a form: every option with the choices that these data have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nineplus.model import Filter, Result
from nineplus.plugs import Analysis, Option
from nineplus.stages import analyze
from nineplus.stages.analyze.choices import Offer, choices
from nineplus.stages.analyze.comments import versions

DRIVERS = "drivers"
"""The analysis that knows which service facts there are, and which weigh most."""
_FIXED = {
    "period": (("", "–"), ("week", "Week"), ("month", "Month"), ("quarter", "Quarter")),
    "window": (("", "Month"), ("week", "Week"), ("quarter", "Quarter")),
    "against": (("", "The period before"), ("first", "The first period")),
    "method": (
        ("", "Score interval"),
        ("adjusted_wald", "Adjusted Wald interval"),
        ("wald", "Wald interval"),
    ),
    "clusters": (
        ("", "As the data need"),
        ("accounts", "Accounts"),
        ("buckets", "64 buckets of accounts"),
        ("none", "None: every answer independent"),
    ),
    "tickets": (
        ("", "Whichever explains more"),
        ("all", "All of the window, fading"),
        ("primary", "The one asked about, else the latest"),
    ),
    "level": (("", "As usual"), ("1", "Main themes"), ("2", "With those below them")),
    "measure": (("", "Share of answers"), ("impact", "Points of NPS")),
    "tone": (("", "Any"), ("positive", "Good"), ("negative", "Bad")),
    "confidence": (("", "95 %"), ("0.9", "90 %"), ("0.99", "99 %")),
}
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One option as the form asks for it. `choices` empty: it is typed."""

    name: str
    label: str
    help: str
    value: str
    kind: str
    choices: Pairs = ()


def given(analysis: Analysis, asked: Mapping[str, str]) -> dict[str, str]:
    """The options that an address names."""
    known = {option.name for option in analysis.options}
    return {key: value for key, value in asked.items() if key in known and value}


def preset(analysis: Analysis, *, chosen: Filter, now: datetime, without: Iterable[str] = ()) -> dict[str, str]:
    """What is asked where the address does not say: the attribute or service fact that matters most in these data."""
    found = {}
    for option in analysis.options:
        if option.name in without:
            continue
        if option.name == "by" and option.required:
            found["by"] = choices(now=now).foremost
        elif option.name == "driver":
            found["driver"] = next((name for name, _ in movable(_drivers(chosen, now))), "")
    return {name: value for name, value in found.items() if value}


def lacking(analysis: Analysis, options: Mapping[str, str]) -> list[str]:
    """The required options that nothing was found for."""
    return [option.name for option in analysis.options if option.required and option.name not in options]


def fields(
    analysis: Analysis, options: Mapping[str, str], offer: Offer, *, chosen: Filter, now: datetime
) -> list[Field]:
    """The form of an analysis, from its options."""
    named: dict[str, Pairs] = {"by": tuple((one.slug, one.label) for one in offer.choices)}
    if any(option.name == "driver" for option in analysis.options):
        named["driver"] = tuple(movable(_drivers(chosen, now)))
    if any(option.name == "theme" for option in analysis.options):
        named["theme"] = (("", "All"), *((theme.slug, theme.name) for theme in versions.names()))
    return [_field(option, options.get(option.name, ""), named) for option in analysis.options]


def movable(result: Result) -> list[tuple[str, str]]:
    """The service facts that one can ask about alone, the weightiest first, from the answer of `drivers`."""
    if result.refused:
        return []
    rows = next((table.rows for table in result.tables if table.name == DRIVERS), ())
    return [(row["driver"], row["title"]) for row in rows if "+" not in row["driver"]]


def _drivers(chosen: Filter, now: datetime) -> Result:
    return analyze.run(DRIVERS, filter=chosen, now=now)


def _field(option: Option, value: str, named: Mapping[str, Pairs]) -> Field:
    label = option.name.replace("_", " ").capitalize()
    shown = value or ("" if option.default is None else str(option.default))
    offered: Pairs = ()
    if option.name == "by":
        offered = (*(() if option.required else (("", "–"),)), *named["by"])
    elif option.name == "controls":
        only = tuple((slug, f"Only {title.lower()}") for slug, title in named["by"])
        offered = (("", "All that fit"), ("none", "No attribute"), *only)
    elif option.name in named:
        offered = named[option.name] or ((value, value or "–"),)
    elif option.name in _FIXED:
        offered = _FIXED[option.name]
    elif option.type is bool:
        offered = (("", "as usual"), ("yes", "yes"), ("no", "no"))
    if not offered:
        return Field(option.name, label, option.help, shown, "number" if option.type in (int, float) else "text")
    if value and value not in dict(offered):  # two attributes crossed, or a value of another filter: kept as asked
        offered = (*offered, (value, value))
    return Field(option.name, label, option.help, value, "select", offered)
