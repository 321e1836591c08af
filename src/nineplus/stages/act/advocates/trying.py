"""Before anybody is asked: a programme's letter as a test to oneself. Its links lead to pages that keep nothing."""

from __future__ import annotations

import secrets
from datetime import datetime

from nineplus.rules.links import seal, unseal
from nineplus.stages.act.advocates import asking, choosing, programmes
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending.testing import send_words
from nineplus.store.models import Act, Contact, Message, Programme, User
from nineplus.store.models.advocates import ActStage


def send_test(pk: int, *, to: str, by: User | None = None, now: datetime) -> Message:
    """Queue the letter to that address, as the first who would be asked gets it. Raises NotFound, NotPossible."""
    programme = programmes.one(pk)
    first = Contact.objects.filter(pk__in=choosing.chosen(programme, now=now).asked[:1]).first()
    name = first.name if first else by.name if by else ""
    reads = first.language if first else ""
    page = f"{addresses.base()}/p/{_token(programme)}/"
    key = f"programme-{pk}-{secrets.token_hex(8)}"
    letter = asking.letter(programme, name=name, reads=reads, page=page)
    return send_words(letter, to=to, by=by, key=key, now=now)


def tested(token: str) -> Programme | None:
    """Of which programme the link in a test letter is; None for any other. Nothing is kept there."""
    link = unseal(token, purpose="advocate-test", key=links_key())
    return Programme.objects.filter(pk=link.number).first() if link and link.number < 2**63 else None


def act_of(programme: Programme, *, now: datetime) -> Act:
    """What an advocate who was just asked has on their page; it is nowhere kept."""
    return Act(programme=programme, stage=ActStage.ASKED, asked_at=now, changed_at=now)


def referral_link(programme: Programme) -> str:
    """Where what an advocate gives to others is tried."""
    return f"{addresses.base()}/r/{_token(programme)}/"


def _token(programme: Programme) -> str:
    return seal(number=programme.pk, purpose="advocate-test", key=links_key())
