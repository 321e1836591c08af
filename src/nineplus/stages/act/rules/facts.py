"""What rules can ask of an answer: each field is one expression of the store, for one answer and for a million."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from operator import and_, or_
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Floor

from nineplus.model.currencies import exponent
from nineplus.model.workflows import Condition, Group
from nineplus.rules.workflows import ATTRIBUTE, FIELDS, field_of
from nineplus.stages.govern.preferences import preferences
from nineplus.stages.govern.rates import rates
from nineplus.stats import scale
from nineplus.store import models as store
from nineplus.store.folding import Folded
from nineplus.store.models.cases import CaseState
from nineplus.store.models.connect import MovementKind
from nineplus.store.money import in_one_currency
from nineplus.store.questions import Given, Question, instant, integer

_LISTS = frozenset(name for name, field in FIELDS.items() if field.kind == "list")
_DAY = timedelta(days=1)


def facts_of(
    response: int | None, fields: Collection[str], *, case: int | None = None, now: datetime
) -> Mapping[str, Any] | None:
    """The values of these fields for one answer, those of the case from this one; None when the answer is gone.

    A case without an answer (`response` None) has its own fields and those of its customer.
    """
    of_case = [name for name in fields if name in OF_CASE or (response is None and name in _OF_CUSTOMER)]
    if case is not None and of_case:
        rest = [name for name in fields if name not in of_case]
        told = _told(store.Case.objects.filter(pk=case), of_case, _CASE_EXPRESSIONS, now)
        return told if response is None or told is None else {**(facts_of(response, rest, now=now) or {}), **told}
    if response is None:
        return {}
    plain = [name for name in fields if name not in _LISTS]
    found = _question(tuple(sorted(plain)), *_worth(plain)).first(pk=response, now=now)
    if found is None:
        return None
    facts = {name: settled(name, found[_alias(name)], now) for name in plain}
    if "tags" in fields:
        facts["tags"] = tuple(found["tags"])
    if "themes" in fields:
        said = store.Mention.objects.filter(reading__response=response, reading__version__current=True, counts=True)
        facts["themes"] = tuple(said.order_by("theme").values_list("theme", flat=True))
    return facts


@lru_cache(maxsize=200)
def _question(plain: tuple[str, ...], worth: tuple[tuple[str, float], ...], places: int) -> Question[dict[str, Any]]:
    """These fields of one answer, while money is worth that: other rates, another statement."""

    def asked() -> QuerySet[store.Response, dict[str, Any]]:
        now = instant("now")
        rows = with_fields(store.Response.objects.filter(pk=integer("pk")), set(plain) - {"monthly"}, now=now)
        if "monthly" in plain:
            rows = rows.annotate(**{_alias("monthly"): _monthly_worth(now, dict(worth), places)})
        return rows.values("pk", "tags", *(_alias(name) for name in plain))

    return Question(asked)


def _worth(fields: Collection[str]) -> tuple[tuple[tuple[str, float], ...], int]:
    return (tuple(sorted(rates().items())), exponent(preferences().currency)) if "monthly" in fields else ((), 0)


def facts_of_many(
    responses: Collection[int], fields: Collection[str], *, now: datetime
) -> Mapping[int, Mapping[str, Any]]:
    """The same of many answers in one question, by their ids; lists (tags, themes) are left out."""
    plain = [name for name in fields if name not in _LISTS]
    rows = with_fields(store.Response.objects.filter(pk__in=responses), plain, now=now)
    found = rows.values_list("pk", *(_alias(name) for name in plain))
    return {
        pk: {name: settled(name, value, now) for name, value in zip(plain, told, strict=True)} for pk, *told in found
    }


def _told(
    rows: QuerySet[Any], fields: Iterable[str], known: Mapping[str, Callable[[datetime], Any]], now: datetime
) -> dict[str, Any] | None:
    wanted = {_alias(name): (known.get(name) or _EXPRESSIONS[name])(now) for name in fields}
    found = rows.annotate(**wanted).values(*wanted).first()
    return None if found is None else {name: settled(name, found[_alias(name)], now) for name in fields}


def with_fields(
    rows: QuerySet[store.Response], fields: Iterable[str], *, now: datetime | Given
) -> QuerySet[store.Response]:
    """These answers with the fields as columns. Lists have none: they are asked one by one."""
    wanted = {_alias(name): _expression(name, now) for name in sorted(set(fields) - _LISTS)}
    return rows.annotate(**wanted)


def matching(rows: QuerySet[store.Response], group: Group, *, now: datetime) -> QuerySet[store.Response]:
    """Those of the answers for which the group holds: the store looks, nothing is read row by row."""
    return with_fields(rows, (one.field for one in group.conditions()), now=now).filter(_group(group, now))


# --- conditions as questions to the store (the same answers as rules.workflows.met)


def _group(group: Group, now: datetime) -> Q:
    parts = [_group(one, now) if isinstance(one, Group) else _condition(one, now) for one in group.items]
    if not parts:
        return Q(pk__isnull=False)
    return reduce(and_ if group.every else or_, parts)


def _condition(one: Condition, now: datetime) -> Q:
    name, value = _alias(one.field), one.value
    field = field_of(one.field)
    assert field is not None
    if field.kind == "list":
        has = _has(one.field, str(value).strip().lower())
        return has if one.operator == "has" else ~has
    missing = Q(**{f"{name}__isnull": True})
    if field.kind == "text":
        missing |= Q(**{name: ""})
        value = _lower(value)
    if one.field == "renews_in":
        return _in_days(one, name, now)
    if one.operator == "unknown":
        return missing
    if one.operator == "known":
        return ~missing
    if one.operator == "is_not":
        return missing | ~Q(**{name: value})
    ways = {"is": "exact", "one_of": "in", "at_most": "lte", "at_least": "gte", "contains": "contains"}
    return Q(**{f"{name}__{ways[one.operator]}": value}) & ~missing


def _in_days(one: Condition, name: str, now: datetime) -> Q:
    missing = Q(**{f"{name}__isnull": True})
    if one.operator in ("unknown", "known"):
        return missing if one.operator == "unknown" else ~missing

    def day(value: Any) -> Q:
        return Q(**{f"{name}__gte": now + _DAY * value, f"{name}__lt": now + _DAY * (value + 1)})

    if one.operator == "at_most":
        return Q(**{f"{name}__lt": now + _DAY * (int(one.value // 1) + 1)})  # type: ignore[operator,union-attr]
    if one.operator == "at_least":
        return Q(**{f"{name}__gte": now + _DAY * -int(-one.value // 1)})  # type: ignore[operator,union-attr]
    if one.operator == "one_of":
        return reduce(or_, [day(value) for value in one.value])  # type: ignore[union-attr]
    return day(one.value) if one.operator == "is" else missing | ~day(one.value)


def _has(field: str, value: str) -> Q:
    if field == "themes":
        said = store.Mention.objects.filter(
            reading__response=OuterRef("pk"), reading__version__current=True, counts=True, theme__iexact=value
        )
        return Q(Exists(said))
    return Q(pk__in=_tagged(value))


def _tagged(value: str) -> list[int]:
    rows = store.Response.objects.exclude(tags=[]).values_list("pk", "tags")
    return [pk for pk, tags in rows.iterator(chunk_size=5_000) if value in (tag.strip().lower() for tag in tags)]


def _lower(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_lower(one) for one in value]
    return str(value).strip().lower()


# --- fields


def of_customer(fields: Collection[str], *, contact: bool) -> dict[str, Callable[[datetime], Any]]:
    """The expressions of those fields that any row with an account (and a contact) has."""
    known = _OF_CUSTOMER if contact else _OF_CUSTOMER - {"contact", "country"}
    return {name: _EXPRESSIONS[name] for name in fields if name in known}


def column(name: str, path: str) -> Callable[[datetime], Any]:
    """The expression of a field that stands in that column of some other row."""
    return _text(path) if FIELDS[name].kind == "text" else _column(path)


def _alias(name: str) -> str:
    return "fact_" + re.sub(r"[^a-zA-Z]", lambda odd: f"0{ord(odd[0]):x}0", name)


def _expression(name: str, now: datetime) -> Any:
    if name.startswith(ATTRIBUTE):
        return Folded(KT("attributes__" + name.removeprefix(ATTRIBUTE)))
    return _EXPRESSIONS[name](now)


def settled(name: str, value: Any, now: datetime) -> Any:
    """The value of a field as conditions judge it."""
    if name == "renews_in":
        return None if value is None else (value - now) // _DAY
    if FIELDS.get(name) and FIELDS[name].kind == "flag":
        return None if value is None else bool(value)
    return value


def _text(path: str) -> Callable[[datetime], Any]:
    return lambda now: Folded(F(path))


def _column(path: str) -> Callable[[datetime], Any]:
    return lambda now: F(path)


def _group_of(now: datetime) -> Any:
    return Case(
        When(score__lte=scale.DETRACTOR_TO, then=Value("detractor")),
        When(score__gte=scale.PROMOTER_FROM, then=Value("promoter")),
        default=Value("passive"),
        output_field=CharField(),
    )


def _flag(condition: Q) -> Callable[[datetime], Any]:
    return lambda now: Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def _before() -> QuerySet[store.Response]:
    """The answers of the same person before this one."""
    same = Q(answered_at=OuterRef("answered_at"), pk__lt=OuterRef("pk"))
    return store.Response.objects.filter(
        Q(answered_at__lt=OuterRef("answered_at")) | same, contact=OuterRef("contact")
    ).order_by("-answered_at", "-pk")


def _previous(now: datetime) -> Any:
    return Subquery(_before().values("score")[:1])


def _change(now: datetime) -> Any:
    return ExpressionWrapper(F("score") - _previous(now), output_field=IntegerField())


def _answers(now: datetime) -> Any:
    mine = _before().order_by().values("contact").annotate(n=Count("pk")).values("n")
    return ExpressionWrapper(Coalesce(Subquery(mine), 0) + 1, output_field=IntegerField())


def _monthly(now: datetime | Given) -> Any:
    """Whole units of the company's currency; what is not known stays unknown."""
    return _monthly_worth(now, rates(), exponent(preferences().currency))


def _monthly_worth(now: datetime | Given, known: Mapping[str, float], places: int) -> Any:
    moved = store.Movement.objects.filter(account=OuterRef("account"), at__lte=now, currency__in=list(known))
    paid = moved.exclude(kind=MovementKind.RENEWAL).order_by().values("account").annotate(paid=in_one_currency(known))
    return Cast(Floor(Subquery(paid.values("paid"), output_field=FloatField()) / 10**places), IntegerField())


def _renews(now: datetime) -> Any:
    running = store.Subscription.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=now), account=OuterRef("account"), renews_at__gte=now
    )
    return Subquery(running.order_by().values("account").annotate(at=Min("renews_at")).values("at"))


def _open_cases(now: datetime) -> Any:
    mine = store.Case.objects.filter(account=OuterRef("account")).exclude(state=CaseState.CLOSED)
    counted = mine.order_by().values("account").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _sentiment(now: datetime) -> Any:
    read = store.CommentReading.objects.filter(response=OuterRef("pk"), version__current=True, empty_because="")
    tone = Case(When(said="", then=F("sentiment")), default=F("said"), output_field=CharField())
    return Subquery(read.annotate(tone=tone).values("tone")[:1])


def _of_case(path: str) -> Callable[[datetime], Any]:
    """Of the newest case that the answer is part of."""

    def asked(now: datetime) -> Any:
        mine = store.Case.objects.filter(answers__response=OuterRef("pk")).order_by("-opened_at", "-pk")
        return Folded(Subquery(mine.values(path)[:1]))

    return asked


_CASE_FIELDS = {
    "case_reason": "reason",
    "case_priority": "priority",
    "case_state": "state",
    "case_team": "team",
    "case_owner": "owner__email",
    "case_outcome": "outcome",
    "case_cause": "root_cause",
}
OF_CASE = frozenset(_CASE_FIELDS)
_OF_CUSTOMER = frozenset({"account", "monthly", "renews_in", "open_cases", "contact", "country"})
"""What a case says of its customer without any answer: its columns are named alike."""
_CASE_EXPRESSIONS = {name: _text(path) for name, path in _CASE_FIELDS.items()}
_EXPRESSIONS: Mapping[str, Callable[[datetime], Any]] = {
    "score": _column("score"),
    "group": _group_of,
    "commented": _flag(~Q(comment="")),
    "survey": _text("survey__name"),
    "touchpoint": _text("survey__touchpoint"),
    "channel": _text("channel"),
    "language": _text("language"),
    "may_contact": _column("consent_contact"),
    "sentiment": _sentiment,
    "previous_score": _previous,
    "change": _change,
    "answers": _answers,
    "account": _text("account__name"),
    "monthly": _monthly,
    "renews_in": _renews,
    "open_cases": _open_cases,
    "contact": _flag(Q(contact__isnull=False)),
    "country": _text("contact__country"),
    "ticket_category": _text("ticket__category"),
    "ticket_priority": _text("ticket__priority"),
    "ticket_team": _text("ticket__team"),
    "sla_breached": _column("ticket__sla_breached"),
    "reopens": _column("ticket__reopens"),
    **{name: _of_case(path) for name, path in _CASE_FIELDS.items()},
}
