"""One response with what stands behind it: account, contact, tickets, the account's other answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from nineplus.mart.errors import MartDamaged
from nineplus.model.survey import Content, ExtraTexts, Texts
from nineplus.questions import kinds
from nineplus.rules.signals import looks_like_machine
from nineplus.stages import mart
from nineplus.stages.capture.drawing.surveys import asked
from nineplus.stages.errors import NotFound
from nineplus.store.models import Response, Ticket

_MOST_OTHERS = 10


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """A ticket behind a response: `tier` says by which rule (T1 survey sent for it, T2 same contact, T3 same
    account), `age` how long before the answer it was served; one of them is `primary`. `breached` is the verdict as it
    stood at the answer, `rule` the version that made the link.
    """

    ticket: Ticket
    tier: str
    age: timedelta | None
    primary: bool
    breached: bool | None = None
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One response; `tickets` the primary one first, `others` newest first.

    `extras` are the further questions with their answers, in the words of the version that asked them; `beside` the
    columns of the file it came in that were kept with it, by their names there; `machine` why
    the answer looks like a machine's (rules.signals), empty when nothing says so.
    """

    response: Response
    extras: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    machine: str = ""
    tickets: tuple[LinkedTicket, ...] = ()
    others: tuple[Response, ...] = ()

    @property
    def contact(self) -> str:
        """May they be contacted about it: yes, no or not asked; empty where no survey of ours could ask."""
        return self._consent(self.response.consent_contact, asked_for="consent_contact")

    @property
    def quote(self) -> str:
        """May they be quoted, in the same words."""
        return self._consent(self.response.consent_quote, asked_for="consent_quote")

    def _consent(self, given: bool | None, *, asked_for: str) -> str:
        version = self.response.version
        if given is None and version is None:
            return ""
        if given or (given is not None and (version is None or getattr(asked(version), asked_for))):
            return "yes" if given else "no"
        return "not asked" if version is None or not getattr(asked(version), asked_for) else "not answered"


def response_detail(response_id: int) -> Detail:
    """One response with its account, contact, survey, the tickets behind it and the account's other answers.

    The tickets are those that the mart links to it; an answer that the mart has not seen yet shows only the
    ticket its survey was sent for. Raises NotFound.
    """
    response = (
        Response.objects.select_related("survey", "account", "contact", "ticket", "invitation", "added_by", "version")
        .filter(pk=response_id)
        .first()
    )
    if response is None:
        raise NotFound("There is no such response.")
    return Detail(
        response=response,
        extras=_extras(response),
        beside=tuple(((response.raw or {}).get(Response.BESIDE) or {}).items()),
        machine=looks_like_machine(response.signals),
        tickets=_tickets(response),
        others=_others(response),
    )


def _extras(response: Response) -> tuple[tuple[str, str], ...]:
    """Question and answer as a person reads them; what no version knows (any more) by its name, as it was kept."""
    content = asked(response.version) if response.version else Content()
    words = content.texts.get(content.language, Texts()).extras
    own = content.texts.get(response.language, Texts()).extras
    said = []
    known = {extra.slug: extra for extra in content.extras}
    for slug in [*known, *(slug for slug in response.extras if slug not in known)]:
        value = response.extras.get(slug)
        if value in (None, "", {}, []):
            continue
        texts = own.get(slug) or words.get(slug) or ExtraTexts()
        kind = kinds().get(known[slug].kind) if slug in known else None
        shown = kind.show(known[slug].settings, value, texts.options) if kind else str(value)
        said.append((texts.wording or slug.replace("_", " ").capitalize(), shown))
    return tuple(said)


def _others(response: Response) -> tuple[Response, ...]:
    rows = Response.objects.exclude(pk=response.pk).select_related("survey", "contact").defer("raw", "comment_raw")
    if response.account_id is not None:
        rows = rows.filter(account_id=response.account_id)
    elif response.contact_id is not None:
        rows = rows.filter(contact_id=response.contact_id)
    else:
        return ()
    return tuple(rows.order_by("-answered_at", "-id")[:_MOST_OTHERS])


def _tickets(response: Response) -> tuple[LinkedTicket, ...]:
    links = _links(response)
    tickets = Ticket.objects.in_bulk([int(link["ticket"]) for link in links])
    linked = tuple(
        LinkedTicket(
            ticket=tickets[int(link["ticket"])],
            tier=link["tier"],
            age=None if link["age_hours"] is None else timedelta(hours=link["age_hours"]),
            primary=bool(link["primary"]),
            breached=link["sla_breached"],
            rule=link["rule"],
        )
        for link in links
        if int(link["ticket"]) in tickets
    )
    if linked or response.ticket is None:
        return linked
    return (LinkedTicket(ticket=response.ticket, tier="T1", age=None, primary=True),)


def _links(response: Response) -> list[dict[str, object]]:
    try:
        data = mart.newest()
    except MartDamaged:  # missing or unreadable: the worker makes it anew
        return []
    table = data.response_ticket
    if table is None:
        return []
    month = response.answered_at.date().replace(day=1)
    mine = table.filter(table.month == month, table.response == str(response.pk))
    ordered = mine.order_by([mine.primary.desc(), mine.age_hours])
    found = ordered.select("ticket", "tier", "age_hours", "primary", "sla_breached").to_pyarrow().to_pylist()
    return [{**link, "rule": data.rule and data.rule.version} for link in found]
