"""Drawing up a change and looking at those there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from nineplus.model import Filter
from nineplus.stages import mart
from nineplus.stages.act.changes import asking
from nineplus.stages.act.changes.words import Said, checked
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stats.nps import wilson
from nineplus.store.models import Change, ChangeNews, User
from nineplus.store.models.asking import MessageState
from nineplus.store.models.changes import ChangeState, Helped


@dataclass(frozen=True, slots=True)
class Drawn:
    """What somebody says of a change. `words` by language; `language` is what those get whose own is not there."""

    title: str
    theme: str
    tone: str
    filter: Filter
    words: Mapping[str, Said]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a change is told, and what those who answered say.

    `helped`: the share of those who answered whom it helped, with its 95 % interval (Wilson); None before anybody did.
    """

    change: Change
    asked: int
    sent: int
    waiting: int
    not_sent: int
    refused: Mapping[str, int]
    answers: Mapping[str, int]
    helped: tuple[float, float, float] | None

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    @property
    def yes(self) -> int:
        return self.answers.get(Helped.YES, 0)

    @property
    def few(self) -> bool:
        """Too few for a share to say anything: the counts are told."""
        return self.answered < _FEW


def save(drawn: Drawn, *, pk: int | None = None, by: User | None, now: datetime) -> Change:
    """Keep it as a draft. Raises NotPossible; Conflict when it is told already."""
    title = drawn.title.strip()
    if not title or len(title) > 200:
        raise NotPossible("Say in a few words what you changed, such as “Answers within a working day”.")
    asking.named(drawn.theme)
    if drawn.tone not in asking.TONES:
        raise NotPossible(f"There is no way {drawn.tone!r} to choose. There are: {', '.join(asking.TONES)}.")
    mart.check(drawn.filter)
    values: dict[str, Any] = {
        "title": title,
        "theme": drawn.theme,
        "tone": drawn.tone,
        "filter": [list(pair) for pair in drawn.filter.to_query()],
        "words": checked(drawn.words, language=drawn.language),
        "language": drawn.language,
    }
    if pk is None:
        return Change.objects.create(**values, created_by=by, created_at=now)
    with transaction.atomic():
        change = one(pk, hold=True)
        _must_be_draft(change)
        for name, value in values.items():
            setattr(change, name, value)
        change.save()
    return change


def one(pk: int, *, hold: bool = False) -> Change:
    """That change. Raises NotFound."""
    rows = Change.objects.select_for_update() if hold else Change.objects.all()
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such change.")
    return found


def filter_of(change: Change) -> Filter:
    """Of which answers it speaks."""
    query: dict[str, list[str]] = {}
    for name, value in change.filter:
        query.setdefault(name, []).append(value)
    return Filter.from_query(query)


def drawn(change: Change) -> Drawn:
    """The change as it was drawn up; the letter of those whose own language is not there comes first."""
    words = {code: Said(**said) for code, said in change.words.items()}
    return Drawn(
        title=change.title,
        theme=change.theme,
        tone=change.tone,
        filter=filter_of(change),
        words={change.language: words.pop(change.language), **words},
        language=change.language,
    )


def remove(pk: int) -> None:
    """Forget a draft. Raises NotFound; Conflict when it is told already."""
    with transaction.atomic():
        change = one(pk, hold=True)
        _must_be_draft(change)
        change.delete()


def every() -> Sequence[Standing]:
    """All changes, the newest first."""
    changes = list(Change.objects.select_related("created_by").order_by("-pk"))
    return _standings(changes)


def standing(change: Change) -> Standing:
    """How far this one is."""
    return _standings([change])[0]


def _must_be_draft(change: Change) -> None:
    if change.state != ChangeState.DRAFT:
        raise Conflict("Customers were written to already: what they were told is not changed afterwards.")


_FEW = 5
_GOING = (MessageState.WAITING, MessageState.SENDING)
_GONE = (MessageState.SENT, MessageState.UNSURE)


def _standings(changes: Sequence[Change]) -> list[Standing]:
    rows = ChangeNews.objects.filter(change__in=changes).order_by()
    counted = rows.values_list("change", "refused", "message__state", "helped").annotate(n=Count("pk"))
    tallies: dict[int, Counter[tuple[str, str]]] = {change.pk: Counter() for change in changes}
    for change, refused, state, helped, n in counted:
        tally = tallies[change]
        tally["asked", ""] += n
        if refused:
            tally["refused", refused] += n
        elif state is None or state in _GOING:
            tally["waiting", ""] += n
        else:
            tally["sent" if state in _GONE else "not_sent", ""] += n
        if helped:
            tally["helped", helped] += n
    return [_standing(change, tallies[change.pk]) for change in changes]


def _standing(change: Change, tally: Counter[tuple[str, str]]) -> Standing:
    def of(kind: str) -> dict[str, int]:
        return {what: n for (name, what), n in sorted(tally.items()) if name == kind}

    answers = of("helped")
    n, yes = sum(answers.values()), answers.get(Helped.YES, 0)
    low, high = wilson(yes, n)[:2] if n else (0.0, 0.0)
    return Standing(
        change=change,
        asked=tally["asked", ""],
        sent=tally["sent", ""],
        waiting=tally["waiting", ""] if change.state == ChangeState.TELLING else 0,
        not_sent=tally["not_sent", ""] + (tally["waiting", ""] if change.state == ChangeState.STOPPED else 0),
        refused=of("refused"),
        answers={way.value: answers.get(way, 0) for way in Helped},
        helped=(yes / n, low, high) if n else None,
    )
