"""A company's colour as the survey page uses it: as fill, as ink on it, as edge and as text, in both themes."""

from __future__ import annotations

from nineplus.render.colours import EDGE, TEXT, contrast, ink_on, readable

SEEN = 1.5
"""Below this contrast a fill is not told from its ground: the colour's edge is the fill then."""
LIGHT, DARK = "#ffffff", "#1b1c1f"
"""The card of the survey page in the light and in the dark (front/survey/survey.css)."""


def brand_css(colour: str) -> str:
    """The page's custom properties of that colour (#rrggbb), made readable on the card of each theme."""
    return f":root{{{_on(LIGHT, colour)}}}@media(prefers-color-scheme:dark){{:root{{{_on(DARK, colour)}}}}}"


def _on(card: str, colour: str) -> str:
    edge, text = (readable(colour, on=card, least=least) for least in (EDGE, TEXT))
    fill = colour if contrast(colour, card) >= SEEN else edge
    return f"--brand:{fill};--brand-ink:{ink_on(fill)};--brand-edge:{edge};--brand-text:{text}"
