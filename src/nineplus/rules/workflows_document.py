"""A rule as a document (what JSON and YAML hold) and back. What cannot be read is said with its place."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from nineplus.model.workflows import EVENTS, Act, Branch, Condition, Group, Limits, Rule, Step, Wait
from nineplus.rules.workflows import OPERATORS, WITHOUT_VALUE, field_of

_MOST = 50
_LONGEST_WAIT = 90 * 24


class BadRule(Exception):
    """The document is no rule: the place and what is wrong there."""


def write(rule: Rule) -> dict[str, Any]:
    """The document of a rule; `read` makes the same rule of it."""
    document: dict[str, Any] = {"name": rule.name, "when": rule.event}
    if rule.when.items:
        document["if"] = _group(rule.when)
    document["then"] = [_step(step) for step in rule.steps]
    limits = {
        name: getattr(rule.limits, name)
        for name in Limits.__dataclass_fields__
        if getattr(rule.limits, name) != getattr(Limits(), name)
    }
    return document | ({"limits": limits} if limits else {})


def read(document: Any, *, actions: Mapping[str, Collection[str]] | None = None) -> Rule:
    """The rule that the document describes. `actions`: the settings that each action knows, to check them by.

    Raises BadRule.
    """
    found = _table(document, "the rule", {"name", "when", "if", "then", "limits"})
    name = _text(found.get("name"), "name")
    event = _text(found.get("when"), "when")
    if event not in EVENTS:
        raise BadRule(f"when: there is no event {event!r}. There are: {', '.join(EVENTS)}.")
    steps = _steps(found.get("then"), "then", actions, deep=0)
    if not steps:
        raise BadRule("then: say what is to be done.")
    return Rule(name, event, _read_group(found.get("if"), "if", deep=0), steps, _limits(found.get("limits")))


# --- out


def _group(group: Group) -> dict[str, Any]:
    items = [_group(one) if isinstance(one, Group) else _condition(one) for one in group.items]
    return {"all" if group.every else "any": items}


def _condition(one: Condition) -> dict[str, Any]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    return {"field": one.field, "is": one.operator} | ({} if value is None else {"value": value})


def _step(step: Step) -> dict[str, Any]:
    if isinstance(step, Wait):
        return {"wait": step.hours}
    if isinstance(step, Branch):
        told: dict[str, Any] = {"if": _group(step.when), "then": [_step(one) for one in step.then]}
        return told | ({"else": [_step(one) for one in step.otherwise]} if step.otherwise else {})
    return {"do": step.do} | ({"with": dict(step.settings)} if step.settings else {})


# --- in


def _read_group(given: Any, place: str, *, deep: int) -> Group:
    if given is None:
        return Group()
    found = _table(given, place, {"all", "any"})
    if len(found) != 1:
        raise BadRule(f"{place}: say either all or any.")
    [(how, items)] = found.items()
    read: list[Condition | Group] = []
    for number, item in enumerate(_list(items, f"{place}.{how}"), start=1):
        here = f"{place}.{how}[{number}]"
        if isinstance(item, Mapping) and ("all" in item or "any" in item):
            if deep:
                raise BadRule(f"{here}: groups lie in groups one level deep.")
            read.append(_read_group(item, here, deep=1))
        else:
            read.append(_read_condition(item, here))
    return Group(tuple(read), every=how == "all")


def _read_condition(given: Any, place: str) -> Condition:
    found = _table(given, place, {"field", "is", "value"})
    name, operator = _text(found.get("field"), f"{place}.field"), _text(found.get("is"), f"{place}.is")
    field = field_of(name)
    if field is None:
        raise BadRule(f"{place}.field: there is no field {name!r}.")
    if operator not in OPERATORS or field.kind not in OPERATORS[operator][1]:
        can = [one for one, (_, kinds) in OPERATORS.items() if field.kind in kinds]
        raise BadRule(f"{place}.is: {name} cannot be asked with {operator!r}, but with {', '.join(can)}.")
    value = found.get("value")
    if operator in WITHOUT_VALUE:
        if value is not None:
            raise BadRule(f"{place}.value: {operator} takes no value.")
        return Condition(name, operator)
    if operator == "one_of":
        values = _list(value, f"{place}.value")
        if not values:
            raise BadRule(f"{place}.value: name at least one.")
        return Condition(name, operator, tuple(_scalar(one, field.kind, f"{place}.value") for one in values))
    return Condition(name, operator, _scalar(value, field.kind, f"{place}.value"))


def _scalar(value: Any, kind: str, place: str) -> Any:
    if kind == "flag":
        if not isinstance(value, bool):
            raise BadRule(f"{place}: say true or false.")
        return value
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise BadRule(f"{place}: this must be a number.")
        if abs(value) > 10**15:
            raise BadRule(f"{place}: this number is too large.")
        return value
    return _text(value, place)


def _steps(given: Any, place: str, actions: Mapping[str, Collection[str]] | None, *, deep: int) -> tuple[Step, ...]:
    return tuple(
        _read_step(one, f"{place}[{number}]", actions, deep=deep)
        for number, one in enumerate(_list(given, place), start=1)
    )


def _read_step(given: Any, place: str, actions: Mapping[str, Collection[str]] | None, *, deep: int) -> Step:
    found = _table(given, place, {"do", "with", "wait", "if", "then", "else"})
    if "wait" in found:
        hours = _scalar(found["wait"], "number", f"{place}.wait")
        if len(found) > 1 or not 0 < hours <= _LONGEST_WAIT:
            raise BadRule(f"{place}.wait: wait up to {_LONGEST_WAIT} hours, and nothing else in the same step.")
        return Wait(float(hours))
    if "if" in found:
        if deep:
            raise BadRule(f"{place}.if: a branch holds no branch.")
        then = _steps(found.get("then") or [], f"{place}.then", actions, deep=1)
        other = _steps(found.get("else") or [], f"{place}.else", actions, deep=1)
        return Branch(_read_group(found["if"], f"{place}.if", deep=0), then, other)
    do = _text(found.get("do"), f"{place}.do")
    if actions is not None and do not in actions:
        raise BadRule(f"{place}.do: there is no action {do!r}. There are: {', '.join(actions)}.")
    known = set(actions[do]) if actions is not None else None
    settings = _table(found.get("with") or {}, f"{place}.with", known)
    return Act(do, tuple((name, _text(value, f"{place}.with.{name}", empty=True)) for name, value in settings.items()))


def _limits(given: Any) -> Limits:
    found = _table(given or {}, "limits", set(Limits.__dataclass_fields__))
    per = found.get("per", "")
    if per not in ("", "account", "contact"):
        raise BadRule("limits.per: account or contact.")
    for name, most in (("times", 1000), ("days", 365), ("per_day", 100_000), ("per_hour", 100_000)):
        value = found.get(name, 1)
        if name == "per_day" and value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise BadRule(f"limits.{name}: a whole number from 1 to {most}.")
    return Limits(**found)


def _table(given: Any, place: str, known: Collection[str] | None) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise BadRule(f"{place}: this must be a list of names with values.")
    for name in given:
        if known is not None and name not in known:
            raise BadRule(f"{place}: {str(name)[:60]!r} is not known here. Known are: {', '.join(sorted(known))}.")
    return dict(given)


def _list(given: Any, place: str) -> list[Any]:
    if not isinstance(given, list):
        raise BadRule(f"{place}: this must be a list.")
    if len(given) > _MOST:
        raise BadRule(f"{place}: at most {_MOST}.")
    return given


def _text(given: Any, place: str, *, empty: bool = False) -> str:
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise BadRule(f"{place}: this must be a text.")
    text = str(given)
    if "\x00" in text or len(text) > 2_000 or (not text.strip() and not empty):
        raise BadRule(f"{place}: this must be a text of 1 to 2000 characters.")
    return text
