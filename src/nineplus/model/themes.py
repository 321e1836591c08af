"""How a theme is called wherever it is counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThemeName:
    """`slug` is what is stored (the second level as parent.child), `name` what people read."""

    slug: str
    name: str

    @property
    def parent(self) -> str:
        return self.slug.partition(".")[0] if "." in self.slug else ""
