"""Markup that cannot be forgotten to be escaped: text becomes `Html` only through `tag` and `escape`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

# Characters that XML forbids, and lone surrogates that no file can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
_SVG = frozenset({"circle", "line", "path", "rect", "polyline", "polygon", "use"})


class Html(str):
    """Markup that is safe to put on a page as it is. Django and Jinja know it by `__html__`."""

    __slots__ = ()

    def __html__(self) -> Html:
        return self


def escape(text: object) -> Html:
    """Any value as harmless text; what is `Html` already stays as it is."""
    if isinstance(text, Html):
        return text
    return Html(html.escape(_UNPRINTABLE.sub("\ufffd", str(text)), quote=True))


def join(parts: Iterable[object], separator: str = "") -> Html:
    return Html(escape(separator).join(escape(part) for part in parts if part is not None))


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """One element. `class_` is class, `stroke_width` is stroke-width; None and False leave an attribute out.

    Raises ValueError for `style` and event attributes: pages forbid them by their content policy.
    """
    written = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        if key == "style" or key.startswith("on"):
            raise ValueError(f"The attribute {key!r} is not allowed: use a class.")
        written.append(f" {key}" if value is True else f' {key}="{escape(str(value))}"')
    head = f"<{name}{''.join(written)}"
    if name in _VOID:
        return Html(head + ">")
    if name in _SVG and not children:
        return Html(head + "/>")
    return Html(f"{head}>{join(children)}</{name}>")
