"""What would a draft change? Past comments are read by it before it is applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from nineplus.stages.analyze.comments import versions
from nineplus.store.models import CommentReading, Event, ThemesVersion
from nineplus.store.models.comments import ThemesState
from nineplus.text.editing import preview as changed
from nineplus.text.reading import UNSURE, Mention, Reading, Sentiment, Span

KIND = "themes.preview"
COMMENTS = 1_000
"""The newest comments are read: some seconds of work."""
_EXAMPLES = 5
_NOTHING = Sentiment(UNSURE, 0.0, 0.0)


def ask(*, now: datetime) -> None:
    """Ask the worker to read past comments by the draft."""
    with transaction.atomic():
        Event.publish(kind=KIND, now=now)


def run(*, now: datetime) -> None:
    """Read the newest comments by the draft and keep beside it what would change. Nothing without a draft."""
    from nineplus.text.tagging import Reader

    draft = versions.draft()
    if draft is None:
        return
    rows = list(
        CommentReading.objects.filter(version=versions.current(), empty_because="")
        .order_by("-response__answered_at", "-pk")
        .values_list("pk", "response_id", "response__comment")[:COMMENTS]
    )
    taxonomy = versions.taxonomy(draft)
    taught = versions.taught_from(draft.taught)
    after = Reader(taxonomy=taxonomy, mode=draft.mode, taught=taught).read([comment for *_, comment in rows])
    before = _before([pk for pk, *_ in rows])
    responses = [response for _, response, _ in rows]
    told: dict[str, Any] = {
        "at": now.isoformat(),
        "comments": len(rows),
        "themeless": [sum(not one.themes for one in before), sum(not one.themes for one in after)],
        "changes": [
            {
                "theme": each.theme,
                "before": each.before,
                "after": each.after,
                "gained": len(each.gained),
                "lost": len(each.lost),
                "gains": [responses[n] for n in each.gained[:_EXAMPLES]],
                "loses": [responses[n] for n in each.lost[:_EXAMPLES]],
            }
            for each in changed(before, after, taxonomy=taxonomy)
        ],
    }
    # edited meanwhile: then another preview was asked for
    ThemesVersion.objects.filter(pk=draft.pk, state=ThemesState.DRAFT, revision=draft.revision).update(preview=told)


def _before(readings: Sequence[int]) -> list[Reading]:
    """What the reader said of these comments by itself, as far as a comparison needs it."""
    from nineplus.store.models import Mention as Kept

    themes: dict[int, list[str]] = {pk: [] for pk in readings}
    for pk, theme in Kept.objects.filter(reading__in=readings, model=True).values_list("reading", "theme"):
        themes[pk].append(theme)
    return [
        Reading("", 0.0, "", _NOTHING, tuple(Mention(slug, _NOTHING, 1.0, 1.0, Span(0, 0), ()) for slug in themes[pk]))
        for pk in readings
    ]
