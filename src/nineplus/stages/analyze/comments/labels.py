"""What people say of a comment: this theme, not that one, this sentiment. Their word wins over the reader's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from nineplus.stages.analyze.comments import versions
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import (
    CommentReading,
    CommentReview,
    Event,
    Mention,
    Response,
    Revision,
    ThemeLabel,
    User,
)
from nineplus.text.reading import SENTIMENTS
from nineplus.text.taxonomy import Taxonomy

BY_PERSON = [["correction", "a person said so", 0.0]]
"""The reasons of a theme that only a person found."""


@dataclass(slots=True)
class Word:
    """The last word on one comment: theme → does it speak of it, and its sentiment (empty: nobody said)."""

    themes: dict[str, bool] = field(default_factory=dict)
    sentiment: str = ""


def words_of(responses: Collection[int], *, taxonomy: Taxonomy) -> dict[int, Word]:
    """What people said of these comments, under the names that themes have now. Of several words the latest holds."""
    found: dict[int, Word] = {}
    labels = ThemeLabel.objects.filter(response__in=responses).order_by("at", "pk")
    for response, slug, holds in labels.values_list("response", "theme", "holds"):
        if now := taxonomy.now(slug):
            found.setdefault(response, Word()).themes[now] = holds
    reviews = CommentReview.objects.filter(response__in=responses).exclude(sentiment="").order_by("at", "pk")
    for response, sentiment in reviews.values_list("response", "sentiment"):
        found.setdefault(response, Word()).sentiment = sentiment
    return found


def label(
    *,
    response: int,
    themes: Mapping[str, bool],
    by: User | None,
    now: datetime,
    source: str = "page",
    tell: bool = True,
) -> CommentReading | None:
    """A person says which themes this comment speaks of (True) or does not (False); others stay as they are.

    It counts from now on, everywhere; whoever does not `tell` the mart of each tells it of all. Raises NotFound for an
    answer or a theme that is not there, NotPossible for one without a comment. The reading as it is now; None when
    nobody has read the comment yet.
    """
    with transaction.atomic():
        _keep(response, themes, by=by, now=now, source=source)
        return _anew(response, now=now, tell=tell)


def review(
    *,
    response: int,
    themes: Iterable[str],
    sentiment: str = "",
    drawn: bool = False,
    by: User | None,
    now: datetime,
    source: str = "review",
    tell: bool = True,
) -> CommentReading | None:
    """A person has read this comment whole: it speaks of these themes and of no others, and feels so.

    What the reader found and they left out is corrected. `drawn`: it was chosen by lot. Raises as `label`,
    and NotPossible for an unknown sentiment.
    """
    if sentiment and sentiment not in SENTIMENTS:
        raise NotPossible(f"A sentiment is {', '.join(SENTIMENTS)}, not {sentiment!r}.")
    chosen = list(dict.fromkeys(themes))
    with transaction.atomic():
        # what was drawn by lot stays so, however it is reviewed again
        drawn = drawn or CommentReview.objects.filter(response=response, by=by, drawn=True).exists()
        found = (
            Mention.objects.filter(reading__response=response, reading__version__current=True)
            .exclude(model=False, person=None)
            .values_list("theme", flat=True)
        )
        known = set(versions.taxonomy(versions.current()).slugs)
        labels = {slug: False for slug in found if slug in known} | dict.fromkeys(chosen, True)
        _keep(response, labels, by=by, now=now, source=source)
        CommentReview.objects.update_or_create(
            response_id=response,
            by=by,
            defaults={"themes": chosen, "sentiment": sentiment, "drawn": drawn, "at": now, "source": source},
        )
        return _anew(response, now=now, tell=tell)


def take_back(*, response: int, by: User | None, now: datetime) -> CommentReading | None:
    """Forget what this person said of this comment: the reader's own word (or another person's) holds again."""
    with transaction.atomic():
        ThemeLabel.objects.filter(response=response, by=by).delete()
        CommentReview.objects.filter(response=response, by=by).delete()
        return _anew(response, now=now)


def forget_words(responses: Collection[int]) -> None:
    """These comments were replaced by others: what people said was said of what is no longer there."""
    ThemeLabel.objects.filter(response__in=responses).delete()
    CommentReview.objects.filter(response__in=responses).delete()


def _keep(response: int, themes: Mapping[str, bool], *, by: User | None, now: datetime, source: str) -> None:
    known = versions.taxonomy(versions.current())
    for slug in themes:
        if slug not in known.slugs:
            raise NotFound(f"There is no theme {slug!r}.")
    _commented(response)
    for slug, holds in themes.items():
        ThemeLabel.objects.update_or_create(
            response_id=response, theme=slug, by=by, defaults={"holds": holds, "at": now, "source": source}
        )


def _commented(response: int) -> Response:
    found = Response.objects.filter(pk=response).only("pk", "comment").first()
    if found is None:
        raise NotFound(f"There is no answer {response}.")
    if not found.comment:
        raise NotPossible("This answer has no comment: there is nothing to label.")
    return found


def _anew(response: int, *, now: datetime, tell: bool = True) -> CommentReading | None:
    """What people said, put over what the reader found, in every version that is kept."""
    revision = Revision.next()
    comment = _commented(response).comment
    in_force = None
    for reading in CommentReading.objects.filter(response=response).select_related("version"):
        word = words_of([response], taxonomy=versions.taxonomy(reading.version)).get(response, Word())
        people = dict(word.themes)
        for mention in Mention.objects.filter(reading=reading):
            person = people.pop(mention.theme, None)
            if person is None and not mention.model and mention.reasons == BY_PERSON:
                mention.delete()
                continue
            counts = mention.model if person is None else person
            if (person, counts) != (mention.person, mention.counts):
                mention.person, mention.counts = person, counts
                mention.save(update_fields=["person", "counts"])
        for slug, holds in people.items():
            if holds:
                feeling = word.sentiment or reading.sentiment
                Mention.objects.create(reading=reading, **by_person(slug, comment=comment, sentiment=feeling))
        reading.said, reading.revision = word.sentiment, revision
        reading.save(update_fields=["said", "revision"])
        in_force = reading if reading.version.current else in_force
    if tell:
        Event.publish(kind="mart.stale", now=now)
    return in_force


def by_person(theme: str, *, comment: str, sentiment: str) -> dict[str, Any]:
    """A theme that only a person found: the whole comment is its evidence."""
    return {
        "theme": theme,
        "sentiment": sentiment,
        "feeling": 0.0,
        "sure": 1.0,
        "salience": 1.0,
        "start": 0,
        "stop": len(comment),
        "reasons": BY_PERSON,
        "model": False,
        "person": True,
        "counts": True,
    }
