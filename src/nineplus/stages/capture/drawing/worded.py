"""Words of one ask: a program may name the product, the subject and the greeting for a single person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nineplus.languages import choose
from nineplus.model.survey import Content, Texts

WORDS = ("product", "subject", "intro")


def words_of(signals: Mapping[str, Any] | None) -> dict[str, str]:
    """What an invitation is to say differently; empty for nearly all."""
    found = (signals or {}).get("words")
    return {name: str(found[name]) for name in WORDS if found.get(name)} if isinstance(found, Mapping) else {}


def worded(content: Content, words: Mapping[str, str], *, language: str) -> Content:
    """The content as one who reads `language` and is told these words sees it."""
    if not words:
        return content
    code = choose(survey=content.language, offered=content.languages, contact=language)
    own = content.texts.get(code, Texts())
    texts = {**content.texts, code: own.model_copy(update={name: words[name] for name in WORDS[1:] if name in words})}
    return content.model_copy(update={"texts": texts, "product": words.get("product", content.product)})
