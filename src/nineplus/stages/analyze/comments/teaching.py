"""Corrections teach the reader: what that is worth is measured first, and nothing is used until somebody says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from nineplus.stages.analyze.comments import versions
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import CommentReview, Event, Preference, Revision, ThemeLabel, ThemesVersion, User

KIND = "themes.teach"
_KEY = "themes.taught"
_SEED = 9
_MOST = 20_000


def labels() -> int:
    """How many labels there are to learn from."""
    return _lessons().count()


def _lessons() -> QuerySet[ThemeLabel]:
    """Not of comments drawn by lot: they measure the reader, and what it learned from it knows."""
    drawn = CommentReview.objects.filter(response=OuterRef("response"), drawn=True)
    return ThemeLabel.objects.filter(~Exists(drawn)).exclude(response__comment="")


def ask(*, now: datetime) -> None:
    """Ask the worker to learn from all corrections and to measure the gain. Raises NotPossible without any."""
    if not labels():
        raise NotPossible(
            "There are no corrections yet to learn from: label some comments first. Those drawn at random only measure."
        )
    with transaction.atomic():
        Preference.objects.update_or_create(pk=_KEY, defaults={"value": {"state": "waiting", "at": now.isoformat()}})
        Event.publish(kind=KIND, now=now)


def found() -> Mapping[str, Any]:
    """What the last lesson came to: state (waiting, measured), labels, before, after (F1), themes; or nothing."""
    return Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {}


def learn(*, now: datetime) -> None:
    """Learn from what people said, by cross-validation, and keep it beside the version in force."""
    from nineplus.text.corrections import Correction, teach
    from nineplus.text.tagging import Reader

    one = versions.current()
    taxonomy = versions.taxonomy(one)
    rows = _lessons().order_by("-at", "-pk")[:_MOST]
    said = [
        Correction(comment, slug, holds)
        for comment, slug, holds in reversed(rows.values_list("response__comment", "theme", "holds"))
        if taxonomy.now(slug)
    ]
    taught = teach(said, reader=Reader(taxonomy=taxonomy), seed=_SEED)
    names = {theme.slug: theme.name for theme in taxonomy.themes}
    value = {
        "state": "measured",
        "at": now.isoformat(),
        "version": one.number,
        "labels": taught.gain.labels,
        "before": round(float(taught.gain.before), 4),
        "after": round(float(taught.gain.after), 4),
        "helps": bool(taught.gain.helps),
        "themes": [names[slug] for slug in taught.gain.themes],
        "taught": versions.taught_data(taught) if taught.gain.helps else None,
    }
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": value})


def use(*, by: User | None, now: datetime) -> ThemesVersion:
    """Put what was learned into the draft, to be previewed and applied like any change.

    Raises NotPossible when nothing was learned or it does not help, Conflict when the themes changed since.
    """
    lesson = found()
    if not lesson.get("taught"):
        raise NotPossible("Nothing was learned that helps: label more comments, then learn again.")
    if lesson["version"] != versions.current().number:
        raise Conflict("The themes changed since this was learned: learn again.")
    said = f"Learned from {lesson['labels']} corrections: F1 on them {lesson['before']:.2f} → {lesson['after']:.2f}."
    with transaction.atomic():
        one = versions.edit(versions.edited(), said=said, by=by, now=now)
        ThemesVersion.objects.filter(pk=one.pk).update(taught=lesson["taught"], revision=Revision.next())
    return one


def forget(*, by: User | None, now: datetime) -> ThemesVersion:
    """Put into the draft a reader that was taught nothing; the corrections themselves stay and still win."""
    with transaction.atomic():
        one = versions.edit(versions.edited(), said="Forgets what it learned from corrections.", by=by, now=now)
        ThemesVersion.objects.filter(pk=one.pk).update(taught=None, revision=Revision.next())
    return one
