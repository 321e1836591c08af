"""A company's colour as the survey page uses it: as fill, as ink on it, as edge and as text, in both themes."""

from __future__ import annotations

from nineplus.render.colours import EDGE, TEXT, ink_on, readable

LIGHT, DARK = "#ffffff", "#1b1c1f"
"""The card of the survey page in the light and in the dark (front/survey/survey.css)."""


def brand_css(colour: str) -> str:
    """The page's custom properties of that colour (#rrggbb), made readable on the card of each theme."""
    return f":root{{{_on(LIGHT, colour)}}}@media(prefers-color-scheme:dark){{:root{{{_on(DARK, colour)}}}}}"


def _on(card: str, colour: str) -> str:
    edge, text = (readable(colour, on=card, least=least) for least in (EDGE, TEXT))
    return f"--brand:{colour};--brand-ink:{ink_on(colour)};--brand-edge:{edge};--brand-text:{text}"
