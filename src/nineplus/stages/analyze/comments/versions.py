"""The themes in force, the next version, and the job that reads every comment by it.

A version is never changed once it is applied. Applying asks the worker to read all comments by it; until that is
done every page, number and report shows the version before, whole.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.db import transaction

from nineplus.model.themes import ThemeName
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import CommentReading, Event, Revision, ThemesVersion, User
from nineplus.store.models.comments import ThemesState
from nineplus.text.reading import EDITION
from nineplus.text.taxonomy import PACKS, Taxonomy, WrongTaxonomy, packaged, taxonomy_data, taxonomy_from

if TYPE_CHECKING:
    from nineplus.text.corrections import Taught
    from nineplus.text.tagging import Reader

_READING = Lock()
GOING = (ThemesState.WAITING, ThemesState.RUNNING)
KIND = "themes.version"
FIRST_PACK = "b2b"


def current() -> ThemesVersion:
    """The version in force. The first one is the pack for software and service companies, made when first asked for."""
    found = ThemesVersion.objects.filter(current=True).first()
    return found or _first()


def _first() -> ThemesVersion:
    from django.utils import timezone

    now = timezone.now()
    with transaction.atomic():
        found, _ = ThemesVersion.objects.get_or_create(
            number=1,
            defaults={
                "document": taxonomy_data(packaged(FIRST_PACK)),
                "changes": [f"The themes that come with nineplus: {packaged(FIRST_PACK).title}."],
                "engine": EDITION,
                "created_at": now,
                "finished_at": now,
                "state": ThemesState.DONE,
                "current": True,
                "revision": Revision.next(),
            },
        )
    return found


def going() -> ThemesVersion | None:
    """The version that the worker reads by now, or is about to."""
    return ThemesVersion.objects.filter(state__in=GOING).order_by("-number").first()


def newest() -> ThemesVersion:
    """The version that was applied last, whatever became of it."""
    return ThemesVersion.objects.exclude(state=ThemesState.DRAFT).order_by("-number").first() or current()


def versions() -> Sequence[ThemesVersion]:
    """All versions that were applied, the newest first."""
    return list(ThemesVersion.objects.exclude(state=ThemesState.DRAFT).select_related("created_by").order_by("-number"))


def taxonomy(version: ThemesVersion) -> Taxonomy:
    """The themes of that version."""
    if version.state == ThemesState.DRAFT:
        return taxonomy_from(version.document)
    return _known(version.pk, version.number)


@lru_cache(maxsize=8)
def _known(pk: int, _number: int) -> Taxonomy:
    return taxonomy_from(ThemesVersion.objects.values_list("document", flat=True).get(pk=pk))


def names() -> tuple[ThemeName, ...]:
    """How the themes in force are called."""
    found = ThemesVersion.objects.filter(current=True).only("pk", "number", "state").first() or _first()
    return tuple(ThemeName(theme.slug, theme.name) for theme in taxonomy(found).themes)


# a draft


def draft() -> ThemesVersion | None:
    """The version that is being edited."""
    return ThemesVersion.objects.filter(state=ThemesState.DRAFT).select_related("created_by").first()


def edited() -> Taxonomy:
    """What an editor starts from: the draft, else the version on its way, else the one in force."""
    return taxonomy(draft() or going() or current())


def edit(changed: Taxonomy, *, said: str, by: User | None = None, now: datetime) -> ThemesVersion:
    """Put the changed themes into the draft (made when there is none) with a sentence that says what was done."""
    with transaction.atomic():
        one = _draft(by=by, now=now)
        one.document = taxonomy_data(changed)
        one.changes = [*one.changes, said]
        one.preview = None
        one.revision = Revision.next()
        one.save(update_fields=["document", "changes", "preview", "revision"])
        Event.publish(kind="themes.preview", now=now)
    return one


def start_from(pack: str, *, by: User | None = None, now: datetime) -> ThemesVersion:
    """A draft out of one of the packs. What was counted under a theme that the pack has too stays under it.

    Raises NotFound for a pack that does not exist.
    """
    if pack not in PACKS:
        raise NotFound(f"There is no pack {pack!r}. There are: {', '.join(PACKS)}.")
    return edit(packaged(pack), said=f"Started from the pack {packaged(pack).title}.", by=by, now=now)


def bring(document: Any, *, by: User | None = None, now: datetime) -> ThemesVersion:
    """A draft out of an exported taxonomy. Raises NotPossible with the theme and what to mend."""
    try:
        found = taxonomy_from(document)
    except (WrongTaxonomy, AttributeError, TypeError, ValueError) as wrong:
        raise NotPossible(f"These themes cannot be used. {wrong}") from None
    return edit(found, said=f"Brought from a file: {found.title or found.name}.", by=by, now=now)


def discard() -> None:
    """Forget the draft. Raises NotFound when there is none."""
    gone, _ = ThemesVersion.objects.filter(state=ThemesState.DRAFT).delete()
    if not gone:
        raise NotFound("There is no draft to discard.")


def _draft(*, by: User | None, now: datetime) -> ThemesVersion:
    revision = Revision.next()  # whoever else begins a draft waits here, and then finds this one
    one = ThemesVersion.objects.select_for_update().filter(state=ThemesState.DRAFT).first()
    if one:
        return one
    base = going() or current()
    last = ThemesVersion.objects.order_by("-number").values_list("number", flat=True).first() or 0
    return ThemesVersion.objects.create(
        number=last + 1,
        document=base.document,
        taught=base.taught,
        mode=base.mode,
        created_by=by,
        created_at=now,
        revision=revision,
    )


# put to use


def apply(*, now: datetime) -> ThemesVersion:
    """Ask for all comments to be read by the draft; a version on its way gives way.

    Raises NotFound without a draft, Conflict when it changes nothing.
    """
    with transaction.atomic():
        one = ThemesVersion.objects.select_for_update().filter(state=ThemesState.DRAFT).first()
        if one is None:
            raise NotFound("There is no draft to apply.")
        under_way = ThemesVersion.objects.select_for_update().filter(state__in=GOING)
        same = ("document", "taught", "mode")
        if not under_way.exists() and all(getattr(one, name) == getattr(current(), name) for name in same):
            raise Conflict("The draft is the version in force: nothing to do.")
        under_way.update(state=ThemesState.CANCELLED, finished_at=now, error="A later version was applied.")
        one.document = {**one.document, "version": one.number}
        one.state, one.engine, one.preview = ThemesState.WAITING, EDITION, None
        one.save(update_fields=["document", "state", "engine", "preview"])
        Event.publish(kind=KIND, data={"version": one.number}, now=now)
    return one


def again(*, by: User | None = None, now: datetime) -> ThemesVersion:
    """Read all comments once more by the same themes: after an update of nineplus that reads better."""
    with transaction.atomic():
        if ThemesVersion.objects.filter(state=ThemesState.DRAFT).exists():
            raise Conflict("There is a draft: apply or discard it first.")
        one = _draft(by=by, now=now)
        one.changes, one.state, one.engine = ["Read anew."], ThemesState.WAITING, EDITION
        one.save(update_fields=["changes", "state", "engine"])
        Event.publish(kind=KIND, data={"version": one.number}, now=now)
    return one


def outdated() -> bool:
    """Does this nineplus read better than the one by which the comments were read?"""
    return current().engine < EDITION


def cancel(*, number: int, now: datetime) -> None:
    """End the reading by that version: the one in force stays. Raises NotFound, Conflict when it is over."""
    if not ThemesVersion.objects.filter(number=number).exists():
        raise NotFound(f"There is no version {number}.")
    ended = ThemesVersion.objects.filter(number=number, state__in=GOING).update(
        state=ThemesState.CANCELLED, finished_at=now
    )
    if not ended:
        raise Conflict("It is over already.")


def finish(one: ThemesVersion, *, now: datetime) -> bool:
    """Everything was read by it: from now on it is in force. False when it was cancelled in the last moment.

    In the caller's transaction.
    """
    done = ThemesVersion.objects.filter(pk=one.pk, state=ThemesState.RUNNING)
    if not done.select_for_update().values_list("pk", flat=True).first():  # kept from who cancels it in this moment
        return False
    ThemesVersion.objects.filter(current=True).update(current=False)
    done.update(state=ThemesState.DONE, current=True, finished_at=now, revision=Revision.next())
    Event.publish(kind="mart.stale", now=now)
    return True


def forget_old(*, most: int = 5_000) -> int:
    """Take away what versions read that are neither in force nor the one before, a portion; how many readings."""
    done = ThemesVersion.objects.filter(state=ThemesState.DONE).order_by("-number").values_list("pk", flat=True)
    kept = {*done[:2], *ThemesVersion.objects.filter(state__in=GOING).values_list("pk", flat=True)}
    old = CommentReading.objects.exclude(version__in=kept).order_by("pk").values_list("pk", flat=True)[:most]
    gone, _ = CommentReading.objects.filter(pk__in=list(old)).delete()
    return gone


# the reader


@contextmanager
def reader(version: ThemesVersion) -> Iterator[Reader]:
    """Who reads by that version, with what corrections taught it, for one at a time. Kept while it is the same."""
    with _READING:
        yield _reader(version.pk, version.number)


@lru_cache(maxsize=2)
def _reader(pk: int, _number: int) -> Reader:
    from nineplus.text.tagging import Reader

    one = ThemesVersion.objects.get(pk=pk)
    return Reader(taxonomy=taxonomy_from(one.document), mode=one.mode, taught=taught_from(one.taught))


def taught_data(taught: Taught) -> dict[str, Any]:
    """What was taught, as plain data: heads of half precision, and their gain. The corrections themselves are rows."""
    import numpy as np

    return {
        "encoder": taught.encoder,
        "weights": {
            theme: base64.b64encode(weights.astype("<f2").tobytes()).decode()
            for theme, weights in taught.weights.items()
        },
        "gain": {
            "before": round(float(np.float64(taught.gain.before)), 4),
            "after": round(float(np.float64(taught.gain.after)), 4),
            "labels": taught.gain.labels,
        },
    }


def taught_from(data: dict[str, Any] | None) -> Taught | None:
    """None: nothing was taught, or for another encoder than this nineplus has."""
    if not data:
        return None
    import numpy as np

    from nineplus.text.corrections import Gain, Taught
    from nineplus.text.vectors import ENCODER

    if data["encoder"] != ENCODER:
        return None
    weights = {
        theme: np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float64)
        for theme, text in data["weights"].items()
    }
    gain = Gain(data["gain"]["before"], data["gain"]["after"], data["gain"]["labels"], tuple(weights))
    return Taught(data["encoder"], {}, weights, gain)
