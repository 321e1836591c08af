"""What several customers say that no theme covers yet: found by the worker, decided by people."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from nineplus.stages.analyze.comments import versions
from nineplus.stages.errors import NotFound
from nineplus.store.models import CommentReading, Event, Mention, Preference, Response, ThemesVersion, Topic, User
from nineplus.store.models.comments import TopicState
from nineplus.text import editing
from nineplus.text.masking import mask

KIND = "topics.due"
_KEY = "topics looked for at"
_BACK = timedelta(days=183)
_MOST = 20_000
_SHOWN, _QUOTES = 8, 3
_EVERY = timedelta(days=1)
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A topic that nobody has decided yet, with some of what was said, masked."""

    pk: int
    name: str
    accounts: int
    clauses: int
    quotes: tuple[str, ...]


def waiting() -> list[Waiting]:
    """What was found and not decided, what most customers say first. Who may not be quoted is not."""
    rows = list(Topic.objects.filter(state=TopicState.NEW).order_by("-accounts", "-clauses", "pk")[:_SHOWN])
    wanted = {quote[0] for row in rows for quote in row.quotes}
    quotable = Response.objects.filter(pk__in=wanted).exclude(consent_quote=False)
    comments = dict(quotable.values_list("pk", "comment"))
    return [
        Waiting(
            row.pk,
            row.name,
            row.accounts,
            row.clauses,
            _quoted(row.quotes, comments),
        )
        for row in rows
    ]


def _quoted(quotes: Sequence[Sequence[int]], comments: Mapping[int, str]) -> tuple[str, ...]:
    """The first few, masked; what several wrote alike stands once."""
    once: dict[str, str] = {}
    for pk, start, stop in quotes:
        text = mask(" ".join(comments.get(pk, "")[start:stop].split()))
        if text:
            once.setdefault(text.casefold().rstrip(".!"), text)
    return tuple(once.values())[:_QUOTES]


def ask(*, now: datetime) -> None:
    """Ask the worker to look."""
    with transaction.atomic():
        Event.publish(kind=KIND, now=now)


def wanted(now: datetime) -> bool:
    """Is it a day since the last look, and were comments read since?"""
    last = Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}
    if last.get("at") and now - datetime.fromisoformat(last["at"]) < _EVERY:
        return False
    return CommentReading.objects.filter(revision__gt=last.get("revision", 0)).exists()


def look(*, now: datetime) -> int:
    """Look through the clauses of the last half year that have no theme; how many topics are new.

    What was found before keeps what people decided; what is found no more and was not decided goes.
    """
    from nineplus.text.topics import Unnamed, discover

    one = versions.current()
    clauses: list[Unnamed] = []
    spoken: list[Unnamed] = []
    places: list[tuple[int, int, int]] = []
    for response, who, comment, language, spans in _clauses(one, since=now - _BACK):
        for start, stop, themed in spans:
            clause = Unnamed(comment[start:stop], str(response), who, language)
            if themed:
                spoken.append(clause)
            else:
                clauses.append(clause)
                places.append((response, start, stop))
    found = discover(clauses, background=spoken)
    new = 0
    with transaction.atomic():
        kept = []
        known = list(Topic.objects.select_for_update())
        for topic in found:
            members = {places[number] for number in topic.members}
            before = next((row for row in known if _same(row, topic.phrases, members)), None)
            values = {
                "phrases": list(topic.phrases),
                "accounts": topic.accounts,
                "clauses": len(topic.members),
                "quotes": [list(places[number]) for number in topic.examples],
            }
            if before is None:
                before = Topic.objects.create(
                    key=_key(topic.phrases, members), name=topic.name[:120], found_at=now, **values
                )
                new += 1
            elif before.state == TopicState.NEW:
                Topic.objects.filter(pk=before.pk).update(name=topic.name[:120], **values)
            kept.append(before.pk)
        Topic.objects.filter(state=TopicState.NEW).exclude(pk__in=kept).delete()
        revision = CommentReading.objects.order_by("-revision").values_list("revision", flat=True).first() or 0
        Preference.objects.update_or_create(
            pk=_KEY, defaults={"value": {"at": now.isoformat(), "revision": revision, "version": one.number}}
        )
    return new


def dismiss(pk: int, *, by: User | None) -> None:
    """Nothing to count: it does not come again. Raises NotFound."""
    if not Topic.objects.filter(pk=pk).update(state=TopicState.DISMISSED, decided_by=by):
        raise NotFound("There is no such topic any more.")


def make_theme(pk: int, *, name: str, by: User | None, now: datetime) -> ThemesVersion:
    """Put it into the draft as a theme, with what was said as its examples. Raises NotFound, WrongTaxonomy."""
    topic = Topic.objects.filter(pk=pk).first()
    if topic is None:
        raise NotFound("There is no such topic any more.")
    name = name.strip() or topic.name
    comments = dict(Response.objects.filter(pk__in=[row[0] for row in topic.quotes]).values_list("pk", "comment"))
    examples = [mask(comments[pk][a:b]).strip() for pk, a, b in topic.quotes if comments.get(pk, "")[a:b].strip()]
    taxonomy = versions.edited()
    changed = editing.add(
        taxonomy, slug=editing.slug_for(taxonomy, name=name), name=name, other=list(dict.fromkeys(examples))
    )
    with transaction.atomic():
        draft = versions.edit(changed, said=f"Added {name}, which customers spoke of.", by=by, now=now)
        Topic.objects.filter(pk=pk).update(state=TopicState.THEME, name=name[:120], decided_by=by)
    return draft


Place = tuple[int, int, int]
"""A clause: its response, and from which character to which."""


def _key(phrases: Sequence[str], members: Collection[Place]) -> str:
    told = f"{sorted(phrases)} {min(members)}"
    return hashlib.blake2b(told.encode(), digest_size=24).hexdigest()


def _same(row: Topic, phrases: Sequence[str], members: Collection[Place]) -> bool:
    """The same topic found again: mostly what was said then is among what is said now, or it is called the same."""
    kept = sum(tuple(quote) in members for quote in row.quotes)
    return 2 * kept > len(row.quotes) or (bool(phrases) and list(phrases) == row.phrases)


def _clauses(
    one: ThemesVersion, *, since: datetime
) -> Iterator[tuple[int, str, str, str, list[tuple[int, int, bool]]]]:
    """Per comment: its response, whose it is, text and language, and its clauses: does a theme have its evidence there?

    A feeling that names nothing in particular is no theme here.
    """
    rows = CommentReading.objects.filter(version=one, empty_because="", response__answered_at__gte=since)
    found = list(
        rows.order_by("-response__answered_at", "-pk").values_list(
            "pk", "clauses", "language", "response", "response__comment", "response__account", "response__contact"
        )[:_MOST]
    )
    general = [theme.slug for theme in versions.taxonomy(one).themes if theme.general]
    spans: dict[int, list[tuple[int, int]]] = {}
    for begin in range(0, len(found), _AT_ONCE):
        readings = [row[0] for row in found[begin : begin + _AT_ONCE]]
        said = Mention.objects.filter(reading__in=readings, counts=True).exclude(theme__in=general)
        for pk, start, stop in said.values_list("reading", "start", "stop"):
            spans.setdefault(pk, []).append((start, stop))
    for pk, clauses, language, response, comment, account, contact in found:
        who = f"a{account}" if account else f"c{contact}" if contact else f"r{response}"
        taken = spans.get(pk, ())
        cut = [(start, stop, any(a < stop and start < b for a, b in taken)) for start, stop, *_ in clauses]
        yield response, who, comment, language, cut
