"""Comments for people to label: what the reader is least sure of, and a random sample that measures it.

Only comments that were drawn at random say how good the reader is; those it doubted would slander it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from nineplus.stages.analyze.comments import versions
from nineplus.stages.errors import NotPossible
from nineplus.stats.agreement import Agreement, krippendorff
from nineplus.stats.nps import wilson
from nineplus.store.models import CommentReading, CommentReview, Mention, User
from nineplus.text.evaluation import Labelled, Quality, compare, macro, micro

UNSURE, DRAWN = "unsure", "drawn"
QUEUES = {
    UNSURE: "What it is least sure of",
    DRAWN: "A random sample",
}
MANY = 10_000
"""Nobody reviews so many: how many more there are is not worth a look at all of them."""
FEWEST = 20
"""Comments drawn and reviewed before the reader is judged."""


def waiting(queue: str, *, by: User | None, after: Sequence[int] = (), most: int = 1) -> list[CommentReading]:
    """The next comments of that queue that this person has not reviewed; `after` are those skipped just now.

    Raises NotPossible for a queue that does not exist.
    """
    if queue not in QUEUES:
        raise NotPossible(f"There is no queue {queue!r}. There are: {', '.join(QUEUES)}.")
    rows = _unreviewed(queue, by).exclude(response__in=after).select_related("response", "response__account")
    # A digest names a comment and nothing else: in its order comments stand as if drawn by lot.
    ordered = rows.order_by("digest", "pk") if queue == DRAWN else rows.order_by("-doubt", "-pk")
    return list(ordered.prefetch_related("mentions")[:most])


def left(queue: str, *, by: User | None) -> int:
    """How many comments of that queue this person has not reviewed; counted up to MANY, then it is MANY or more."""
    return _unreviewed(queue, by)[:MANY].count()


def _unreviewed(queue: str, by: User | None) -> QuerySet[CommentReading]:
    """What was reviewed because it was doubtful is drawn all the same: a sample without it would flatter the reader."""
    mine = CommentReview.objects.filter(response=OuterRef("response"), by=by)
    if queue == DRAWN:
        mine = mine.filter(drawn=True)
    return CommentReading.objects.filter(~Exists(mine), version=versions.current(), empty_because="")


@dataclass(frozen=True, slots=True)
class Measured:
    """One theme on the reviewed sample: precision and recall with 95 % intervals (0 to 1; None: nothing to say)."""

    slug: str
    name: str
    quality: Quality
    precision: tuple[float, float] | None
    recall: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Card:
    """How good the reader is on the company's own comments. `enough`: at least FEWEST were drawn and reviewed."""

    reviewed: int
    drawn: int
    micro_f1: float
    macro_f1: float
    themes: tuple[Measured, ...]
    sentiment_right: int
    sentiment_of: int
    sentiment: tuple[float, float] | None

    @property
    def enough(self) -> bool:
        return self.drawn >= FEWEST


def card() -> Card:
    """Precision and recall per theme of what the reader says by itself, on comments that were drawn at random.

    Of several reviews of a comment the latest holds. A parent is right where one of its children is due.
    """
    one = versions.current()
    taxonomy = versions.taxonomy(one)
    drawn = CommentReview.objects.filter(drawn=True).exclude(response__comment="").order_by("at", "pk")
    latest = {
        response: (labels, sentiment)
        for response, labels, sentiment in drawn.values_list("response", "themes", "sentiment")
    }
    readings = dict(
        CommentReading.objects.filter(version=one, response__in=latest).values_list("response", "sentiment")
    )
    said: dict[int, set[str]] = defaultdict(set)
    rows = Mention.objects.filter(reading__version=one, reading__response__in=latest, model=True)
    for response, theme in rows.values_list("reading__response", "theme"):
        said[response].add(theme)
    given, truth = [], []
    felt: list[bool] = []
    for response, (labels, sentiment) in latest.items():
        if response not in readings:
            continue
        due = frozenset(filter(None, map(taxonomy.now, labels)))
        given.append(frozenset(said[response]))
        truth.append(Labelled("", due, extra=_kin(due)))
        if sentiment:
            felt.append(sentiment == readings[response])
    found = compare(given, truth)
    measured = [
        Measured(
            theme.slug,
            theme.name,
            found[theme.slug],
            _share(found[theme.slug].right, found[theme.slug].right + found[theme.slug].wrong),
            _share(found[theme.slug].right, found[theme.slug].support),
        )
        for theme in taxonomy.themes
        if theme.slug in found
    ]
    return Card(
        reviewed=CommentReview.objects.count(),
        drawn=len(truth),
        micro_f1=micro(found),
        macro_f1=macro(found),
        themes=tuple(sorted(measured, key=lambda each: -each.quality.support)),
        sentiment_right=sum(felt),
        sentiment_of=len(felt),
        sentiment=_share(sum(felt), len(felt)),
    )


def _kin(due: frozenset[str]) -> frozenset[str]:
    """The parents of what is due: neither right nor wrong."""
    return frozenset(slug.partition(".")[0] for slug in due if "." in slug) - due


def _share(hits: int, of: int) -> tuple[float, float] | None:
    if not of:
        return None
    low, high = wilson(float(hits), float(of), confidence=0.95)
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far people agree with each other on a theme, or on the sentiment (slug empty)."""

    slug: str
    name: str
    found: Agreement


def agreement() -> list[Agreed]:
    """Krippendorff's alpha of everybody who reviewed the same comments: per theme, all themes first, sentiment last."""
    taxonomy = versions.taxonomy(versions.current())
    twice: dict[int, list[tuple[list[str], str]]] = defaultdict(list)
    for response, labels, sentiment in CommentReview.objects.values_list("response", "themes", "sentiment"):
        twice[response].append((labels, sentiment))
    shared = [reviews for reviews in twice.values() if len(reviews) > 1]
    if not shared:
        return []
    told = [[{taxonomy.now(slug) for slug in labels} for labels, _ in reviews] for reviews in shared]
    units = {
        theme.slug: [[theme.slug in labels for labels in unit] for unit in told]
        for theme in taxonomy.themes
        if any(theme.slug in labels for unit in told for labels in unit)
    }
    all_themes = Agreed("*", "All themes", krippendorff([unit for each in units.values() for unit in each]))
    names = {theme.slug: theme.name for theme in taxonomy.themes}
    feelings = krippendorff([[sentiment for _, sentiment in reviews if sentiment] for reviews in shared])
    return [
        all_themes,
        *(Agreed(slug, names[slug], krippendorff(each)) for slug, each in units.items()),
        Agreed("", "Sentiment", feelings),
    ]
