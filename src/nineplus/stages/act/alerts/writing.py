"""The letter of an alert: what happened, what the customer said, and who has the case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from nineplus.stages.act.cases.history import name_of
from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import NotPossible
from nineplus.store.models import CaseAnswer, Response
from nineplus.store.models.alerts import Alert
from nineplus.store.models.cases import CaseState

_MOST = 50
_WORDS = 300
_ANSWER = re.compile(r"/responses/(\d+)/")


@dataclass(frozen=True, slots=True)
class _Said:
    """One thing that is told. `words`: the customer's own; `case`: who has it, and where it is."""

    title: str
    detail: str
    link: str
    words: str = ""
    case: tuple[str, str] = ("", "")


def letter(rows: Sequence[Alert]) -> dict[str, str]:
    """One letter of these alerts, which one person gets. The subject is not said again in the letter of one."""
    base, alone = _base(), len(rows) == 1
    subject = rows[0].title if alone else f"{rows[0].title}, and {len(rows) - 1} more"
    said = _said(rows[:_MOST], base)
    more = f"And {len(rows) - _MOST} more." if len(rows) > _MOST else ""
    choose = f"{base}/alerts/"
    lines = [_as_text(one, alone=alone) for one in said]
    html = format_html(
        '<div style="font:15px/1.5 sans-serif;max-width:600px">{}<p>{}</p>'
        '<p style="color:#666;font-size:13px"><a href="{}">What you are told, and when</a></p></div>',
        format_html_join("", "{}", ((_as_html(one, alone=alone),) for one in said)),
        more,
        choose,
    )
    return {
        "subject": " ".join(subject.split())[:200],
        "text": "\n\n".join([*lines, *filter(None, [more]), f"What you are told, and when: {choose}"]) + "\n",
        "html": str(html),
        "language": "en",
    }


def _said(rows: Sequence[Alert], base: str) -> list[_Said]:
    """Those that lead to an answer with its words and its case. Two questions, however many there are."""
    answer = {row.pk: int(found[1]) for row in rows if (found := _ANSWER.fullmatch(row.path))}
    words = dict(Response.objects.filter(pk__in=answer.values()).values_list("pk", "comment"))
    behind = CaseAnswer.objects.filter(response__in=answer.values()).select_related("case__owner").order_by("pk")
    cases = {one.response_id: one.case for one in behind}
    said = []
    for row in rows:
        case = cases.get(answer.get(row.pk, 0))
        who = f"{name_of(case.owner)} has it" if case and case.owner else "nobody has it yet"
        if case and case.state == CaseState.CLOSED:
            who = "closed"
        said.append(
            _Said(
                title=row.title,
                detail=row.raised.detail if row.raised else "",
                link=f"{base}{row.path}",
                words=_short(words.get(answer.get(row.pk, 0), "")),
                case=(f"Case {case.pk}: {who}", f"{base}/loop/{case.pk}/") if case else ("", ""),
            )
        )
    return said


def _short(comment: str) -> str:
    words = " ".join(comment.split())
    return words if len(words) <= _WORDS else words[: _WORDS - 1].rstrip() + "…"


def _as_text(one: _Said, *, alone: bool) -> str:
    parts = ["" if alone else one.title, f"“{one.words}”" if one.words else "", one.detail, one.link, *one.case]
    return "\n".join(filter(None, parts))


def _as_html(one: _Said, *, alone: bool) -> SafeString:
    place = format_html('<a href="{}" style="font-weight:600">{}</a>', one.link, "Look at it" if alone else one.title)
    words = format_html('<q dir="auto">{}</q>', one.words) if one.words else ""
    who, where = one.case
    case = format_html('<a href="{}">{}</a>', where, who) if who else ""
    parts = [words, one.detail, place, case] if alone else [place, words, one.detail, case]
    inside = format_html_join("", "{}<br>", ((part,) for part in parts if part))
    return format_html('<p style="margin:0 0 20px">{}</p>', inside)


def _base() -> str:
    """Before anybody set the address of this house, the letter comes without it rather than not at all."""
    try:
        return addresses.base().rstrip("/")
    except NotPossible:
        return ""
