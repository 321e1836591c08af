"""Ask the customer into a programme, by that programme's own terms: never sooner, and never more often."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.rules.advocates import REASONS
from nineplus.stages.act.advocates import asking, choosing
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import Contact, Programme


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.contact is None or (doing.response is not None and doing.response.anonymous):
        raise NotPossible("Nobody is known who could be asked.")
    if doing.response is not None and doing.response.consent_contact is False:
        raise NotPossible("They did not agree to be contacted about this answer.")
    against = ""
    for programme in _programmes(settings.get("programme", "").strip()):
        reason = _asked(programme, doing.contact, doing)
        if not reason:
            return Did(f"They are asked: {programme.name}")
        against = against or reason
    return Did(f"Not asked: {against}")


def check(settings: Mapping[str, str]) -> str:
    """What is wrong with the programme that is named."""
    name = settings.get("programme", "").strip()
    named = Programme.objects.filter(name__iexact=name).first() if name else None
    return _refused(named) if named else ""


def _programmes(name: str) -> list[Programme]:
    """The one of that name; without a name all that are switched on and may be asked for so, by name."""
    rows = Programme.objects.order_by("name", "pk")
    if not name:
        found = [one for one in rows.filter(on=True) if not _refused(one)]
        if not found:
            raise NotPossible("No programme is switched on that a rule may ask for.")
        return found
    named = rows.filter(name__iexact=name).first()
    if named is None:
        raise NotPossible(f"There is no programme {name!r}.")
    if not named.on:
        raise NotPossible(f"{named.name} is switched off.")
    if refused := _refused(named):
        raise NotPossible(refused)
    return [named]


def _refused(programme: Programme) -> str:
    kind = KINDS[programme.kind]
    if kind.may_choose_by_score:
        return ""
    return f"{kind.title}: everyone is asked, from the programme's page. A rule would choose whom."


def _asked(programme: Programme, contact: Contact, doing: Doing) -> str:
    """Ask them; why not, in words, when they are not asked."""
    found = choosing.chosen(programme, only=contact.pk, now=doing.now)
    if not found.asked:
        return REASONS[found.against[contact.pk]] if found.against else "They are not of its audience."
    try:
        made = asking.ask(programme, contact, by=None, now=doing.now)
    except Conflict as limit:
        return str(limit)
    return "" if made else REASONS["already"]


ACTION = Action(
    name="programme",
    title="Ask into a programme",
    fields=(Field("programme", "Programme", "Its name; empty: the first that may ask them now.", required=False),),
    run=run,
    check=check,
)
