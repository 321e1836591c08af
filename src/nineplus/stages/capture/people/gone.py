"""By which ids people were known who were erased: digests only, so that they are known again when one comes back.

Somebody without an address has nothing else by which they could be. An id is kept with its source, for what comes from
there again, and alone, for what names people by an id of whatever source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from nineplus.stages.capture.people import digests
from nineplus.store.models import Alias

_SOURCE = "@erased"
"""As which source they are kept among the aliases. No source of rows has such a name."""
_PORTION = 500


def remember(contact: int, ids: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """These ids, each with its source, are of somebody who was erased. In the caller's transaction, safe to repeat."""
    digests = {digest_of(text, source=of) for source, text in ids if text for of in (source, "")}
    Alias.objects.bulk_create(
        [
            Alias(table="contact", source=_SOURCE, external_id=digest, row=contact, why="erased", at=now)
            for digest in sorted(digests)
        ],
        ignore_conflicts=True,
    )


def among(ids: Iterable[str], *, source: str = "") -> set[str]:
    """Which of these ids are of people who were erased; without a `source`: of whatever source."""
    by_digest = {digest_of(text, source=source): text for text in ids if text}
    digests, found = list(by_digest), set[str]()
    for start in range(0, len(digests), _PORTION):
        rows = Alias.objects.filter(table="contact", source=_SOURCE, external_id__in=digests[start : start + _PORTION])
        found |= {by_digest[digest] for digest in rows.values_list("external_id", flat=True)}
    return found


def every() -> Collection[str]:
    """All their digests."""
    rows = Alias.objects.filter(table="contact", source=_SOURCE)
    return frozenset(rows.values_list("external_id", flat=True))


def digest_of(external_id: str, *, source: str) -> str:
    """How an id is known: keyed, so that the list tells nobody's id by itself."""
    return digests.digest("ids", f"{source}\0{external_id}")
