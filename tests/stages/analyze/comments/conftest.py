"""Answers with comments, read by words alone: the encoder has its own tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nineplus.store.models import Response, ThemesVersion

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLOW, DEAR, PRAISE = "Slow response times from support.", "Far too expensive for us.", "Great product, easy to use."
Say = Callable[..., "list[Response]"]


@pytest.fixture
def fast(db) -> ThemesVersion:
    """The first version, by words alone."""
    from nineplus.stages.analyze.comments import versions
    from nineplus.store.models import ThemesVersion

    one = versions.current()
    ThemesVersion.objects.filter(pk=one.pk).update(mode="fast")
    versions._reader.cache_clear()
    return versions.current()


@pytest.fixture
def say(fast) -> Say:
    """Answers with these comments."""
    from django.db import transaction

    from nineplus.store.models import Response, Revision, Survey

    def say(*comments: str, score: int = 3) -> list[Response]:
        with transaction.atomic():
            stamp = {"revision": Revision.next()}
            survey, _ = Survey.objects.get_or_create(
                external_id="s", defaults={"name": "Quarterly", "created_at": NOW, **stamp}
            )
            start = Response.objects.count()
            return [
                Response.objects.create(
                    external_id=f"r{start + n}", survey=survey, score=score, comment=text, answered_at=NOW, **stamp
                )
                for n, text in enumerate(comments)
            ]

    return say


def themes(response: Response) -> Sequence[str]:
    """What counts of this comment, by the version in force."""
    [one] = response.readings.filter(version__current=True)
    return sorted(one.mentions.filter(counts=True).values_list("theme", flat=True))
