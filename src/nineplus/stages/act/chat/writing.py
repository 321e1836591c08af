"""What a message says: written when it is sent, so that it tells how things are then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from nineplus.connectors.chat import Press, Said
from nineplus.model.cases import OUTCOMES
from nineplus.stages.act.alerts.kinds.case_assigned import NAME as ASSIGNED
from nineplus.stages.act.cases import reading
from nineplus.stages.act.cases.history import name_of
from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Case, CaseAnswer, ChatPost, Raised, Response
from nineplus.store.models.cases import CaseState

CLAIM, SNOOZE, CLOSE = "claim", "snooze", "close"
LATER = (("60", "In an hour"), ("240", "In four hours"), ("1440", "Tomorrow"), ("4320", "In three days"))
"""How long a case can be put off in Slack, in minutes. The time it is due stays as it is."""


LATE = timedelta(hours=1)
"""What comes later than this says so."""


def meant(post: ChatPost) -> datetime:
    """When it was to be there. What waits in a channel goes in this order."""
    due = post.about.get("due")
    return datetime.fromisoformat(due) if due else post.created_at


def said(post: ChatPost, *, now: datetime) -> Said | None:
    """What the message says now; None: what it was about is gone or no longer wants anybody.

    Late: because the other side was away, say.
    """
    told = _said(post, now=now)
    if told is None or (post.sent_at or now) - meant(post) <= LATE:
        return told
    late = f"Late: this was for {_when(meant(post))}"
    return replace(told, foot=f"{told.foot} · {late}" if told.foot else late)


def _said(post: ChatPost, *, now: datetime) -> Said | None:
    if post.what == "digest" and not post.ts and _newer(post):
        return None  # one that is later says more
    if post.what == "alert":
        return _alert(post)
    if post.what == "case":
        words = str(post.about.get("words", ""))  # of a rule
        return replace(of_case(post.case, now=now), text=words) if post.case else None
    if post.what == "reminder":
        return _reminder(post, now=now)
    told = post.about.get("said")
    return Said.from_dict(told) if told else None


def of_case(case: Case, *, now: datetime) -> Said:
    """A case with what can be done about it; nothing can when it is closed."""
    answer = _worst(case)
    open_ = case.state != CaseState.CLOSED
    late = open_ and case.next_at is not None and case.next_at < now
    facts = [("Customer", reading.customer_of(case)), ("Owner", name_of(case.owner) if case.owner else "Nobody yet")]
    facts.append(("Priority", case.get_priority_display()))
    if open_ and case.next_at:
        facts.append(("Overdue since" if late else "Due", _when(case.next_at)))
    if not open_:
        facts.append(("What came of it", OUTCOMES.get(case.outcome, "Part of another case")))
    presses: list[Press] = []
    if open_:
        if case.owner_id is None:
            presses.append(Press(CLAIM, "Take it", str(case.pk), primary=True))
        presses.append(Press(CLOSE, "Close with a note", str(case.pk)))
        presses.append(Press(SNOOZE, "Remind me", str(case.pk), choices=LATER))
    customer = reading.customer_of(case)
    if answer is not None:
        title = f"{customer} gave {answer.score}"
    else:
        title = f"{customer} must hear from us" if open_ else customer
    return Said(
        title=title if open_ else f"Closed: {title}",
        quote=answer.comment if answer and open_ else "",
        facts=tuple(facts),
        foot=f"Case {case.pk} · {case.get_state_display()}",
        url=link(f"/loop/{case.pk}/"),
        presses=tuple(presses),
    )


def link(path: str) -> str:
    """The address of a page here; empty when nobody has set the public address."""
    try:
        return addresses.base().rstrip("/") + path
    except NotPossible:
        return ""


def _alert(post: ChatPost) -> Said | None:
    raised = Raised.objects.filter(pk=post.about.get("raised")).first()
    if raised is None:
        return None
    if post.case and not post.ts and (post.case.state == CaseState.CLOSED or not _still_owns(raised, post)):
        return None  # it waited so long that it is not true any more
    presses = of_case(post.case, now=raised.at).presses if post.case else ()
    return Said(title=raised.title, text=raised.detail, foot="Alert", url=link(raised.path), presses=presses)


def _still_owns(raised: Raised, post: ChatPost) -> bool:
    return raised.kind != ASSIGNED or (post.case is not None and post.case.owner == post.place.user)


def _newer(post: ChatPost) -> bool:
    return ChatPost.objects.filter(place=post.place, what="digest", pk__gt=post.pk).exists()


def case_of(raised: Raised) -> Case | None:
    """The case that an alert is about, if it is about one."""
    number = raised.subject.removeprefix("case-")
    if raised.kind not in ("overdue_case", ASSIGNED) or not number.isdecimal():
        return None
    return Case.objects.select_related("owner", "account", "contact").filter(pk=int(number)).first()


def _reminder(post: ChatPost, *, now: datetime) -> Said | None:
    case = post.case
    if case is None or case.state == CaseState.CLOSED or (case.owner_id and case.owner_id != post.about.get("user")):
        return None
    told = of_case(case, now=now)
    return Said(
        title=f"Reminder: {told.title}",
        text=f"{post.about.get('name') or 'Somebody'} put it off until now.",
        facts=told.facts,
        foot=told.foot,
        url=told.url,
        presses=told.presses,
    )


def _worst(case: Case) -> Response | None:
    of = CaseAnswer.objects.filter(case=case).select_related("response").order_by("response__score", "-pk").first()
    return of.response if of else None


def _when(at: datetime) -> str:
    local = at.astimezone(preferences().zone)
    return f"{local:%a %d %b, %H:%M}"
