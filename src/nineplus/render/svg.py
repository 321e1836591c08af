"""The parts figures are drawn with. Lengths along a figure are per cent of its width, so that text keeps its
size and nothing is distorted from a phone to a wide screen; heights are pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from nineplus.model import Estimate
from nineplus.render import numbers
from nineplus.render.markup import Html, join, tag


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight map from values to positions; positions run from `start` to `end`."""

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0
    step: float = 0.0  # between two ticks; 0: whatever is round

    def at(self, value: float | None) -> float:
        assert value is not None  # what is not available is not drawn
        span = self.high - self.low
        part = (min(max(value, self.low), self.high) - self.low) / span if span else 0.5
        return self.start + part * (self.end - self.start)

    def percent(self, value: float | None) -> str:
        return f"{self.at(value):.2f}%"

    def ticks(self, wanted: int = 4) -> list[float]:
        """Round values inside the axis, zero among them when it lies inside."""
        step = self.step or _step(self.high - self.low, wanted)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def _step(span: float, wanted: int) -> float:
    if span <= 0:
        return 1.0
    rough = span / wanted
    power = 10 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough - 1e-12)


def axis_over(values: Iterable[float], *, start: float, end: float, bounds: tuple[float, float] | None = None) -> Axis:
    """An axis that shows all values, ends on round numbers and stays within `bounds`."""
    found = list(values)
    low, high = min(found, default=0.0), max(found, default=1.0)
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    step = _step(high - low, 4)
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if bounds:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Axis(low, high, start, end, step)


def drawing(
    *children: object,
    label: str,
    height: int,
    class_: str = "",
    links: bool = False,
) -> Html:
    """The outer SVG. `label` says in words what is drawn. With links inside it is a group, not an image:
    an image's parts cannot be reached by keyboard."""
    return tag(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"figure {class_}".strip(),
        width="100%",
        height=height,
        role="group" if links else "img",
        aria_label=label,
    )


def text(content: object, *, x: str, y: float, class_: str = "tick", anchor: str = "start") -> Html:
    return tag("text", content, x=x, y=f"{y:g}", class_=class_, text_anchor=anchor)


def vertical(x: str, y1: float, y2: float, class_: str) -> Html:
    return tag("line", x1=x, x2=x, y1=f"{y1:g}", y2=f"{y2:g}", class_=class_)


def horizontal(x1: str, x2: str, y: float, class_: str) -> Html:
    return tag("line", x1=x1, x2=x2, y1=f"{y:g}", y2=f"{y:g}", class_=class_)


def whisker(estimate: Estimate, axis: Axis, y: float, class_: str, *, hollow: bool = False) -> Html:
    """A dot with its interval, lying along the axis. Hollow: cannot be told apart."""
    parts = []
    if estimate.low is not None and estimate.high is not None:
        parts.append(horizontal(axis.percent(estimate.low), axis.percent(estimate.high), y, f"whisker {class_}"))
    if estimate.value is not None:
        dot = "dot hollow" if hollow else "dot"
        parts.append(tag("circle", cx=axis.percent(estimate.value), cy=f"{y:g}", r="5", class_=f"{dot} {class_}"))
    return join(parts)


def link(content: Html, *, href: str | None, label: str) -> Html:
    return tag("a", content, href=href, aria_label=label) if href else content


def shown(value: float) -> str:
    """A tick's label."""
    return numbers.number(value, decimals=0 if abs(value - round(value)) < 1e-9 else 1 if abs(value) >= 0.1 else 2)
