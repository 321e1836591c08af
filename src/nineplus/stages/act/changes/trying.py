"""Before anybody is told: who would be, in which language, what they get, and a test of it to oneself."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nineplus.rules.links import unseal
from nineplus.stages.act.changes import asking, keeping, letters, telling, words
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.sending import personal
from nineplus.stages.capture.sending.testing import send_words
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Change, Message, Sender, User


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be told now: `reached` get a letter, `refused` do not, by reason. `letter` is what the first one gets.

    `readers`: how many get which language. `trouble`: why nothing can be sent at all.
    """

    reached: int
    refused: dict[str, int]
    readers: Sequence[letters.Readers]
    letter: personal.Words | None
    to: str
    trouble: str


def preview(drawn: keeping.Drawn, *, now: datetime) -> Preview:
    """What would happen, without writing anything. Raises NotPossible when it cannot be told as it is drawn."""
    kept = words.checked(drawn.words, language=drawn.language)
    askers = asking.who(drawn.theme, tone=drawn.tone, filter=drawn.filter, now=now)
    sender, trouble = _sender()
    against = telling.refused([one.contact for one in askers], sender=sender)
    reached = [one for one in askers if one.contact.pk not in against]
    shown = None
    if reached:
        who, said = reached[0].contact, reached[0].said
        shown = letters.letter(
            kept, drawn.language, reads=who.language, name=who.name, said=said, links=letters.links_of(0)
        )
    return Preview(
        reached=len(reached),
        refused=dict(sorted(Counter(against.values()).items())),
        readers=letters.readers(list(kept), language=drawn.language, people=[one.contact for one in reached]),
        letter=shown,
        to=reached[0].contact.name or "a customer" if reached else "",
        trouble=trouble,
    )


def send_test(pk: int, *, to: str, language: str = "", by: User | None = None, now: datetime) -> Message:
    """Queue the letter to that address, as the first who would get it in that language does; without one: the usual.

    Its subject says that it is a test, its links keep nothing. Raises NotFound, NotPossible.
    """
    change = keeping.one(pk)
    language = language or change.language
    if language not in change.words:
        raise NotPossible(f"There is no letter in that language. There are: {', '.join(change.words)}.")
    first = _first(change, language, now=now)
    shown = letters.letter(
        change.words,
        language,
        reads=language,
        name=first.contact.name if first else by.name if by else "",
        said=first.said if first else "",
        links=letters.tried_links(pk, language=language),
    )
    return send_words(shown, to=to, by=by, key=f"change-{pk}-{secrets.token_hex(8)}", now=now)


def tested(token: str) -> Change | None:
    """Of which change the link in a test letter is; None for any other. Nothing is kept there."""
    link = unseal(token, purpose="news-test", key=links_key())
    return Change.objects.filter(pk=link.number).first() if link and link.number < 2**63 else None


def _first(change: Change, language: str, *, now: datetime) -> asking.Asker | None:
    """The first who would get it in that language, else the first of all; nobody when the theme is gone."""
    try:
        askers = asking.who(change.theme, tone=change.tone, filter=keeping.filter_of(change), now=now)
    except NotPossible:
        return None
    against = telling.refused([one.contact for one in askers], sender=_sender()[0])
    reached = [one for one in askers if one.contact.pk not in against]
    reads = (
        one
        for one in reached
        if words.chosen(change.words, language=change.language, reads=one.contact.language)[0] == language
    )
    return next(reads, reached[0] if reached else None)


def _sender() -> tuple[Sender | None, str]:
    """Through whom it would go, and why it cannot."""
    try:
        return personal.sending(), ""
    except NotPossible as reason:
        return None, str(reason)
