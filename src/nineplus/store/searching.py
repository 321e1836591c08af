"""Which comments say this? One meaning on every database.

Each word that is asked must begin a word of the comment, in any order, whatever the case; in scripts that put no
spaces between words it may stand anywhere. The index of `word_index.py` names candidates, `Asked.said_in` decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.db import connection

from nineplus.store.word_index import INDEXED, UNREAD, UNSPACED

MOST_WORDS = 12
_UNSPACED = re.compile(f"[{UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: beginnings of words, and pieces of text in scripts without spaces."""

    words: tuple[str, ...]
    pieces: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Asked:
        """What somebody typed. Signs ask nothing; at most twelve words are read."""
        text = _folded(text)
        words = _words(_UNSPACED.sub(" ", text))
        pieces = _UNSPACED.findall(text)
        return cls(tuple(dict.fromkeys(words))[:MOST_WORDS], tuple(dict.fromkeys(pieces))[:MOST_WORDS])

    def __bool__(self) -> bool:
        return bool(self.words or self.pieces)

    def said_in(self, comment: str) -> bool:
        """Does the comment say it?"""
        text = _folded(comment[:INDEXED])
        if not all(piece in text for piece in self.pieces):
            return False
        if not all(word in text for word in self.words):
            return False
        found = _words(_UNSPACED.sub(" ", text)) if self.words else ()
        return all(any(each.startswith(word) for each in found) for word in self.words)

    def parts_in_sql(self) -> list[str]:
        """What a comment that says it has somewhere, whatever its case: the parts whose case every database knows."""
        return [word for word in self.words if word.isascii()] + list(self.pieces)

    def ids(self, *, most: int) -> list[int] | None:
        """Responses whose comment may say it, by id; None when there are more than `most`.

        All that do are among them; also some that do not: those that are not indexed yet, and in scripts without
        spaces those that only have the characters.
        """
        if not self:
            return []
        if connection.vendor == "sqlite":
            sql = f"{UNREAD} UNION ALL SELECT rowid FROM nineplus_said WHERE nineplus_said MATCH %s LIMIT %s"
            asked = " AND ".join(f'"{part}"{"*" if open_ended else ""}' for part, open_ended in self._parts())
        else:
            sql = (
                "SELECT id FROM nineplus_response WHERE comment <> '' "
                "AND nineplus_words(comment) @@ to_tsquery('simple', %s) LIMIT %s"
            )
            asked = " & ".join(f"'{part}'{':*' if open_ended else ''}" for part, open_ended in self._parts())
        with connection.cursor() as cursor:
            cursor.execute(sql, [asked, most + 1])
            found = [row[0] for row in cursor.fetchall()]
        return None if len(found) > most else found

    def _parts(self) -> list[tuple[str, bool]]:
        """What the index is asked for, and whether it may go on."""
        parts = [(word, True) for word in self.words]
        for piece in self.pieces:
            pairs = [piece[at : at + 2] for at in range(len(piece) - 1)]
            parts += [(pair, False) for pair in dict.fromkeys(pairs)] or [(piece, True)]
        return parts


def _folded(text: str) -> str:
    return text.lower()


def _words(text: str) -> list[str]:
    return _word_pattern().findall(text)


@cache
def _word_pattern() -> re.Pattern[str]:
    """Letters, figures and the marks on them, as SQLite's tokenizer has them."""
    import unicodedata

    marks = (chr(code) for code in range(0x300, 0x20D1) if unicodedata.category(chr(code)).startswith("M"))
    return re.compile(f"(?:[^\\W_]|[{''.join(marks)}])+")
