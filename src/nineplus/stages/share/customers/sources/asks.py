"""Asks that were not answered: sent and what became of it, planned, or not sent and why."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Coalesce

from nineplus.rules.asking import REASONS
from nineplus.stages.share.customers.entries import Bound, Customer, Entry, Source, named, newest
from nineplus.store.models import Invitation
from nineplus.store.models.capture import Fate

_FATES = {
    Fate.PLANNED: "will be asked",
    Fate.SKIPPED: "was not asked",
    Fate.SENT: "was asked and has not answered",
    Fate.DELIVERED: "was asked and has not answered",
    Fate.OPENED: "opened the survey and has not answered",
    Fate.DECLINED: "declined",
    Fate.BOUNCED: "could not be reached",
    Fate.EXPIRED: "did not answer in time",
}


def read(of: Customer, bound: Bound | None, limit: int) -> Sequence[Entry]:
    rows = of.of(Invitation.objects.exclude(fate=Fate.ANSWERED).select_related("survey", "contact"))
    rows = rows.annotate(moment=Coalesce("sent_at", "due_at")).exclude(moment=None).defer("attributes", "signals")
    return [_entry(row) for row in newest(rows, "moment", bound, limit)]


def _entry(row: Invitation) -> Entry:
    moment = row.sent_at or row.due_at
    assert moment is not None
    who = named(row.contact)
    return Entry(
        at=moment,
        id=row.pk,
        title=f"{row.survey.name}: {who[1] if who else 'somebody'} {_FATES.get(Fate(row.fate), row.fate)}",
        text=REASONS.get(row.reason, row.reason.replace("_", " ")) if row.fate == Fate.SKIPPED else "",
        tone="bad" if row.fate == Fate.BOUNCED else "",
        contact=who,
    )


SOURCE = Source(name="asks", title="Asks", icon="surveys", read=read, place=2)
