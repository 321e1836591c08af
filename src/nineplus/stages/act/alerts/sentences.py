"""The first sentence of the page Alerts, and how somebody is told, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nineplus.store.models import Alert, AlertChoice
from nineplus.store.models.alerts import Mailed, Untold, Weekday
from nineplus.store.models.asking import MessageState

_COUNTED = {
    "case_assigned": ("case was given to you", "cases were given to you"),
    "overdue_case": ("case is overdue", "cases are overdue"),
    "high_value_detractor": ("large customer is unhappy", "large customers are unhappy"),
    "score_fall": ("score fell", "scores fell"),
    "nps_change": ("change of NPS", "changes of NPS"),
    "rising_theme": ("theme rises", "themes rise"),
    "silent_account": ("large customer is silent before the renewal", "large customers are silent before renewals"),
    "referral_came": ("referral came", "referrals came"),
    "referral_won": ("referral became a customer", "referrals became customers"),
    "source_stopped": ("source stopped sending", "sources stopped sending"),
}
_MAILED = {
    Mailed.AT_ONCE: "by e-mail at once",
    Mailed.DAILY: "by one letter every day at {hour}:00",
    Mailed.WEEKLY: "by one letter on {day}s at {hour}:00",
    Mailed.NEVER: "never by e-mail",
}


def says(rows: Sequence[Alert]) -> str:
    """What is new, of these that the person was told."""
    if not rows:
        return "Nothing has been told to you yet. What cannot wait until you look is told here."
    fresh = [row for row in rows if row.read_at is None]
    return f"New: {counted(fresh)}." if fresh else "You have read all of it; nothing is new."


def counted(rows: Sequence[Alert]) -> str:
    """How many of which kind these are: “2 cases are overdue and 1 theme rises”."""
    parts = []
    for kind, number in Counter(row.kind for row in rows).most_common():
        one, many = _COUNTED.get(kind, ("other thing", "other things"))
        parts.append(f"{number} {one if number == 1 else many}")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def chosen(choice: AlertChoice, *, kinds: int) -> str:
    """How they are told now. `kinds`: how many there are."""
    wanted = kinds - len(choice.unwanted)
    of = "everything" if wanted >= kinds else "nothing" if wanted <= 0 else f"{wanted} of {kinds} kinds"
    quiet = "" if choice.quiet_from is None else f", not from {choice.quiet_from}:00 to {choice.quiet_to}:00"
    never = choice.mailed == Mailed.NEVER
    chat = f"{', but' if never else ' and'} directly in Slack" if choice.slack else ""
    if never and not chat:
        quiet = ""
    mailed = _MAILED[Mailed(choice.mailed)].format(hour=choice.digest_hour, day=Weekday(choice.digest_day).label)
    return f"You are told of {of}, {mailed}{chat}{quiet}."


_KEPT_BACK = {MessageState.FAILED: "could not be sent", MessageState.DROPPED: "was not sent"}


def told_by(row: Alert) -> str:
    """In which ways this one was or will be told, and why not in those it was not; empty: only here.

    That somebody had not chosen a way is not said: they know.
    """
    parts = [_by_mail(row), "" if row.chat_not in _SILENT else f"not in Slack: {Untold(row.chat_not).label}"]
    said = "; ".join(filter(None, parts))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


_SILENT = ("", Untold.NEVER)


def _by_mail(row: Alert) -> str:
    if row.mail_not:
        return "" if row.mail_not in _SILENT else f"not by e-mail: {Untold(row.mail_not).label}"
    if row.letter and row.letter.state in _KEPT_BACK:
        why = f": {row.letter.error}" if row.letter.error else ""
        return f"its letter {_KEPT_BACK[MessageState(row.letter.state)]}{why}"
    return "told by e-mail" if row.mailed_at else "waits for a letter"
