"""Comments are read behind everything that brings them: answers, imports, syncs, programs.

A version remembers up to which (revision, id) it has seen responses; what was written since is looked at, a portion
at a time, each in a transaction of its own. After a crash it goes on there, and looking twice changes nothing: what
was read from the very same comment stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.db.models import F, Q

from nineplus.stages.analyze.comments import meaning, versions
from nineplus.stages.analyze.comments.labels import Word, by_person, forget_words, words_of
from nineplus.store import bulk
from nineplus.store.models import CommentReading, Event, Mention, Response, Revision, ThemesVersion
from nineplus.store.models.comments import ThemesState
from nineplus.text.reading import UNSURE, Reading, Sentiment, contradicts

if TYPE_CHECKING:
    import numpy as np

    from nineplus.text.reading import Mention as Found

PORTION = 400
"""Comments of one transaction: about a second of reading, and a few hundredths of writing."""
_LOOKED_AT = 2_000
"""Responses of one portion, most of which may say nothing."""
_MOST_CLAUSES = 200
_GONE = Reading("", 0.0, "taken back", Sentiment(UNSURE, 0.0, 0.0))
"""Of a comment that was read and is there no more: a row, so that the mart is told."""
_NEW: Mapping[str, Any] = {"digest": ""}
Ended = Callable[[], bool]


def wanted(now: datetime) -> bool:
    """Was any response written since comments were last read?"""
    return bool(_waiting(versions.current()).exists())


def follow(*, now: datetime, stopping: Ended = lambda: False) -> int:
    """Read what came since the last time, by the version in force; how many comments."""
    read, told, one = 0, False, versions.current()
    if one.mode == "full" and meaning.lost():
        meaning.rebuild(stopping=stopping)
    while not stopping():
        looked, new, changed = _portion(one, now=now)
        read, told = read + new, told or changed
        if looked < PORTION and not new:  # answers without comments that came meanwhile are seen at the next look
            break
    if told:  # also by what was taken back: the mart must forget it
        Event.publish_once(kind="mart.stale", now=now)
    return read


def run(*, now: datetime, stopping: Ended = lambda: False) -> bool:
    """Read all comments by the version that waits; it is in force when this is done. Safe to call again, also after a
    kill. False: the worker is stopping, and somebody must go on.

    Between portions it is asked whether the job was cancelled, and new answers are read by the version in force.
    """
    one = versions.going()
    if one is None:
        return True
    mine = ThemesVersion.objects.filter(pk=one.pk, state__in=versions.GOING)
    if one.started_at is None:
        mine.update(started_at=now, of=Response.objects.exclude(comment="").count())
    mine.update(state=ThemesState.RUNNING, error="")
    try:
        while not stopping():
            looked, *_ = _portion(one, now=now)
            if not mine.exists():
                break  # cancelled, or a later version was applied: then that one is next
            if not looked and _last(one, now=now):
                break
            follow(now=now, stopping=stopping)
    except (OSError, DatabaseError):
        raise  # an outage: tried again
    except Exception as problem:  # a defect: it would fail again, and must not look as if it still went on
        said = f"It stopped at a fault ({type(problem).__name__}), which is in the log. Apply the themes to try again."
        mine.update(state=ThemesState.FAILED, error=said, finished_at=now)
        raise
    return not stopping() and run(now=now, stopping=stopping)


def _last(one: ThemesVersion, *, now: datetime) -> bool:
    """Nothing is left to read: put the version in force, unless something came in this very moment."""
    with transaction.atomic():
        Revision.next()  # nobody else writes what comments are read from until this is done
        seen = ThemesVersion.objects.get(pk=one.pk)
        # the one in force keeps the vectors: what it has not seen would have none
        if any(_waiting(each).exists() for each in (seen, versions.current())):
            return False
        if versions.finish(one, now=now):
            read = CommentReading.objects.filter(version=one).count()
            ThemesVersion.objects.filter(pk=one.pk).update(of=read, read=read)
        return True


def _waiting(one: ThemesVersion) -> Any:
    after = Q(revision__gt=one.seen_revision) | Q(revision=one.seen_revision, pk__gt=one.seen_row)
    return Response.objects.filter(after, revision__gte=one.seen_revision)


def _portion(one: ThemesVersion, *, now: datetime) -> tuple[int, int, bool]:
    """The next responses that this version has not seen: how many were looked at, how many comments were read, and
    whether any reading is another one now."""
    one = ThemesVersion.objects.defer("document", "taught").get(pk=one.pk)
    rows = list(
        _waiting(one)
        .order_by("revision", "pk")
        .values("pk", "revision", "comment", "language", "score", "ticket_id")[:_LOOKED_AT]
    )
    if not rows:
        return 0, 0, False
    known = {
        each.pop("response"): each
        for each in CommentReading.objects.filter(version=one, response__in=[row["pk"] for row in rows]).values(
            "response", "digest", "sentiment", "sure", "contradicts"
        )
    }
    stale: list[dict[str, Any]] = []
    turned: dict[bool, list[int]] = {False: [], True: []}  # the score is another, the comment is not
    looked = 0
    for row in rows:
        row["digest"] = digest(row["comment"])
        before = known.get(row["pk"])
        if (before["digest"] if before else "") != row["digest"]:
            if len(stale) == PORTION:
                break
            stale.append(row)
        elif before and before["contradicts"] != (against := _against(before, score=row["score"])):
            turned[against].append(row["pk"])
        looked += 1
    readings, vectors = read(one, [row for row in stale if row["comment"]])
    if one.current:  # before the readings: after a crash in between the portion is read again
        meaning.put(vectors, gone=[row["pk"] for row in stale if row["pk"] not in vectors])
    # said of the comment that was there before; another version may look later, when people have labelled the new one
    replaced = [row["pk"] for row in stale if one.current and known.get(row["pk"], _NEW)["digest"]]
    _write(one, stale, readings, turned, replaced, upto=rows[looked - 1])
    return looked, len(readings), bool(stale or any(turned.values()))


def _against(before: Mapping[str, Any], *, score: int) -> bool:
    """Does what was read in the comment contradict the score that is there now?"""
    return contradicts(Reading("", 0.0, "", Sentiment(before["sentiment"], 0.0, before["sure"])), score=score)


def read(one: ThemesVersion, rows: Sequence[Mapping[str, Any]]) -> tuple[dict[int, Reading], dict[int, np.ndarray]]:
    """What these responses (pk, comment, language) say, and the vectors of their clauses, by key.

    Those of one language are read together.
    """
    by_language: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_language.setdefault(row["language"][:2].lower(), []).append(row)
    made: dict[int, Reading] = {}
    heard: dict[str, np.ndarray] = {}
    with versions.reader(one) as reader:
        reader.heard = heard.__setitem__
        for language, some in by_language.items():
            found = reader.read([row["comment"] for row in some], expected=language)
            made.update(zip((row["pk"] for row in some), found, strict=True))
    return made, {row["pk"]: heard[row["comment"]] for row in rows if row["comment"] in heard}


def digest(comment: str) -> str:
    """Names a comment without telling it; nothing for no comment."""
    return hashlib.blake2b(comment.encode(errors="surrogatepass"), digest_size=16).hexdigest() if comment else ""


def _write(
    one: ThemesVersion,
    rows: Sequence[Mapping[str, Any]],
    readings: Mapping[int, Reading],
    turned: Mapping[bool, Sequence[int]],
    replaced: Sequence[int],
    *,
    upto: Mapping[str, Any],
) -> None:
    """The readings of these responses instead of what was read before, and how far we are, in one transaction."""
    with transaction.atomic():
        revision = Revision.next()
        if rows:
            ids = [row["pk"] for row in rows]
            forget_words(replaced)
            CommentReading.objects.filter(version=one, response__in=ids).delete()
            # what was changed or went meanwhile comes again, by its own revision
            there = dict(Response.objects.filter(pk__in=ids).values_list("pk", "comment"))
            changed = {row["pk"] for row in rows if there.get(row["pk"]) != row["comment"]}
            # under what it was, so that it is seen to be another one then, and its vectors go
            kept = [row for row in rows if row["pk"] in there]
            _insert(one, kept, {pk: each for pk, each in readings.items() if pk not in changed}, revision)
        for against, ids in turned.items():
            if ids:
                mine = CommentReading.objects.filter(version=one, response__in=ids)
                mine.update(contradicts=against, revision=revision)
        ThemesVersion.objects.filter(pk=one.pk).update(
            seen_revision=upto["revision"], seen_row=upto["pk"], read=F("read") + len(readings)
        )


def _insert(
    one: ThemesVersion, rows: Sequence[Mapping[str, Any]], readings: Mapping[int, Reading], revision: int
) -> None:
    said = words_of([row["pk"] for row in rows], taxonomy=versions.taxonomy(one))
    told = [columns(readings.get(row["pk"], _GONE), score=row["score"], word=said.get(row["pk"])) for row in rows]
    ids = bulk.insert_rows(
        CommentReading,
        [
            {"version_id": one.pk, "response_id": row["pk"], "digest": row["digest"], "revision": revision} | each
            for row, each in zip(rows, told, strict=True)
        ],
    )
    mentions = []
    for pk, row in zip(ids, rows, strict=True):
        if row["pk"] in readings:
            found = mentions_of(readings[row["pk"]], comment=row["comment"], word=said.get(row["pk"]))
            mentions += [{"reading_id": pk} | mention for mention in found]
    bulk.insert_rows(Mention, mentions)


def columns(reading: Reading, *, score: int, word: Word | None) -> dict[str, Any]:
    """A reading as the columns of CommentReading."""
    feeling = reading.sentiment
    doubtful = [_doubt(mention.sure) for mention in (*reading.mentions, *reading.doubtful)]
    return {
        "language": reading.language,
        "language_sure": reading.language_sure,
        "empty_because": reading.nothing,
        "sentiment": feeling.label,
        "feeling": round(feeling.score, 4),
        "sure": round(feeling.sure, 4),
        "said": word.sentiment if word else "",
        "contradicts": contradicts(reading, score=score),
        "clauses": [
            [each.span.start, each.span.end, each.language, each.sentiment.label, round(each.sentiment.sure, 3)]
            for each in reading.clauses[:_MOST_CLAUSES]
        ],
        # a comment that says something and has no theme is worth a look too
        "doubt": round(max(doubtful, default=0.0 if reading.nothing else 0.4), 4),
    }


def _doubt(sure: float) -> float:
    """1 where it is as likely right as wrong, 0 where there is no doubt."""
    return 1 - abs(2 * sure - 1)


def mentions_of(reading: Reading, *, comment: str, word: Word | None) -> Iterable[dict[str, Any]]:
    """A reading as rows of Mention: a person's word wins, and what the reader says by itself stays beside it."""
    people = dict(word.themes) if word else {}
    for mention, sure in [(one, True) for one in reading.mentions] + [(one, False) for one in reading.doubtful]:
        person = people.pop(mention.theme, None)
        yield {**_row(mention), "model": sure, "person": person, "counts": sure if person is None else person}
    for theme, holds in people.items():
        if holds:
            yield by_person(theme, comment=comment, sentiment=reading.sentiment.label)


def _row(mention: Found) -> dict[str, Any]:
    return {
        "theme": mention.theme,
        "sentiment": mention.sentiment.label,
        "feeling": round(mention.sentiment.score, 4),
        "sure": round(mention.sure, 4),
        "salience": round(mention.salience, 4),
        "start": mention.span.start,
        "stop": mention.span.end,
        "reasons": [[each.kind, each.text, each.likeness] for each in mention.reasons[:5]],
    }
