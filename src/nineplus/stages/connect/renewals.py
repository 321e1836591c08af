"""When contracts renew: a day that a company, a deal or a row of a file tells, kept on a subscription of the account.

Surveys before renewals, the list of accounts and what is owed to a customer go by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pyarrow as pa

from nineplus.connectors.files import Batch
from nineplus.stages.connect.bulk import pieces
from nineplus.store.models import Account, Import, ImportChange, Removal, Subscription

Told = tuple[int | None, datetime | None]
"""The account, and when it renews: None takes away what was told before."""


def key_of(kind: str, key: str) -> str:
    """Under which id the subscription stands that a company or deal tells of."""
    return f"{kind.removesuffix('s')}:{key}"[:200]


def keep(told: Mapping[str, Told], *, source: str, revision: int, through: Import | None = None) -> int:
    """Each subscription renews then, by its external id; how many that changed. In the caller's transaction.

    One is made where there is none. `through`: the import that tells it, so that it can be taken back.
    """
    there: dict[str, Subscription] = {}
    for piece in pieces(list(told)):
        rows = Subscription.objects.filter(source=source, external_id__in=piece)
        there.update((row.external_id, row) for row in rows)
    new = [
        Subscription(
            source=source, external_id=key, account_id=account, renews_at=at, revision=revision, added_by=through
        )
        for key, (account, at) in told.items()
        if key not in there and account is not None and at is not None
    ]
    Subscription.objects.bulk_create(new)
    changed, journal = [], []
    for key, row in there.items():
        account, at = told[key]
        if row.renews_at == at and account in (None, row.account_id):
            continue
        row_is_ours = through is not None and row.added_by_id == through.pk  # it goes whole when that is taken back
        before = {"renews_at": row.renews_at and {"instant": row.renews_at.isoformat()}, "account_id": row.account_id}
        if through is not None and not row_is_ours:
            told_before = {"columns": before, "revision": row.revision, "written": revision}
            journal.append(ImportChange(source_import=through, table="subscription", row=row.pk, before=told_before))
        row.renews_at, row.account_id, row.revision = at, account or row.account_id, revision
        changed.append(row)
    Subscription.objects.bulk_update(changed, ["renews_at", "account", "revision"], batch_size=500)
    ImportChange.objects.bulk_create(journal, batch_size=1_000)
    return len(new) + len(changed)


def keep_batch(batch: Batch, accounts: pa.Array | None, *, through: Import, revision: int) -> int:
    """What rows of a file tell, of accounts or (with the `accounts` of movements) of subscriptions; see `keep`.

    A row that leaves the day blank says nothing.
    """
    keys, when = batch.rows.column("account").to_pylist(), batch.extra.column("renews_at").to_pylist()
    if accounts is not None:
        names, rows = batch.rows.column("subscription").to_pylist(), accounts.to_pylist()
    else:
        known: dict[str, int] = {}
        for piece in pieces(batch.keys.to_pylist()):
            held = Account.objects.filter(source=through.source, external_id__in=piece)
            known.update(held.values_list("external_id", "pk"))
        names, rows = [None] * len(keys), [known.get(key) for key in batch.keys.to_pylist()]
    told = {
        name or key_of("accounts", key): (row, at)
        for name, key, row, at in zip(names, keys, rows, when, strict=True)
        if at is not None and row is not None and (name or key)
    }
    return keep(told, source=through.source, revision=revision, through=through)


def forget(kind: str, keys: Iterable[str], *, source: str, revision: int) -> None:
    """These companies or deals are gone over there, and what they told of with them."""
    known = [key_of(kind, key) for key in keys]
    for piece in pieces(known):
        rows = Subscription.objects.filter(source=source, external_id__in=piece, movements=None)
        going = list(rows.values_list("pk", flat=True))
        Removal.record(model=Subscription, rows=going, revision=revision)
        Subscription.objects.filter(pk__in=going).delete()
