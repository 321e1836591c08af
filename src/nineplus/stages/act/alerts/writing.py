"""The letter of an alert: what happened, what the customer said, and who has the case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from nineplus.stages.act.alerts import timing
from nineplus.stages.act.alerts.sentences import counted
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending.framing import framed
from nineplus.stages.errors import NotPossible
from nineplus.store.models import AlertChoice, CaseAnswer, Response
from nineplus.store.models.alerts import Alert, Mailed
from nineplus.store.models.cases import CaseState

_MOST = 50
_WHY = "What you are told, and when"
_OF = {Mailed.DAILY: "{day}", Mailed.WEEKLY: "Week to {day}"}
_LINK = "color:#2f5bd7;text-decoration:underline"
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


def letter(rows: Sequence[Alert], *, choice: AlertChoice, now: datetime) -> dict[str, str]:
    """One letter of these alerts, which one person gets. The subject is not said again in the letter of one."""
    base, alone = _base(), len(rows) == 1
    subject = " ".join(_subject(rows, choice=choice, day=now.astimezone(timing.zone_of(choice))).split())[:200]
    said = _said(rows[:_MOST], base)
    more = [f"And {len(rows) - _MOST} more."] if len(rows) > _MOST else []
    choose = f"{base}/alerts/"
    return {
        "subject": subject,
        "text": "\n\n".join([*(_as_text(one, alone=alone) for one in said), *more, f"{_WHY}: {choose}"]) + "\n",
        "html": framed(
            [*(_as_html(one, alone=alone) for one in said), *more],
            subject=subject,
            language="en",
            end=format_html('<a href="{}" style="color:#5d6068;text-decoration:underline">{}</a>', choose, _WHY),
        ),
        "language": "en",
    }


def _subject(rows: Sequence[Alert], *, choice: AlertChoice, day: datetime) -> str:
    """What happened; of letters that collect, of which day or week, and how many of what."""
    first, number = rows[0].title, len(rows)
    if choice.mailed not in _OF:
        return first if number == 1 else f"{first}, and {number - 1} more"
    of = _OF[Mailed(choice.mailed)].format(day=f"{day:%A} {day.day} {day:%B}")
    return f"{of}: {first}" if number == 1 else f"{of}, {number} alerts: {counted(rows)}"


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
    name = "Look at it" if alone else one.title
    place = format_html('<a href="{}" style="{};font-weight:600">{}</a>', one.link, _LINK, name)
    words = format_html('<q dir="auto">{}</q>', one.words) if one.words else ""
    who, where = one.case
    case = format_html('<a href="{}" style="{}">{}</a>', where, _LINK, who) if who else ""
    parts = [words, one.detail, place, case] if alone else [place, words, one.detail, case]
    return format_html_join(SafeString("<br>"), "{}", ((part,) for part in parts if part))


def _base() -> str:
    """Before anybody set the address of this house, the letter comes without it rather than not at all."""
    try:
        return addresses.base().rstrip("/")
    except NotPossible:
        return ""
