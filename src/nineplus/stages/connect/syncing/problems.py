"""What could not be used is told once: the same thing for the same reason is the same row, seen again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from nineplus.store.models import SyncProblem


def tell(problems: Iterable[tuple[str, str, str]], *, connection: int, stream: str, now: datetime) -> None:
    """Keep these problems, each a key over there (or a property's name), a code and a reason, of that stream."""
    rows = {
        (code[:60], key[:200]): SyncProblem(
            connection_id=connection,
            stream=stream,
            key=key[:200],
            code=code[:60],
            reason=reason,
            first_at=now,
            last_at=now,
        )
        for key, code, reason in problems
    }
    SyncProblem.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["connection", "stream", "code", "key"],
        update_fields=["reason", "last_at"],
    )
