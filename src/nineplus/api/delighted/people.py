"""/v1/people: bring somebody and have them asked, list everyone, erase somebody, take back what is planned."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from django.http import HttpResponse
from pydantic import ValidationError

from nineplus.api.delighted.door import Ask, said
from nineplus.api.delighted.errors import invalid, missing
from nineplus.api.delighted.paging import MOST_AT_ONCE, link_to_next, misses_link, per_page
from nineplus.api.delighted.sent import Sent, number_of
from nineplus.languages import texts
from nineplus.model.survey import Frozen, Line, Text
from nineplus.stages.capture.asking import contacts, planning
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern import scopes
from nineplus.store.models import Contact
from nineplus.store.models.capture import SurveyState

_LONGEST_DELAY = 365 * 86_400
_CURSOR = "p"
SPECIAL = {
    "question_product_name": "product",
    "delighted_email_subject": "subject",
    "delighted_intro_message": "intro",
}
"""Properties that say how this one ask is worded; they are no attributes."""
LOCALE = "locale"
EVERYONE = "people:everyone"
"""The scope with which a key may list and erase people that its survey has nothing to do with."""


class _Words(Frozen):
    """What one ask may say differently, as long and as plain as a survey's own texts."""

    product: Line = ""
    subject: Line = ""
    intro: Text = ""


def created(ask: Ask) -> HttpResponse:
    """Add or change a person; unless `send` is false, plan an ask by the survey's own rules."""
    sent = ask.sent
    email, phone = sent.address("email"), sent.address("phone_number")
    channel = sent.text("channel").lower()
    delay = sent.whole("delay", least=0, most=_LONGEST_DELAY, default=0) or 0
    send, last_sent = sent.flag("send", default=True), sent.moment("last_sent_at")
    name = sent.text("name") if "name" in sent else None
    attributes, words = _told(sent)
    if not email and not phone:
        sent.fault("email", "or phone_number must be given")
    if channel not in ("", "email", "sms"):
        sent.fault("channel", "must be email or sms")
    if last_sent and last_sent > ask.now:
        sent.fault("last_sent_at", "lies in the future")
    sent.check()
    contact = _kept(email=email, phone=phone, name=name, attributes=attributes, words=words, now=ask.now)
    if last_sent:
        contacts.sent_elsewhere(survey=ask.survey, contact=contact, at=last_sent, now=ask.now)
    at = None
    if send:
        at = _asked(ask, contact, channel=channel or ("" if contact.email else "sms"), delay=delay, words=words)
    return said(ask.shapes.created_person(contact, scheduled=at))


def changed(ask: Ask) -> HttpResponse:
    """Change a person by the id in the body, or by address (the Node client's `save`). Nobody is asked."""
    sent = ask.sent
    pk = number_of(sent.text("id")) if sent.values.get("id") else None
    email, phone = sent.address("email"), sent.address("phone_number")
    name = sent.text("name") if "name" in sent else None
    attributes, words = _told(sent)
    if pk is None and not email and not phone:
        sent.fault("id", "or email or phone_number must be given")
    sent.check()
    if pk == 0:
        raise missing("person")
    if pk is not None:
        contacts.contact_of(pk=pk, known_to=_known_to(ask))
    contact = _kept(pk=pk, email=email, phone=phone, name=name, attributes=attributes, words=words, now=ask.now)
    return _whole(ask, contact)


def listed(ask: Ask) -> HttpResponse:
    """People the survey knows, oldest first; everyone for a key that may. The next page is in the Link header only.

    A client that would not find it there gets them all at once, or is told to ask for less.
    """
    sent = ask.sent
    count, email, phone = per_page(sent), sent.address("email"), sent.address("phone_number")
    if at_once := misses_link(ask):
        count = MOST_AT_ONCE
    since, until, cursor = sent.moment("since"), sent.moment("until"), sent.text("page_info")
    if email and phone:
        sent.fault("email", "and phone_number cannot be given together")
    if cursor and not (cursor.startswith(_CURSOR) and number_of(cursor.removeprefix(_CURSOR))):
        sent.fault("page_info", "is none of ours")
    sent.check()
    after = number_of(cursor.removeprefix(_CURSOR))
    rows = contacts.contacts(
        after=after, since=since, until=until, email=email, phone=phone, known_to=_known_to(ask), limit=count + 1
    )
    if at_once and len(rows) > count:
        raise invalid(since=f"and until must name a time with fewer than {count:,} people for this client")
    shown = rows[:count]
    times = contacts.times_of([row.pk for row in shown], survey=ask.survey.pk)
    answer = said([ask.shapes.person(row, times[row.pk]) for row in shown])
    if len(rows) > count:
        link_to_next(answer, ask, page_info=f"{_CURSOR}{shown[-1].pk}")
    return answer


def one(ask: Ask, *, who: str) -> HttpResponse:
    """One person (the Node client's `retrieve`)."""
    return _whole(ask, _named(who, known_to=_known_to(ask)))


def erased(ask: Ask, *, who: str) -> HttpResponse:
    """Erase somebody: by id, `email:…` or `phone_number:…`."""
    erase(contact=_named(who).pk, now=ask.now)
    return said({"ok": True}, status=202)


def withdrawn(ask: Ask, *, who: str) -> HttpResponse:
    """Take back what is planned for somebody and not yet sent."""
    contacts.withdraw(survey=ask.survey, contact=_named(who, known_to=_known_to(ask)), now=ask.now)
    return said({"ok": True})


def _whole(ask: Ask, contact: Contact) -> HttpResponse:
    times = contacts.times_of([contact.pk], survey=ask.survey.pk)[contact.pk]
    return said({**ask.shapes.person(contact, times), "properties": ask.shapes.properties(contact.attributes)})


def _known_to(ask: Ask) -> int | None:
    """The survey whose people this key may look through; None: everybody."""
    return ask.survey.pk if scopes.refusal(ask.key, EVERYONE) else None


def _named(who: str, *, known_to: int | None = None) -> Contact:
    """By address whoever has it: who calls knows the address. By number only those whom the survey knows."""
    kind, _, rest = who.partition(":")
    if kind == "email" and rest:
        return contacts.contact_of(email=rest)
    if kind == "phone_number" and rest:
        return contacts.contact_of(phone=rest)
    if "@" in who or "%40" in who:
        return contacts.contact_of(email=unquote(who))
    if number := number_of(who):
        return contacts.contact_of(pk=number, known_to=known_to)
    raise missing("person")


def _told(sent: Sent) -> tuple[dict[str, str | None], dict[str, str]]:
    """The properties that are kept of the person, and those that say how to ask them."""
    given = sent.properties("properties")
    words = {name: str(value) for name in (*SPECIAL, LOCALE) if (value := given.pop(name, None))}
    for name, kept in SPECIAL.items():
        try:
            _Words.model_validate({kept: words.get(name, "")})
        except ValidationError:
            sent.fault("properties", f"{name}: must be short and, but for the message, one line")
    return given, words


def _kept(*, words: dict[str, str], **who: Any) -> Contact:
    try:
        return contacts.keep_contact(language=texts(words[LOCALE]).code if LOCALE in words else None, **who)
    except NotFound:
        raise
    except NotPossible as problem:
        which = "phone_number" if "telephone" in str(problem) else "email" if "e-mail" in str(problem) else "properties"
        raise invalid(**{which: str(problem)}) from None


def _asked(ask: Ask, contact: Contact, *, channel: str, delay: int, words: dict[str, str]) -> datetime | None:
    """Plan an ask; when the message goes, None when the survey's rules say no or it is switched off."""
    if ask.survey.state != SurveyState.ACTIVE or ask.survey.current_id is None:
        contacts.not_asked(survey=ask.survey, contact=contact, reason="survey_paused", now=ask.now)
        return None
    asked = planning.ask(
        ask.survey,
        contacts=[contact.pk],
        occasion=f"api:{uuid.uuid4().hex}",
        at=ask.now + timedelta(seconds=delay),
        channels=(channel,) if channel else (),
        words={kept: words[name] for name, kept in SPECIAL.items() if name in words},
        now=ask.now,
    )
    return asked[0].at if asked else None
