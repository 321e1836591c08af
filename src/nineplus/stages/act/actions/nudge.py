"""Write one letter to a customer: what would make it a 9? Never twice for one answer, never to who wants none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from nineplus.plugs import Action, Field
from nineplus.stages.act.cases import effects, letters
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.capture.sending import personal
from nineplus.stages.errors import NotPossible
from nineplus.store.models import PersonalLetter

_REST = timedelta(days=90)


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    if doing.response is None or doing.contact is None or doing.response.anonymous:
        raise NotPossible("Nobody is known who could be written to.")
    if doing.response.consent_contact is False:
        raise NotPossible("They did not agree to be contacted about this answer.")
    earlier = PersonalLetter.objects.filter(contact=doing.contact, key__startswith=effects.NUDGE)
    if earlier.filter(written_at__gt=doing.now - _REST).exclude(key=f"{effects.NUDGE}{doing.response.pk}").exists():
        raise NotPossible("They were asked so within the last 90 days.")
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


ACTION = Action(
    name="nudge",
    title="Ask what would make it a 9",
    fields=(
        Field("template", "Template", "Of those in Settings, Cases; empty: What would make it a 9?", required=False),
    ),
    run=run,
)
