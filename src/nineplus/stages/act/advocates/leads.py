"""Referrals: who came by an advocate's link, whether it counts, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Sum

from nineplus.rules import advocates
from nineplus.rules.addresses import email_address
from nineplus.rules.identity import is_public
from nineplus.stages.act.advocates import ledger
from nineplus.stages.act.advocates.acts import check_money
from nineplus.stages.capture.people import advocacy, suppression
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.domains import Domain
from nineplus.store.models import Account, Advocate, Contact, Deal, Event, Lead, Points, Programme, User
from nineplus.store.models.advocates import LeadState

CAME, WON = "referral.came", "referral.won"
"""Events: a referral that counts was brought; one was won."""
_DAY = timedelta(days=1)
_BY_HAND = "It was opened again: somebody says by hand what comes of it."
_THROWN_AWAY = frozenset(("mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "trashmail.com"))
"""Domains of addresses that last for minutes."""


def advocate_of(code: str) -> tuple[Advocate, Programme] | None:
    """Whose link that is, and for which programme; None when it is nobody's, or no referrals are taken now."""
    rows = Advocate.objects.select_related("contact__account").filter(contact__erased_at=None)
    rows = rows.exclude(contact__advocacies__opted_out_at__isnull=False)  # under whichever name they left
    advocate = rows.filter(code=code).first() if "\x00" not in code else None
    programme = Programme.objects.filter(kind="referral", on=True).order_by("pk").first()
    return None if advocate is None or programme is None else (advocate, programme)


def bring(code: str, *, name: str, email: str, company: str, agreed: bool, now: datetime) -> Lead | None:
    """Keep a referral; one that does not count is kept with why. None: nobody's link. Raises NotPossible."""
    found = advocate_of(code)
    if found is None:
        return None
    advocate, programme = found
    if not agreed:
        raise NotPossible("Please agree that we may write to you.")
    name, company = (" ".join(text.replace("\x00", "").split())[:200] for text in (name, company))
    if not name:
        raise NotPossible("Please say your name.")
    try:
        address = email_address(email.replace("\x00", "")[:320])
    except ValueError as problem:
        raise NotPossible(str(problem)) from None
    domain = address.rpartition("@")[2]
    free = is_public(domain) or domain in _THROWN_AWAY
    digest = suppression.digest_of("email", address)
    why = _why(advocate, address=address, domain="" if free else domain, digest=digest, company=company)
    today = Lead.objects.filter(advocate=advocate, at__gt=now - _DAY).count() + 1
    values = {
        "advocate": advocate,
        "programme": programme,
        "name": name,
        "email": address,
        "company": company,
        "digest": digest,
        "doubts": advocates.lead_doubts(free_mail=free, leads_today=today, seconds=None),
        "at": now,
    }
    if not why:
        try:
            with transaction.atomic():
                lead = Lead.objects.create(**values)
                Event.publish(kind=CAME, data={"lead": lead.pk}, now=now)
                return lead
        except IntegrityError:  # the same person at the same moment
            why = advocates.refused_lead(
                same_person=False, same_company=False, customer=False, open_deal=False, known_lead=True
            )
    return Lead.objects.create(**values, state=LeadState.REFUSED, why=why, settled_at=now)


def settle(
    pk: int, *, won: bool, value_minor: int | None = None, currency: str = "", by: User | None, now: datetime
) -> Lead:
    """Say by hand what came of it; a won one brings points once. Raises NotFound, Conflict, NotPossible."""
    check_money(value_minor, currency)
    return _settle(pk, won=won, deal=None, value_minor=value_minor, currency=currency.upper(), by=by, now=now)


def reopen(pk: int, *, by: User | None, now: datetime) -> Lead:
    """It was settled by mistake: it is open again, and points that it brought are taken back.

    Raises NotFound; Conflict when it is open, or does not count.
    """
    with transaction.atomic():
        lead = _held(pk)
        if lead.state not in (LeadState.WON, LeadState.LOST):
            raise Conflict("Only a referral that was won or lost can be opened again.")
        if lead.advocate.contact.erased_at:
            raise Conflict("Whoever referred was erased: what came of it stays as it was told.")
        if points := _lines(lead).aggregate(all=Sum("points"))["all"]:
            why = "The referral is open again"
            ledger.give(lead.advocate, points=-points, why=why, key=_key(lead), by=by, now=now)
        lead.state, lead.deal, lead.settled_at, lead.settled_by = LeadState.OPEN, None, None, None
        lead.value_minor, lead.currency = None, ""
        if _BY_HAND not in lead.doubts:  # else the same deal would settle it again
            lead.doubts = [*lead.doubts, _BY_HAND]
        lead.save()
    return lead


def follow(*, now: datetime) -> int:
    """Find the closed deals of open referrals, by the person's address or the company's domain. How many there were.

    What somebody settles meanwhile, or opens again, stays as they said.
    """
    count = 0
    for lead in Lead.objects.filter(state=LeadState.OPEN).order_by("pk"):
        if _BY_HAND in lead.doubts:
            continue
        deal = _deal_of(lead)
        if deal is not None:
            won, minor = bool(deal.is_won), deal.amount_minor
            try:
                _settle(lead.pk, won=won, deal=deal, value_minor=minor, currency=deal.currency, by=None, now=now)
            except (Conflict, NotFound):
                continue
            count += 1
    return count


def waiting(now: datetime) -> bool:
    """Is any referral open?"""
    return Lead.objects.filter(state=LeadState.OPEN).exists()


def _settle(
    pk: int, *, won: bool, deal: Deal | None, value_minor: int | None, currency: str, by: User | None, now: datetime
) -> Lead:
    with transaction.atomic():
        lead = _held(pk)
        if lead.state != LeadState.OPEN:
            raise Conflict("This referral was settled already.")
        if deal is not None and _BY_HAND in lead.doubts:
            raise Conflict(_BY_HAND)
        lead.state = LeadState.WON if won else LeadState.LOST
        lead.deal, lead.settled_at, lead.settled_by = deal, now, by
        if won:
            lead.value_minor, lead.currency = value_minor, currency
            if lead.programme.points:
                why, key = "A referral became a customer", _key(lead)
                ledger.give(lead.advocate, points=lead.programme.points, why=why, key=key, by=by, now=now)
        lead.save()
        if won:
            Event.publish(kind=WON, data={"lead": lead.pk}, now=now)
        if lead.advocate.contact.erased_at:
            advocacy.forget_leads(lead.advocate.contact)
    return lead


def _held(pk: int) -> Lead:
    rows = Lead.objects.select_for_update(of=("self",)).select_related("advocate__contact", "programme")
    lead = rows.filter(pk=pk).first()
    if lead is None:
        raise NotFound("There is no such referral.")
    return lead


def _lines(lead: Lead) -> QuerySet[Points]:
    return Points.objects.filter(Q(key=f"lead-{lead.pk}") | Q(key__startswith=f"lead-{lead.pk}-"))


def _key(lead: Lead) -> str:
    """Of the next line about it, while it is held."""
    told = _lines(lead).count()
    return f"lead-{lead.pk}" + (f"-{told}" if told else "")


def _deal_of(lead: Lead) -> Deal | None:
    domain = lead.email.rpartition("@")[2]
    theirs = Q(contact__email=lead.email)
    if not is_public(domain):
        theirs |= Q(account__in=_accounts(domain, ""))
    # Only a deal that came after the referral can have come of it.
    closed = Deal.objects.filter(theirs, is_closed=True, is_won__isnull=False, created_at__gte=lead.at)
    return closed.order_by("-is_won", "pk").first() if lead.email else None


def _why(advocate: Advocate, *, address: str, domain: str, digest: str, company: str) -> str:
    own = advocate.contact
    accounts = set(_accounts(domain, company))
    accounts |= set(Contact.objects.filter(email=address).exclude(account=None).values_list("account", flat=True))
    deals = Deal.objects.filter(account__in=accounts)
    running = Account.objects.filter(pk__in=accounts, subscriptions__isnull=False, subscriptions__ended_at=None)
    return advocates.refused_lead(
        same_person=address == own.email,
        same_company=(bool(domain) and domain == own.email.rpartition("@")[2]) or own.account_id in accounts,
        known_lead=Lead.objects.filter(digest=digest).exclude(state=LeadState.REFUSED).exists(),
        customer=deals.filter(is_won=True).exists() or running.exists(),
        open_deal=deals.exclude(is_closed=True).exists(),
    )


def _accounts(domain: str, company: str) -> list[int]:
    found: list[int] = []
    if domain:
        at = Contact.objects.alias(domain=Domain("email")).filter(domain=domain)
        found += at.exclude(account=None).values_list("account", flat=True).distinct()
        found += Account.objects.filter(domain=domain).values_list("pk", flat=True)
    if company:
        found += Account.objects.filter(name__iexact=company).values_list("pk", flat=True)
    return found
