"""/nineplus in Slack: the score of all or of a segment, or how a customer is. Answered to whoever asked alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.db.models.functions import Length

from nineplus.connectors.chat import Said
from nineplus.connectors.slack import blocks
from nineplus.model import Filter
from nineplus.render.numbers import money
from nineplus.stages.act.chat import acting, writing
from nineplus.stages.analyze.choices import choices
from nineplus.stages.analyze.running import run
from nineplus.stages.errors import NotPossible
from nineplus.stages.share.customers.health import reasons
from nineplus.stages.share.customers.standing import account_page
from nineplus.store.models import Account, User

HELP = Said(
    title="What nineplus answers",
    text="/nineplus score – the NPS of all\n/nineplus score Enterprise – of a segment\n"
    "/nineplus account Acme – how a customer is",
)


def command(form: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """What Slack is answered: a message that only that person sees. Nothing is raised: what cannot be is said."""
    try:
        user = acting.who(form.get("user_id", ""), team=form.get("team_id", ""), now=now)
        said = answer(form.get("text", ""), by=user, now=now)
    except NotPossible as problem:
        said = Said(title="That cannot be answered", text=str(problem))
    return {"response_type": "ephemeral", "text": blocks.fallback(said), "blocks": blocks.message(said)}


def answer(text: str, *, by: User, now: datetime) -> Said:
    """The answer to those words, as far as that person may know. Raises NotPossible."""
    if "\x00" in text or len(text) > 300:
        raise NotPossible("That is too long.")
    word, _, rest = text.strip().partition(" ")
    if word.lower() == "score":
        return _score(rest.strip(), now=now)
    if word.lower() == "account" and rest.strip():
        return _account(rest.strip(), by=by, now=now)
    return HELP


def _score(segment: str, *, now: datetime) -> Said:
    filter = _filter(segment, now=now) if segment else Filter()
    query = urlencode(filter.to_query())
    result = run("score", filter=filter, now=now)
    trend = run("trend", filter=filter, now=now)
    moved = "" if result.refused or trend.refused else trend.says.split(". ")[0].rstrip(".") + "."
    url = writing.link("/" + (f"?{query}" if query else ""))
    return Said(title=f"NPS{' of ' + segment if segment else ''}", text=result.says, foot=moved, url=url)


def _filter(segment: str, *, now: datetime) -> Filter:
    """`Enterprise` or `plan=Enterprise`, as the filter bar offers them. Raises NotPossible."""
    slug, _, value = segment.rpartition("=")
    slug, value = slug.strip().lower(), value.strip().lower()
    offered = choices(now=now).choices
    for one in offered:
        if slug and slug not in (one.slug.lower(), one.label.lower()):
            continue
        for known in one.values:
            if known.lower() == value:
                name = one.slug if one.slug in ("survey", "touchpoint") else f"a.{one.slug}"
                return Filter.from_query({name: [known]})
    some = ", ".join(value for one in offered[:4] for value in one.values[:3])
    raise NotPossible(f"There is no segment “{segment}”." + (f" There are, among others: {some}." if some else ""))


def _account(name: str, *, by: User, now: datetime) -> Said:
    if not by.may("agent"):
        raise NotPossible("You may see scores, but not single customers: that takes the role agent.")
    exact = Account.objects.filter(Q(name__iexact=name) | Q(domain__iexact=name)).order_by("pk").first()
    found = list(Account.objects.filter(name__icontains=name).order_by(Length("name"), "pk")[:6])
    if exact is None and not found:
        raise NotPossible(f"There is no customer called “{name}”.")
    if exact is None and len(found) > 1:
        names = ", ".join(one.name for one in found[:5]) + (" and others" if len(found) > 5 else "")
        raise NotPossible(f"Which one: {names}?")
    page = account_page((exact or found[0]).pk, now=now)
    standing, why = page.standing, reasons(page.health)
    pays = ", ".join(money(minor, currency) for minor, currency in standing.pays)
    facts = [
        ("Health", page.health.level.value.replace("_", " ").capitalize()),
        ("Pays a month", pays),
        ("Renews", f"{standing.renews_at:%d %b %Y}" if standing.renews_at else ""),
        ("Open tickets", str(standing.open_tickets) if standing.open_tickets else ""),
        ("Looked after by", (page.account.owner.name or page.account.owner.email) if page.account.owner else ""),
    ]
    return Said(
        title=page.account.name or name,
        text=standing.says,
        facts=tuple(fact for fact in facts if fact[1]),
        foot=" ".join(why),
        url=writing.link(f"/accounts/{page.account.pk}/"),
    )
