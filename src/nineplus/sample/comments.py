"""What customers write: the theme they met, in their language, in the mood of their score."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import numpy as np

LANGUAGES = ("en", "de", "fr", "es", "pt")
BY_REGION = {
    "Americas": (0.78, 0.0, 0.02, 0.14, 0.06),
    "Europe": (0.38, 0.27, 0.20, 0.09, 0.06),
    "Asia-Pacific": (1.0, 0.0, 0.0, 0.0, 0.0),
}
_MENTIONED_WHEN_MET = 0.8
_SAYS_NOTHING = 0.04


@cache
def _phrases() -> dict[str, dict]:
    return tomllib.loads(resources.files("nineplus.sample").joinpath("comments.toml").read_text(encoding="utf-8"))


def comments(
    *, scores: np.ndarray, languages: np.ndarray, invoice: np.ndarray, waited: np.ndarray, random: np.random.Generator
) -> list[str]:
    """One comment per answer, empty where the customer wrote nothing.

    `invoice` and `waited` (bool) say who met wrong invoices and who waited long: they mostly mention it.
    """
    silent = random.random(len(scores)) < np.where(scores <= 6, 0.30, 0.50)
    written = []
    for number, score in enumerate(scores):
        written.append(
            "" if silent[number] else _one(int(score), languages[number], invoice[number], waited[number], random)
        )
    return written


def theme_in(comment: str, *, tone: str) -> str:
    """The first theme whose words of that tone (positive, negative) stand in the comment; empty for none."""
    found = [(comment.find(phrase), theme) for phrase, theme in _themes(tone) if phrase in comment]
    return min(found, default=(0, ""))[1]


@cache
def _themes(tone: str) -> list[tuple[str, str]]:
    moods = {theme: said[tone] for theme, said in _phrases().items() if theme != "nothing"}
    return [(phrase, theme) for theme, by_language in moods.items() for many in by_language.values() for phrase in many]


def _one(score: int, language: str, invoice: bool, waited: bool, random: np.random.Generator) -> str:
    phrases = _phrases()
    if random.random() < _SAYS_NOTHING:
        return str(random.choice(phrases["nothing"][language]))
    said: list[str] = []
    if invoice and random.random() < _MENTIONED_WHEN_MET:
        said.append(_pick("invoices", "negative", language, random))
    if waited and random.random() < _MENTIONED_WHEN_MET / 2:
        said.append(_pick("waiting", "negative", language, random))
    others = [theme for theme in phrases if theme not in ("nothing", "invoices")]
    happy = {True: 0.92, False: 0.12}[score >= 9] if score not in (7, 8) else 0.55
    while len(said) < 1 or (len(said) < 3 and random.random() < 0.3):
        mood = "positive" if random.random() < happy else "negative"
        phrase = _pick(str(random.choice(others)), mood, language, random)
        if phrase not in said:
            said.append(phrase)
    return " ".join(said)


def _pick(theme: str, mood: str, language: str, random: np.random.Generator) -> str:
    return str(random.choice(_phrases()[theme][mood][language]))
