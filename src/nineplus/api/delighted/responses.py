"""/v1/survey_responses: answers in, changed, and out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.http import HttpResponse

from nineplus.api.delighted.door import Ask, said
from nineplus.api.delighted.errors import missing
from nineplus.api.delighted.paging import portion
from nineplus.api.delighted.sent import Sent, number_of
from nineplus.rules.outcomes import LONGEST_COMMENT, storable
from nineplus.stages.capture.answering.answers import attribute_slug, record_response
from nineplus.stages.capture.answering.revising import revise
from nineplus.stages.errors import NotPossible
from nineplus.stats import scale
from nineplus.store.models import Response

_EXPANDS = ("person", "notes")
_ORDERS = {
    "asc": ("answered_at", "pk"),
    "desc": ("-answered_at", "-pk"),
    "asc:updated_at": ("updated", "pk"),
    "desc:updated_at": ("-updated", "-pk"),
    "asc:created_at": ("answered_at", "pk"),
    "desc:created_at": ("-answered_at", "-pk"),
}
_MOST_TAGS = 100


def created(ask: Ask) -> HttpResponse:
    """Keep one answer of a person who is known."""
    sent = ask.sent
    person = number_of(_person(sent))
    score = sent.whole("score", least=scale.LOWEST, most=scale.HIGHEST)
    comment = sent.text("comment", most=LONGEST_COMMENT)
    properties, at = _properties(sent), sent.moment("created_at")
    if not person:
        sent.fault("person", "must be the id of a person")
    if score is None and "score" not in sent.faults:
        sent.fault("score", "must be given")
    sent.check()
    assert score is not None
    recorded = record_response(
        score=score,
        survey=ask.survey.name,
        survey_row=ask.survey.pk,
        contact_row=person,
        comment=comment,
        answered_at=at,
        channel="api",
        attributes={name: value for name, value in properties.items() if value},
        now=ask.now,
    )
    return said(_shape(ask, recorded.response.pk), status=201)


def one(ask: Ask, *, pk: str) -> HttpResponse:
    return said(_shape(ask, number_of(pk)))


def changed(ask: Ask, *, pk: str = "") -> HttpResponse:
    """Change score, comment, properties, tags or notes. The id is in the address, or (Node) in the body alone.

    The Python client sends the whole answer: what is as it was changes nothing, and what cannot be changed is passed
    over.
    """
    sent = ask.sent
    number = number_of(pk or sent.text("id"))
    score = sent.whole("score", least=scale.LOWEST, most=scale.HIGHEST)
    comment = sent.text("comment", most=LONGEST_COMMENT) if "comment" in sent else None
    properties, tags, notes = _properties(sent), _tags(sent), _notes(sent)
    sent.check()
    revise(
        response_id=number,
        survey=ask.survey.pk,
        score=score,
        comment=comment,
        attributes=properties,
        tags=tags,
        notes=notes,
        now=ask.now,
    )
    return said(_shape(ask, number))


def listed(ask: Ask) -> HttpResponse:
    sent = ask.sent
    page, expand = portion(sent), _expand(sent)
    order = sent.text("order") or "asc"
    since, until = sent.moment("since"), sent.moment("until")
    updated_since, updated_until = sent.moment("updated_since"), sent.moment("updated_until")
    if order not in _ORDERS:
        sent.fault("order", f"must be one of {', '.join(_ORDERS)}")
    trend = trend_of(sent)
    sent.check()
    rows = _rows(ask).annotate(updated=Coalesce("changed_at", "answered_at"))
    for condition in (
        Q(answered_at__gte=since) if since else None,
        Q(answered_at__lte=until) if until else None,
        Q(updated__gte=updated_since) if updated_since else None,
        Q(updated__lte=updated_until) if updated_until else None,
    ):
        rows = rows.filter(condition) if condition is not None else rows
    rows = of_trend(rows, trend).order_by(*_ORDERS[order])[page]
    return said([ask.shapes.response(row, expand=expand) for row in rows])


def trend_of(sent: Sent) -> tuple[str, str] | None:
    """The attribute and value that `trend=NAME:VALUE` asks for. Delighted's own numbers mean nothing here."""
    text = sent.text("trend")
    name, colon, value = text.partition(":")
    if not text:
        return None
    try:
        if colon and value:
            return attribute_slug(name), value
    except NotPossible:
        pass
    sent.fault("trend", "there is no such trend; name an attribute and its value, as state:CA")
    return None


def of_trend(rows: QuerySet[Response], trend: tuple[str, str] | None) -> QuerySet[Response]:
    if trend is None:
        return rows
    # Not by a name made of what came: Django would read more than a name in `state__regex`.
    value = Coalesce(KeyTextTransform(trend[0], "attributes"), Value(""), output_field=TextField())
    return rows.alias(value=value).filter(value=trend[1])


def _rows(ask: Ask) -> QuerySet[Response]:
    return Response.objects.filter(survey=ask.survey).select_related("contact").defer("raw")


def _shape(ask: Ask, pk: int) -> dict[str, Any]:
    row = _rows(ask).filter(pk=pk).first()
    if row is None:
        raise missing("response")
    return ask.shapes.response(row, expand=_expand(ask.sent))


def _expand(sent: Sent) -> frozenset[str]:
    """`expand[]=person`, `expand=person`, `expand=person,notes`; what there is no more of than an id stays one."""
    asked = {part.strip() for one in sent.many("expand") for part in one.split(",")}
    return frozenset(asked & set(_EXPANDS))


def _person(sent: Sent) -> str:
    """The person's id, also when the whole person was sent."""
    value = sent.values.get("person")
    return str(value.get("id", "")) if isinstance(value, Mapping) else sent.text("person")


def _properties(sent: Sent) -> dict[str, str | None]:
    """The properties that were sent, but for those that are added to each answer by themselves."""
    given = sent.properties("person_properties")
    return {name: value for name, value in given.items() if not name.startswith("Delighted ")}


def _tags(sent: Sent) -> list[str] | None:
    if "tags" not in sent:
        return None
    tags = [tag.strip() for tag in sent.many("tags") if tag.strip()]
    if len(tags) > _MOST_TAGS or any(len(tag) > 120 for tag in tags):
        sent.fault("tags", f"at most {_MOST_TAGS} of at most 120 characters each")
    return tags


def _notes(sent: Sent) -> list[dict[str, str]] | None:
    """Notes that were sent whole; ids alone leave them as they are."""
    given = sent.values.get("notes")
    if not isinstance(given, list) or not given or not all(isinstance(note, Mapping) for note in given):
        return None
    notes = []
    for place, note in enumerate(given[:_MOST_TAGS], start=1):
        one = {
            "id": storable(str(note.get("id") or place))[:60],
            "text": storable(str(note.get("text") or ""))[:LONGEST_COMMENT],
            "by": storable(str(note.get("user_email") or ""))[:320],
        }
        notes.append({name: value for name, value in one.items() if value})
    return notes
