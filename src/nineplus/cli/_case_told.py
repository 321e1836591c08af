"""One follow-up at the command line: what the case's page says, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from unicodedata import category

from nineplus.cli._clock import Clock, company_clock
from nineplus.model.cases import OUTCOMES

if TYPE_CHECKING:
    from nineplus.stages.act.cases.reading import Detail
    from nineplus.store.models import Case, CaseMail, Contact, Response

_BECAME = {"": "on its way", "sent": "sent", "unsent": "not sent", "bounced": "came back"}
_MARGIN = " " * 13


def as_data(found: Detail) -> dict[str, Any]:
    """The case with whom it is of, what they said, the letters both ways and its history, the newest first."""
    case: Any = found.case
    times = ("opened_at", "due_at", "contacted_at", "next_at", "promised_for", "closed_at")
    answers = [_answer(one.response) for one in found.answers]
    return {
        "id": case.pk,
        "customer": found.customer,
        "state": str(case.state),
        "priority": str(case.priority),
        "reason": case.reason,
        "about": case.about,
        "account": case.account_id,
        "contact": case.contact_id,
        "person": _person(case.contact),
        "owner": case.owner.email if case.owner else None,
        "overdue": found.late,
        **{name: _at(getattr(case, name)) for name in times},
        "promise": case.promise,
        "outcome": case.outcome,
        "root_cause": case.root_cause,
        "score": min((one["score"] for one in answers), default=None),
        "answers": answers,
        "letters": [_letter(mail) for mail in found.mails],
        "history": [
            {"at": _at(one.entry.at), "kind": one.entry.kind, "title": one.title, "text": one.text}
            for one in found.told
        ],
    }


def as_lines(found: Detail) -> Iterator[str]:
    """The same in words, for a terminal. Times are by the company's clock."""
    row, case, clock = as_data(found), found.case, company_clock()
    yield f"Case {case.pk}: {found.customer}, {row['state']}, {row['priority']}, {row['owner'] or 'nobody'}'s"
    said = {one["comment"].strip() for one in row["answers"]}
    about = "" if case.about.strip() in said else case.about.strip()
    yield _titled("Why", ": ".join(filter(None, (found.reason, about))))
    if person := row["person"]:
        yield _titled("Person", ", ".join(filter(None, (person["name"], person["email"], person["phone"]))))
    for one in row["answers"]:
        yield _titled("Answer", f"{one['score']} on {clock(one['answered_at'])}, {one['survey']}")
        yield from _quoted(one["comment"])
        if one["consent_contact"] is False:
            yield f"{_MARGIN}They did not agree to be contacted about this answer."
    yield _titled("Contact", _contacted(case, late=found.late, clock=clock))
    if case.promise:
        yield _titled("Promised", case.promise + (f" (for {clock(row['promised_for'])})" if case.promised_for else ""))
    if case.outcome:
        yield _titled("Came of it", f"{OUTCOMES.get(case.outcome, case.outcome)}. Behind it: {found.cause}")
    for letter in row["letters"]:
        yield _titled("Letter", f"{clock(letter['at'])}, {_way(letter)}: {letter['subject'] or '(no subject)'}")
        yield from _quoted(letter["text"])
    for line in row["history"]:
        at = clock(line["at"])
        yield f"  {at}  {line['title']}"
        yield from _quoted(line["text"], margin=" " * (len(at) + 4))


def _answer(response: Response) -> dict[str, Any]:
    return {
        "id": response.pk,
        "score": response.score,
        "survey": response.survey.name,
        "answered_at": _at(response.answered_at),
        "comment": response.comment,
        "consent_contact": response.consent_contact,
    }


def _person(contact: Contact | None) -> dict[str, str] | None:
    if contact is None or contact.erased_at:
        return None
    return {"name": contact.name, "email": contact.email, "phone": contact.phone}


def _letter(mail: CaseMail) -> dict[str, Any]:
    received = bool(mail.came)
    return {
        "at": _at(mail.at),
        "way": "received" if received else "sent",
        "by": mail.by.email if mail.by else None,
        "state": "automatic answer" if mail.machine else "received" if received else _BECAME[mail.settled],
        "subject": mail.subject,
        "text": mail.text,
        "attachments": [file["name"] for file in mail.attachments],
    }


def _way(letter: dict[str, Any]) -> str:
    if letter["way"] == "received":
        return "of the customer" if letter["state"] == "received" else "an automatic answer"
    return f"to the customer by {letter['by'] or 'us'}, {letter['state']}"


def _contacted(case: Case, *, late: bool, clock: Clock) -> str:
    due = clock(_at(case.due_at))
    if case.contacted_at is None:
        return f"not yet, {'overdue since' if late else 'due'} {due}"
    return f"first on {clock(_at(case.contacted_at))}" + (
        f", later than promised ({due})" if case.contacted_at > case.due_at else ""
    )


def _titled(title: str, text: str) -> str:
    return f"  {title:<10} {text}"


def _quoted(text: str, *, margin: str = _MARGIN) -> Iterator[str]:
    """What somebody wrote, without what a terminal would take for orders."""
    plain = "".join(letter for letter in text if letter == "\n" or category(letter) != "Cc")
    return (f"{margin}{line}".rstrip() for line in plain.strip().splitlines())


def _at(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
