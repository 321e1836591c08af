"""The editor of rules: a form that reads as a sentence, and the document that it says. Nothing is kept here.

Every button of the form but Save sends it to be drawn again: with one condition more, one step less. So it works
without scripts; with them only the form is put in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from nineplus.model.workflows import EVENTS, Limits
from nineplus.plugs import Action
from nineplus.rules.workflows import FIELDS, OPERATORS, WITHOUT_VALUE, Field, field_of
from nineplus.stages.act.actions import actions
from nineplus.stages.act.cases import letters
from nineplus.stages.act.playbooks import keeping as playbooks
from nineplus.stages.act.rules.starters import STARTERS
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Attribute, Survey, User
from nineplus.web import typed

_LIMITS = ("times", "days", "per_day", "per_hour")


def starters() -> Sequence[str]:
    """The names of the rules to begin with, those whose actions there are."""
    known = actions()
    return [
        name for name, made in STARTERS.items() if all(step["do"] in known for step in made["then"] if "do" in step)
    ]


def begun(like: str) -> dict[str, Any]:
    """The document that a new rule begins with."""
    if like in starters():
        return {"name": like, **STARTERS[like]}
    first = {"field": "group", "is": "is", "value": "detractor"}
    return {"name": "", "when": "response.scored", "if": {"all": [first]}, "then": []}


def shown(document: Mapping[str, Any], *, judged: bool = False) -> dict[str, Any]:
    """What the form's template shows. A rule with groups or branches is changed as text, and `flat` is False.

    `judged`: somebody wanted it kept, so that what is left empty is marked too.
    """
    [(how, items)] = (document.get("if") or {"all": []}).items()
    flat = all("field" in one for one in items) and all("do" in one or "wait" in one for one in document["then"])
    grouped = _grouped()
    return {
        "document": document,
        "flat": flat,
        "how": how,
        "conditions": [_condition(one, n, judged=judged) for n, one in enumerate(items, start=1)] if flat else [],
        "steps": [_step(one, place) for place, one in enumerate(document["then"], start=1)] if flat else [],
        "limits": {name: getattr(Limits(), name) for name in _LIMITS} | document.get("limits", {}),
        "limited": bool(document.get("limits")),
        "events": EVENTS.items(),
        "grouped": grouped,
        "plugs": sorted(actions().values(), key=lambda plug: plug.title),
        "known": _known() if flat else {},
    }


def changed(document: Mapping[str, Any], edit: str) -> dict[str, Any]:
    """The document after a button: `add-if`, `drop-if-2`, `add-do-open_case`, `drop-do-1`, `up-do-2`."""
    [(how, items)] = (document.get("if") or {"all": []}).items()
    items, steps = list(items), list(document["then"])
    verb, _, rest = edit.partition("-")
    kind, _, which = rest.partition("-")
    place = int(which) - 1 if which.isascii() and which.isdecimal() else -1
    if edit == "add-if":
        items.append({"field": "score", "is": "at_most", "value": ""})
    elif verb == "add" and kind == "do":
        steps.append({"wait": 24} if which == "wait" else {"do": which})
    elif verb == "drop" and kind == "if" and 0 <= place < len(items):
        del items[place]
    elif verb == "drop" and kind == "do" and 0 <= place < len(steps):
        del steps[place]
    elif edit.startswith("up-do-") and 0 < place < len(steps):
        steps[place - 1 : place + 1] = [steps[place], steps[place - 1]]
    new = {**document, "then": steps}
    new.pop("if", None)
    return new | ({"if": {how: items}} if items else {})


def unread(document: Mapping[str, Any]) -> str:
    """Which condition's value cannot be taken, and why; empty when all can."""
    [(_, items)] = (document.get("if") or {"all": []}).items()
    told = [_condition(one, place, judged=True) for place, one in enumerate(items, start=1)]
    return next((f"Condition {one['n']}, {one['title']}: {one['wrong']}" for one in told if one["wrong"]), "")


_PLACES = (
    (re.compile(r"if\.(?:all|any)\[(\d+)\](?:\.\w+)*: (.*)", re.S), "Condition {}: {}"),
    (re.compile(r"then\[(\d+)\](?:\.\w+)*: (.*)", re.S), "Step {}: {}"),
    (re.compile(r"limits\.times: (.*)", re.S), "How often: {}"),
    (re.compile(r"limits\.days: (.*)", re.S), "Within days: {}"),
    (re.compile(r"limits\.per_day: (.*)", re.S), "At most a day: {}"),
    (re.compile(r"limits\.per_hour: (.*)", re.S), "At most an hour: {}"),
    (re.compile(r"(name|when|then|if|limits): (.*)", re.S), "{}: {}"),
)


def in_the_form(problem: str) -> str:
    """The same problem by the form's own words for its places: a file's places tell nobody anything here."""
    for place, words in _PLACES:
        if found := place.fullmatch(problem):
            told = words.format(*found.groups())
            return told[:1].upper() + told[1:]
    return problem


def said(given: QueryDict) -> dict[str, Any]:
    """What the form says, as a document; whether it can be a rule is not judged here."""
    conditions = [_given_condition(given, place) for place in given.getlist("if")]
    document: dict[str, Any] = {"name": given.get("name", ""), "when": given.get("when", "")}
    if conditions:
        document["if"] = {"any" if given.get("how") == "any" else "all": conditions}
    document["then"] = [_given_step(given, place) for place in given.getlist("then")]
    limits: dict[str, Any] = {"per": given["per"]} if given.get("per") else {}
    for name in _LIMITS:
        if (text := given.get(name, "").strip()).isdecimal() and int(text) != getattr(Limits(), name):
            limits[name] = int(text)
    return document | ({"limits": limits} if limits else {})


# --- out


def _grouped() -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    attributes = Attribute.objects.order_by("label").values_list("slug", "label")
    own = [(f"attribute.{slug}", label or slug) for slug, label in attributes if field_of(f"attribute.{slug}")]
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, one in FIELDS.items():
        groups.setdefault(one.group, []).append((name, one.title))
    return [*groups.items(), *([("Attributes", own)] if own else [])]


def _condition(one: Mapping[str, Any], place: int, *, judged: bool = False) -> dict[str, Any]:
    field = field_of(one["field"])
    kind = field.kind if field else "text"
    can = [(name, words) for name, (words, kinds) in OPERATORS.items() if kind in kinds]
    operator = one["is"] if one["is"] in dict(can) else can[0][0]
    return {
        "n": place,
        "field": one["field"],
        "title": field.title if field else one["field"],
        "strange": field is None or (one["field"] not in FIELDS and not one["field"].startswith("attribute.")),
        "is": operator,
        "operators": can,
        "kind": kind,
        "choices": field.choices if field and operator in ("is", "is_not") else (),
        "valued": operator not in WITHOUT_VALUE,
        "several": operator == "one_of",
        "shown": _text(one.get("value")),
        "wrong": _unread({**one, "is": operator}, kind, judged=judged),
        "currency": preferences().currency if field and field.money else "",
    }


def _step(one: Mapping[str, Any], place: int) -> dict[str, Any]:
    if "wait" in one:
        return {"n": place, "do": "wait", "title": "Wait", "wait": one["wait"]}
    plug = actions().get(one["do"])
    given = one.get("with", {})
    lines = [_setting(plug, field.name, given) for field in plug.fields] if plug else []
    asked = [line for line in lines if line["required"] or line["value"]]
    rest = [line for line in lines if line not in asked]
    asked, rest = (asked, rest) if asked else (lines[:2], lines[2:])
    return {"n": place, "do": one["do"], "title": plug.title if plug else one["do"], "asked": asked, "rest": rest}


def _setting(plug: Action, name: str, given: Mapping[str, str]) -> dict[str, Any]:
    field = next(one for one in plug.fields if one.name == name)
    return {
        "name": name,
        "title": field.title,
        "help": field.help,
        "choices": field.choices,
        "required": field.required,
        "value": given.get(name, field.default if name not in given else ""),
        "long": name in ("text", "note"),
    }


def _known() -> Mapping[str, Sequence[str]]:
    """What can be chosen for a setting of that name."""
    people = User.objects.filter(is_active=True).order_by("email")
    teams = people.exclude(seat__team="").exclude(seat=None).order_by("seat__team")
    return {
        "to": list(people.values_list("email", flat=True)),
        "team": sorted(set(teams.values_list("seat__team", flat=True))),
        "playbook": [one.playbook.name for one in playbooks.every()],
        "template": [one.name for one in letters.every()],
        "survey": list(Survey.objects.order_by("name").values_list("name", flat=True)[:200]),
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return "" if value is None else typed.shown(value) if isinstance(value, (int, float)) else str(value)


# --- in


def _given_condition(given: QueryDict, place: str) -> dict[str, Any]:
    name, operator = given.get(f"field_{place}", ""), given.get(f"operator_{place}", "")
    field = field_of(name)
    can = _can(field)
    if operator not in can or given.get(f"was_{place}", name) != name:  # another field was chosen
        operator = "at_least" if "at_least" in can and name != "score" else can[0]
    asked: dict[str, Any] = {"field": name, "is": operator}
    if operator not in WITHOUT_VALUE:
        asked["value"] = _value(field, operator, given.get(f"value_{place}", ""))
    return asked


def _can(field: Field | None) -> Sequence[str]:
    kind = field.kind if field else "text"
    return [name for name, (_, kinds) in OPERATORS.items() if kind in kinds]


def _given_step(given: QueryDict, place: str) -> dict[str, Any]:
    do = given.get(f"do_{place}", "")
    if do == "wait":
        return {"wait": _number(given.get(f"wait_{place}", ""))}
    plug = actions().get(do)
    names: Iterable[str] = (field.name for field in plug.fields) if plug else ()
    settings = {name: given.get(f"{name}_{place}", "").strip() for name in names}
    settings = {name: value for name, value in settings.items() if value}
    return {"do": do} | ({"with": settings} if settings else {})


def _value(field: Field | None, operator: str, text: str) -> Any:
    kind = field.kind if field else "text"
    if operator == "one_of":
        if kind == "number":
            return [_number(part) for part in typed.several(text)]
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind == "flag":
        return text.strip().lower() not in ("no", "false")
    return _number(text) if kind == "number" else text.strip()


def _number(text: str) -> Any:
    """The number, or what was typed where it is none: the form marks it."""
    try:
        found = typed.number(text)
    except NotPossible:
        return text.strip()
    return int(found) if found == found.to_integral_value() else float(found)


def _unread(one: Mapping[str, Any], kind: str, *, judged: bool) -> str:
    """Why the value of a condition cannot be taken; empty when it can."""
    if one["is"] in WITHOUT_VALUE:
        return ""
    if judged and one.get("value") in ("", None, []):
        return "Say with what it is compared."
    if kind != "number":
        return ""
    for value in one["value"] if isinstance(one.get("value"), list) else [one.get("value")]:
        if isinstance(value, str) and value:
            try:
                typed.number(value)
            except NotPossible as problem:
                return str(problem)
    return ""
