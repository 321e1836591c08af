"""Who is not written to: unsubscribed, bounced, complained, erased, or named by hand.

An address is known by its digest, so that it stays known when the person is erased or brought in again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet

from nineplus.render.csv import harmless
from nineplus.rules import addresses
from nineplus.stages.capture.people import digests
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Event, Suppression
from nineplus.store.models.asking import SuppressionReason

_PORTION = 500
_MOST = 100_000


def digest_of(medium: str, address: str) -> str:
    """How an address is known: an HMAC of its kept form, so that the list tells nobody's address by itself."""
    return digests.digest("addresses", f"{medium}\0{kept_form(medium, address)}")


def kept_form(medium: str, address: str) -> str:
    """The address in the one form in which it is compared; as it came, in lower case, when it is none."""
    try:
        return addresses.telephone_number(address) if medium == "sms" else addresses.email_address(address)
    except ValueError:
        return address.strip().lower()


def suppress(
    *, medium: str, address: str, reason: str, now: datetime, detail: str = "", keep_address: bool = True
) -> bool:
    """Never write there again; True when that was not known yet. `keep_address` False: only its digest stays.

    Somebody who unsubscribed is an event: other systems may be told.
    """
    _checked(medium, reason)
    with transaction.atomic():
        row, made = Suppression.objects.get_or_create(
            medium=medium,
            digest=digest_of(medium, address),
            reason=reason,
            defaults={
                "address": kept_form(medium, address)[:320] if keep_address else "",
                "at": now,
                "detail": detail[:500],
            },
        )
        if made and reason == SuppressionReason.UNSUBSCRIBED:
            Event.publish(kind="contact.unsubscribed", data={"suppression": row.pk}, now=now)
    return made


def lift(*, medium: str, address: str, reason: str = "") -> int:
    """Write there again: for that reason, or for all but erasure. How many entries that took away."""
    rows = Suppression.objects.filter(medium=medium, digest=digest_of(medium, address))
    rows = rows.filter(reason=reason) if reason else rows.exclude(reason=SuppressionReason.ERASED)
    return rows.delete()[0]


def suppressed(*, medium: str, addresses: Iterable[str]) -> dict[str, str]:
    """Of these addresses those that are not written to, each with the reason. One query for 500."""
    by_digest: dict[str, list[str]] = {}
    for address in {address for address in addresses if address}:  # several spellings may be one address
        by_digest.setdefault(digest_of(medium, address), []).append(address)
    digests = list(by_digest)
    found: dict[str, str] = {}
    for start in range(0, len(digests), _PORTION):
        rows = Suppression.objects.filter(medium=medium, digest__in=digests[start : start + _PORTION])
        for digest, reason in rows.values_list("digest", "reason"):
            found |= dict.fromkeys(by_digest[digest], reason)
    return found


def is_suppressed(*, medium: str, address: str) -> bool:
    """Is this address not written to?"""
    return bool(suppressed(medium=medium, addresses=[address]))


def is_erased(*, medium: str, address: str) -> bool:
    """Is this the address of somebody who was erased?"""
    rows = Suppression.objects.filter(medium=medium, reason=SuppressionReason.ERASED)
    return rows.filter(digest=digest_of(medium, address)).exists()


def every(*, medium: str = "", reason: str = "", search: str = "") -> QuerySet[Suppression]:
    """The list, newest first."""
    rows = Suppression.objects.order_by("-at", "-id")
    if medium:
        rows = rows.filter(medium=medium)
    if reason:
        rows = rows.filter(reason=reason)
    return rows.filter(address__icontains=search) if search else rows


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a list: entries added, known already, and lines that could not be used with the reason."""

    added: int
    same: int
    refused: tuple[tuple[int, str], ...]


def to_csv() -> Iterator[str]:
    """The list as CSV, a line at a time. Erased people have no address in it."""
    yield "medium,address,reason,at,detail\r\n"
    for row in every().iterator(chunk_size=2_000):
        line = io.StringIO()
        csv.writer(line).writerow(map(harmless, (row.medium, row.address, row.reason, row.at, row.detail)))
        yield line.getvalue()


def from_csv(text: str, *, now: datetime) -> Taken:
    """Take in a list: a column `address` or `email`, and if it likes `medium` and `reason` (unsubscribed …).

    Also an export of Delighted's: its columns `Unsubscribed at` or `Bounced at` say the reason and since when. A line
    that cannot be used is told with its number; the others are taken. Raises NotPossible.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    names = {(name or "").strip().lower().replace(" ", "_"): name for name in rows.fieldnames or ()}
    column = next((names[name] for name in _ADDRESSES if name in names), None)
    if column is None:
        raise NotPossible("The file needs a column named address or email.")
    made: dict[tuple[str, str, str], Suppression] = {}
    refused: list[tuple[int, str]] = []
    for number, row in enumerate(rows, start=2):
        if number > _MOST:
            raise NotPossible(f"The file has more than {_MOST:,} lines. Divide it.")
        address = _QUOTED.sub("", (row.get(column) or "").strip())
        medium = (row.get(names.get("medium", "")) or ("sms" if address.startswith("+") else "email")).strip().lower()
        dated = _dated(row, names)
        if dated is None and not row.get(names.get("reason", "")) and names.keys() & _SINCE.keys():
            continue  # the list names people who are written to as well
        why, at = dated or (SuppressionReason.UNSUBSCRIBED, now)
        reason = (row.get(names.get("reason", "")) or why).strip().lower()
        try:
            _checked(medium, reason)
            known_as = addresses.telephone_number(address) if medium == "sms" else addresses.email_address(address)
        except (ValueError, NotPossible) as problem:
            refused.append((number, str(problem)))
            continue
        digest = digest_of(medium, known_as)
        made[medium, digest, reason] = Suppression(
            medium=medium, digest=digest, address=known_as, reason=reason, at=min(at, now), detail="from a file"
        )
    with transaction.atomic():
        before = Suppression.objects.count()
        Suppression.objects.bulk_create(made.values(), ignore_conflicts=True, batch_size=_PORTION)
        added = Suppression.objects.count() - before
    return Taken(added=added, same=len(made) - added, refused=tuple(refused))


_QUOTED = re.compile(r"'(?=[=+@-])")
"""What `to_csv` puts before an address that a spreadsheet would take for a formula."""
_ADDRESSES = ("address", "email", "person_email", "email_address", "phone", "phone_number")
_SINCE = {"unsubscribed_at": SuppressionReason.UNSUBSCRIBED, "bounced_at": SuppressionReason.BOUNCED}


def _dated(row: Mapping[str, str | None], names: Mapping[str, str]) -> tuple[str, datetime] | None:
    """The reason and since when, as columns of days say it; None when they say nothing of this one."""
    for name, reason in _SINCE.items():
        text = (row.get(names.get(name, "")) or "").strip()
        if text:
            return reason, _moment(text)
    return None


def _moment(text: str) -> datetime:
    """A time as exports write it; one that cannot be read is as good as today's."""
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text.removesuffix(" UTC"))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def _checked(medium: str, reason: str) -> None:
    if medium not in ("email", "sms"):
        raise NotPossible(f"There is no medium {medium!r}. There are: email, sms.")
    if reason not in SuppressionReason.values:
        raise NotPossible(f"There is no reason {reason!r}. There are: {', '.join(SuppressionReason.values)}.")
