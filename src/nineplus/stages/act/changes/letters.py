"""The letter that one person gets of a change, and how many read which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from nineplus.languages import languages, nearest
from nineplus.rules.links import seal
from nineplus.stages.act.changes import words
from nineplus.stages.capture.answering.links import links_key
from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending import personal
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Contact
from nineplus.store.models.changes import Helped

WAYS = (Helped.YES, Helped.PARTLY, Helped.NO)
Links = Callable[[words.Asked], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Readers:
    """How many get the letter in one language: `own` read it; `others` get it for want of theirs.

    `others` by the language they read; "" where nobody knows it.
    """

    language: str
    own: int
    others: Mapping[str, int]

    @property
    def all(self) -> int:
        return self.own + sum(self.others.values())

    def __str__(self) -> str:
        parts = [f"{n:,} who read{'s' if n == 1 else ''} {_called(code)}" for code, n in self.others.items() if code]
        if unknown := self.others.get("", 0):
            parts.append(f"{unknown:,} of whom nobody knows what they read")
        said = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
        return f"{_called(self.language)}: {self.all:,}" + (f", with {said}" if said else "")


def letter(
    kept: Mapping[str, Mapping[str, str]], language: str, *, reads: str, name: str, said: str, links: Links
) -> personal.Words:
    """What somebody of that name gets who reads `reads` and wrote `said`; `language` is for those without their own."""
    code, own = words.chosen(kept, language=language, reads=reads)
    asked = words.asked(code)
    values = {"name": name.strip(), "said": said, "company": preferences().company}
    return personal.Words(
        subject=words.filled(own.subject, values),
        text=f"{words.filled(own.text, values)}\n\n{asked.question}",
        links=links(asked),
        why=asked.why,
        language=code,
    )


def links_of(news: int) -> Links:
    """The three answers as they lead to the page where they are kept."""
    return _leading_to(seal(number=news, purpose="news", key=links_key()))


def tried_links(change: int, *, language: str) -> Links:
    """The three answers as they lead to a page in that language that keeps nothing."""
    return _leading_to(seal(number=change, purpose="news-test", key=links_key()), more=f"&lang={language}")


def readers(offered: Collection[str], *, language: str, people: Collection[Contact]) -> list[Readers]:
    """How many of these people get which of the letters `offered`: the one for the rest first, then by number."""
    own: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for person in people:
        if code := nearest(person.language, offered=offered):
            own[code] += 1
        else:
            others[nearest(person.language) or person.language] += 1
    rest = dict(others.most_common())
    found = [Readers(code, own[code], rest if code == language else {}) for code in offered]
    return sorted(found, key=lambda one: (one.language != language, -one.own, one.language))


def _called(language: str) -> str:
    found = languages().get(language)
    return found.english_name if found else language


def _leading_to(token: str, *, more: str = "") -> Links:
    address = f"{addresses.base()}/n/{token}/"
    return lambda asked: tuple(
        (name, f"{address}?helped={way.value}{more}")
        for way, name in zip(WAYS, (asked.yes, asked.partly, asked.no), strict=True)
    )
