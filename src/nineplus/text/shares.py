"""Many readings counted: how often each theme is spoken of, and how. What the page and `nineplus themes` show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from nineplus.text.reading import Mention, Reading
from nineplus.text.taxonomy import Taxonomy

_QUOTES = 3


@dataclass(slots=True)
class Share:
    """One theme: in how many comments, of which feeling, and where it is said best (comment number, mention)."""

    theme: str
    name: str
    comments: int = 0
    sentiments: Counter[str] = field(default_factory=Counter)
    quotes: list[tuple[int, Mention]] = field(default_factory=list)


@dataclass(slots=True)
class Shares:
    """`read` comments said something, of `comments` that came; `unnamed` of them got no theme."""

    comments: int
    read: int
    unnamed: int
    themes: list[Share]
    sentiments: Counter[str]
    languages: Counter[str]
    nothing: Counter[str]

    def of(self, share: Share) -> float:
        """The part (0 to 1) of the comments read that speak of a theme."""
        return share.comments / self.read if self.read else 0.0


def count(readings: Iterable[Reading], *, taxonomy: Taxonomy) -> Shares:
    """Count each theme once per comment, a parent also where one of its children is spoken of. Most frequent first."""
    shares = {theme.slug: Share(theme.slug, theme.name) for theme in taxonomy.themes}
    parents = {theme.slug: theme.parent for theme in taxonomy.themes}
    made = Shares(0, 0, 0, [], Counter(), Counter(), Counter())
    for number, reading in enumerate(readings):
        made.comments += 1
        if reading.nothing:
            made.nothing[reading.nothing] += 1
            continue
        made.read += 1
        made.unnamed += not reading.mentions
        made.sentiments[reading.sentiment.label] += 1
        made.languages[reading.language] += 1
        counted: set[str] = set()
        for mention in reading.mentions:
            for slug in (mention.theme, parents[mention.theme]):
                if slug and slug not in counted:
                    counted.add(slug)
                    share = shares[slug]
                    share.comments += 1
                    share.sentiments[mention.sentiment.label] += 1
                    share.quotes = sorted(
                        [*share.quotes, (number, mention)], key=lambda quote: -quote[1].sure * quote[1].salience
                    )[:_QUOTES]
    made.themes = sorted((share for share in shares.values() if share.comments), key=lambda share: -share.comments)
    return made
