"""How a theme is called wherever it is counted, and how its mention feels once a person has spoken."""

from __future__ import annotations

from dataclasses import dataclass

_ONE_FEELING = ("positive", "negative", "neutral")
FELT_SQL = "CASE WHEN {said} IN (" + ", ".join(f"'{each}'" for each in _ONE_FEELING) + ") THEN {said} ELSE {own} END"
"""`felt` as both databases understand it."""


def felt(*, own: str, said: str) -> str:
    """The sentiment of a mention: its `own` as it was read, unless a person `said` one feeling of the whole comment.

    Mixed (or nothing, the empty string) leaves each mention its own.
    """
    return said if said in _ONE_FEELING else own


@dataclass(frozen=True, slots=True)
class ThemeName:
    """`slug` is what is stored (the second level as parent.child), `name` what people read."""

    slug: str
    name: str

    @property
    def parent(self) -> str:
        return self.slug.partition(".")[0] if "." in self.slug else ""
