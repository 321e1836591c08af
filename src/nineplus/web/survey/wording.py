"""Every word of a survey page: the survey's own where it has them, the standard ones of the language where not.

What companies and customers write may hold anything; characters that turn the direction of a line (U+202E and its
kin) are taken out here, so that a name cannot write over the sentence that it stands in. Templates escape the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nineplus import languages
from nineplus.languages import Language
from nineplus.model.survey import Content, Extra, ExtraTexts, Texts
from nineplus.questions import choice, kinds
from nineplus.stats import scale

GROUPS = ("promoter", "passive", "detractor")
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True, slots=True)
class Number:
    """One of the eleven buttons."""

    value: int
    label: str
    group: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Option:
    slug: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """One question after the score, as `survey/questions/<kind>.html` draws it."""

    slug: str
    kind: str
    groups: str
    asked_now: bool
    required: bool
    wording: str
    settings: Mapping[str, Any]
    options: tuple[Option, ...]
    value: Any
    other: str
    low: str
    high: str

    @property
    def steps(self) -> range:
        """The numbers of a scale."""
        return range(self.settings["lowest"], self.settings["highest"] + 1)

    @property
    def templates(self) -> list[str]:
        """The first there is draws it: a kind of another distribution that brings no page is a line to write on."""
        return [f"survey/questions/{self.kind}.html", "survey/questions/text.html"]


@dataclass(frozen=True, slots=True)
class Wording:
    """What one survey says in one language."""

    content: Content
    language: Language

    @property
    def company(self) -> str:
        return plain(self.content.brand.company)

    @property
    def product(self) -> str:
        return plain(self.content.product)

    def say(self, section: str, key: str, **values: object) -> str:
        """A standard text with company, product and those values filled in."""
        named = {"company": self.company, "product": self.product, **values}
        return plain(self.language.say(section, key, **named))

    def question(self) -> str:
        return self._own("question") or plain(
            languages.question(self.language, product=self.product, company=self.company)
        )

    def end(self, which: str) -> str:
        """The words at 0 (`low`) and at 10 (`high`)."""
        return self._own(which) or self.say("question", which)

    def by_group(self, what: str) -> dict[str, str]:
        """`follow_up` or `thanks`, for each group."""
        said = {}
        for group in GROUPS:
            own = next((text for texts in self._texts(own_only=True) if (text := getattr(texts, what).of(group))), "")
            said[group] = self._filled(own) or self.say(what, group)
        return said

    def numbers(self, *, chosen: int | None) -> list[Number]:
        ends = {scale.LOWEST: self.end("low"), scale.HIGHEST: self.end("high")}
        found = []
        for value in range(scale.LOWEST, scale.HIGHEST + 1):
            label = self.say("question", "score", score=value)
            label = f"{label}: {ends[value]}" if value in ends else label
            found.append(Number(value, label, scale.group_of(value).value, value == chosen))
        return found

    def extras(self, *, group: str, answers: Mapping[str, Any], seed: str) -> list[Asking]:
        """The questions after the score with what was answered so far; `seed` orders shuffled options.

        A question whose kind is no longer installed, or that is only half drawn up, is not asked.
        """
        found = []
        for extra in self.content.extras:
            if kind := kinds().get(extra.kind):
                with suppress(ValueError):
                    settings = kind.settle(extra.settings)
                    found.append(self._extra(extra, settings, group=group, value=answers.get(extra.slug), seed=seed))
        return found

    def _extra(self, extra: Extra, settings: Mapping[str, Any], *, group: str, value: Any, seed: str) -> Asking:
        texts = [found for own in self._texts() if (found := own.extras.get(extra.slug))]
        kept = value if isinstance(value, dict) else {}
        chosen = kept.get("options", ())
        offered = choice.shown(settings, seed=f"{seed}{extra.slug}") if extra.kind == "choice" else []
        return Asking(
            slug=extra.slug,
            kind=extra.kind,
            groups=" ".join(sorted(extra.groups)),
            asked_now=group in extra.groups,
            required=extra.required,
            wording=next((plain(found.wording) for found in texts if found.wording), _spoken(extra.slug)),
            settings=settings,
            options=tuple(Option(slug, self._label(texts, slug), slug in chosen) for slug in offered),
            value=value,
            other=kept.get("other", ""),
            low=self._label(texts, "low", bare=True),
            high=self._label(texts, "high", bare=True),
        )

    def _label(self, texts: list[ExtraTexts], slug: str, *, bare: bool = False) -> str:
        own = next((plain(found.options[slug]) for found in texts if found.options.get(slug)), "")
        if own or bare:
            return own
        return self.say("extras", "other") if slug == choice.OTHER else _spoken(slug)

    def _own(self, what: str) -> str:
        return self._filled(next((text for texts in self._texts(own_only=True) if (text := getattr(texts, what))), ""))

    def _texts(self, *, own_only: bool = False) -> list[Texts]:
        """This language's texts first; then, for what has no standard text, those of the survey's own language."""
        codes = [self.language.code] if own_only else [self.language.code, self.content.language]
        return [texts for code in dict.fromkeys(codes) if (texts := self.content.texts.get(code))]

    def _filled(self, text: str) -> str:
        return plain(
            text.replace("{product}", self.product or self.company).replace("{company}", self.company or self.product)
        )


def plain(text: str) -> str:
    """The text without characters that turn the direction of what follows."""
    return text.translate(_TURNING)


def _spoken(slug: str) -> str:
    return slug.replace("_", " ").capitalize()
