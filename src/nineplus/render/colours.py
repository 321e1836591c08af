"""A company's colour made readable on the ground it stands on.

Contrast as WCAG 2.2 measures it (relative luminance of sRGB): 4.5 for text, 3 for the edge of what can be pressed.
"""

from __future__ import annotations

INK, PAPER = "#050506", "#ffffff"
TEXT, EDGE = 4.5, 3.0


def contrast(one: str, other: str) -> float:
    """1 (the same) to 21 (black on white), of two #rrggbb."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """Near-black or white, whichever is easier to read on it. One of the two always reaches 4.5."""
    return max((PAPER, INK), key=lambda ink: contrast(ink, colour))


def readable(colour: str, *, on: str, least: float) -> str:
    """That colour, moved towards black or white only as far as it takes to reach the contrast on that ground."""
    away = "#000000" if _luminance(on) > 0.18 else "#ffffff"
    for step in range(51):
        mixed = _mix(colour, away, step / 50)
        if contrast(mixed, on) >= least:
            return mixed
    return away


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
