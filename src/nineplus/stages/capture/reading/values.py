"""What is known of an attribute's values, and how many contacts a set of conditions leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf

from nineplus.model.survey import Condition
from nineplus.rules import audiences
from nineplus.store.models import Attribute, Contact

MOST_VALUES = 30
"""Offered to choose from; beyond it one writes."""
_LOOKED_AT = 2_000
_COLUMNS = ("country", "language")  # of the contact itself; an attribute of that name comes before


@dataclass(frozen=True, slots=True)
class Known:
    """One attribute's values among contacts, the most frequent first, with how many contacts have each.

    `kind`: number, date, flag or text, what its values look like where nobody said. `lowest` and `highest` are those of
    numbers and dates. `more`: there are others than the ones named.
    """

    slug: str
    label: str
    kind: str
    values: tuple[tuple[str, int], ...]
    more: bool
    lowest: str = ""
    highest: str = ""


def known(slug: str) -> Known | None:
    """The values of that attribute; None when nobody defined it. One grouped query."""
    attribute = Attribute.objects.filter(slug=slug).first()
    if attribute is None:
        return None
    found = Contact.objects.annotate(value=_value(slug)).filter(value__isnull=False).order_by()
    rows = [
        (str(value), n)
        for value, n in found.values_list("value").annotate(n=Count("pk")).order_by("-n", "value")[: _LOOKED_AT + 1]
    ]
    kind = _kind(attribute.type, [value for value, _n in rows])
    lowest, highest = _ends(kind, [value for value, _n in rows]) if len(rows) <= _LOOKED_AT else ("", "")
    return Known(slug, attribute.label, kind, tuple(rows[:MOST_VALUES]), len(rows) > MOST_VALUES, lowest, highest)


def matching(conditions: Sequence[Condition]) -> tuple[int, int]:
    """How many contacts all conditions hold for now, and how many contacts there are.

    Grouped by the values of the attributes that the conditions name, so that a hundred thousand contacts are one query.
    """
    slugs = sorted({condition.attribute for condition in conditions})
    if not slugs:
        everybody = Contact.objects.count()
        return everybody, everybody
    types = dict(Attribute.objects.values_list("slug", "type"))
    names = {f"value_{number}": _value(slug) for number, slug in enumerate(slugs)}
    rows = Contact.objects.annotate(**names).order_by().values_list(*names).annotate(n=Count("pk"))
    here = everybody = 0
    for *values, n in rows:
        everybody += n
        if audiences.matches(conditions, dict(zip(slugs, values, strict=True)), types):
            here += n
    return here, everybody


def _value(slug: str) -> Any:
    """A contact's own value, else its account's, as deciding reads it."""
    texts = [
        NullIf(KeyTextTransform(slug, whose), Value(""), output_field=TextField())
        for whose in ("attributes", "account__attributes")
    ]
    column = [NullIf(F(slug), Value(""))] if slug in _COLUMNS else []
    return Coalesce(*texts, *column, output_field=TextField())


def _kind(said: str, values: Sequence[str]) -> str:
    if said != Attribute.Type.TEXT or not values:
        return said
    for kind, reads in (("number", audiences.number), ("date", audiences.day)):
        if all(reads(value) is not None for value in values):
            return kind
    return said


def _ends(kind: str, values: Sequence[str]) -> tuple[str, str]:
    reads: Any = {"number": audiences.number, "date": audiences.day}.get(kind)
    there = sorted((reads(value), value) for value in values if reads(value) is not None) if reads else []
    if not there:
        return "", ""
    return (str(there[0][0]), str(there[-1][0])) if kind == "date" else (there[0][1], there[-1][1])
