"""What does not work outside of the house: senders that refuse, and mailboxes that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nineplus.store.models import Preference, Sender

_MARK = "mailbox not read, of sender "


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that does not work: the sender it belongs to, and a sentence. `since`: as far as that is known."""

    sender: int
    says: str
    since: datetime | None = None


def not_read(sender: int, *, says: str, now: datetime) -> None:
    """The mailbox of this sender cannot be read. When it began stays as it is."""
    kept = Preference.objects.filter(pk=_key(sender)).values_list("value", flat=True).first()
    if kept is None or kept["says"] != says:
        value = {"says": says, "since": kept["since"] if kept else now.isoformat()}
        Preference.objects.update_or_create(pk=_key(sender), defaults={"value": value})


def read_again(sender: int) -> None:
    """It can be read."""
    Preference.objects.filter(pk=_key(sender)).delete()


def of_mailbox(sender: int) -> Trouble | None:
    """What keeps this sender's mailbox from being read; None when nothing does."""
    kept = Preference.objects.filter(pk=_key(sender)).values_list("value", flat=True).first()
    return Trouble(sender, kept["says"], datetime.fromisoformat(kept["since"])) if kept else None


def every() -> tuple[Trouble, ...]:
    """All of them, by sender."""
    kept = dict(Preference.objects.filter(key__startswith=_MARK).values_list("key", "value"))
    found = []
    for pk, name, error, host in Sender.objects.order_by("pk").values_list(
        "pk", "name", "error", "settings__inbox_host"
    ):
        if error:
            found.append(Trouble(pk, f"“{name}” does not work, and its messages wait: {error}"))
        if host and (mailbox := kept.get(_key(pk))):
            since = datetime.fromisoformat(mailbox["since"])
            found.append(Trouble(pk, f"Mail that comes back to “{name}” cannot be read: {mailbox['says']}", since))
    return tuple(found)


def _key(sender: int) -> str:
    return f"{_MARK}{sender}"
