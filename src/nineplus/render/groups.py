"""The three groups as they are drawn: a colour and, because colour is never enough, a shape."""

from __future__ import annotations

from nineplus.render.markup import Html, tag

_CLASSES = {"promoter": "pro", "passive": "pas", "detractor": "det"}
_SHAPES = {"pro": "M6 1 11 11H1Z", "pas": "M1 6a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z", "det": "M1 1H11L6 11Z"}


def group_class(label: object) -> str:
    """`pro`, `pas` or `det` for a label such as Promoters (9–10); what is no group is `other`."""
    word = str(label).strip().lower().partition(" ")[0]
    return _CLASSES.get(word.removesuffix("s"), "other")


def shape(class_: str) -> Html:
    """Promoters point up, passives are round, detractors point down."""
    path = _SHAPES.get(class_, "M1 1H11V11H1Z")
    return tag(
        "svg",
        tag("path", d=path),
        class_=f"shape {class_}",
        viewBox="0 0 12 12",
        width=10,
        height=10,
        aria_hidden="true",
    )
