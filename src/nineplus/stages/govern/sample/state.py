"""How far the sample company is, and whose work that is."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction

from nineplus.stages.errors import Conflict
from nineplus.store.models import Preference

SOURCE = "sample"
STEP = 4000
"""Rows written or removed at once: what others wait for at most."""
_KEY = "sample"  # of the Preference

Progress = Callable[[str, float], None]
"""Told what is being done and the share that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class SampleStatus:
    """`state` is absent, asked (until it is there whole), loaded, or removing (until it is gone whole).

    `share` is how much of that has been done, 0..1.
    """

    state: str = "absent"
    share: float = 0.0
    doing: str = ""


def status() -> SampleStatus:
    """How far the sample company is."""
    known = kept()
    return SampleStatus(**{name: known[name] for name in SampleStatus.__dataclass_fields__ if name in known})


def kept() -> dict[str, Any]:
    return Preference.objects.filter(key=_KEY).values_list("value", flat=True).first() or {}


def keep(**value: Any) -> None:
    Preference.objects.update_or_create(key=_KEY, defaults={"value": value})


def forget() -> None:
    Preference.objects.filter(key=_KEY).delete()


@dataclass(frozen=True, slots=True)
class Work:
    """One load or removal. `token` tells it from another one: the last to begin goes on, the others end."""

    token: str
    progress: Progress
    stopping: Callable[[], bool]

    @classmethod
    def begin(
        cls,
        state: Literal["asked", "removing"],
        *,
        progress: Progress | None = None,
        stopping: Callable[[], bool] | None = None,
    ) -> Work:
        """Whatever else was at it gives way; what it knew (notes, attributes) is still to be taken away."""
        work = cls(secrets.token_hex(8), progress or (lambda _doing, _share: None), stopping or (lambda: False))
        with transaction.atomic():
            keep(**kept() | {"state": state, "share": 0.0, "doing": "", "token": work.token})
        return work

    def tell(self, doing: str, share: float) -> None:
        self.progress(doing, share)
        self.note(doing=doing, share=share)

    def note(self, **facts: Any) -> None:
        with transaction.atomic():
            keep(**self.check() | facts)

    def check(self) -> dict[str, Any]:
        """What is known. Raises Conflict when it is no longer ours. Holds the row until the transaction ends."""
        row = Preference.objects.select_for_update().filter(key=_KEY).first()
        if row is None or row.value.get("token") != self.token:
            raise Conflict("The sample company is being loaded, or was removed, by somebody else.")
        return row.value
