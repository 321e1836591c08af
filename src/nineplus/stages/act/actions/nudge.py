"""Write one letter to a customer: what would make it a 9?

Never twice for one answer, never to who wants none, and not while somebody follows up something else of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Q

from nineplus.plugs import Action, Field
from nineplus.stages.act.cases import effects, letters
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.capture.sending import personal
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Case, PersonalLetter
from nineplus.store.models.cases import CaseState

_REST = timedelta(days=90)


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.response is None or doing.contact is None or doing.response.anonymous:
        raise NotPossible("Nobody is known who could be written to.")
    if doing.response.consent_contact is False:
        raise NotPossible("They did not agree to be contacted about this answer.")
    earlier = PersonalLetter.objects.filter(contact=doing.contact, key__startswith=effects.NUDGE)
    if earlier.filter(written_at__gt=doing.now - _REST).exclude(key=f"{effects.NUDGE}{doing.response.pk}").exists():
        raise NotPossible("They were asked so within the last 90 days.")
    if _in_hand(doing):
        raise NotPossible(personal.REASONS["open_case"])
    owner = doing.account.owner.name if doing.account is not None and doing.account.owner else ""
    letter = letters.filled(
        settings.get("template") or letters.NUDGE,
        customer=doing.contact.name,
        agent=owner,
        score=doing.response.score,
        reads=doing.contact.language or doing.response.language,
    )
    words = personal.Words(letter.subject, letter.text, language=letter.language)
    personal.write(doing.contact, words, key=f"{effects.NUDGE}{doing.response.pk}", from_whom=owner, now=doing.now)
    return Did("A letter to the customer was queued.")


def _in_hand(doing: Doing) -> bool:
    """Is a case of theirs open that is not of this very answer? A rule may open one and write in the same go."""
    theirs = Q(contact=doing.contact)
    if doing.account is not None:
        theirs |= Q(account=doing.account)
    open_ = Case.objects.filter(theirs, merged_into=None).exclude(state=CaseState.CLOSED)
    return open_.exclude(answers__response=doing.response).exists()


ACTION = Action(
    name="nudge",
    title="Ask what would make it a 9",
    fields=(
        Field("template", "Template", "Of those in Settings, Cases; empty: What would make it a 9?", required=False),
    ),
    run=run,
)
