"""The index of the words in comments, kept by the database itself, so that it follows every writer and every erasing.

Both databases index the same: every word, and every two neighbouring characters of scripts that put no spaces
between words. SQLite keeps them in an FTS5 table by triggers, PostgreSQL in a GIN index over an expression; neither
needs an extension. `searching.py` asks it.
"""

from __future__ import annotations

import sqlite3
from typing import Any

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
)
"""Thai, Lao, Burmese, Khmer, kana and Han, as ranges of a character class."""
INDEXED = 10_000
"""Characters of a comment that are indexed."""
_SPLITS = "@./:-_+&=~%#\\<>*|^$`'’‘“”„«»‹›–—…·•¿¡、。，！？：；（）「」『』【】〜・"
"""What PostgreSQL's parser would keep inside a word, or cannot tell from a letter in a database without a locale."""


def install(apps: Any, editor: Any) -> None:
    """Make the index from the comments there are. A migration that makes SQLite's response table anew calls it too."""
    remove(apps, editor)
    for sql in _sqlite() if editor.connection.vendor == "sqlite" else _postgres(editor.connection):
        editor.execute(sql, params=None)


def remove(apps: Any, editor: Any) -> None:
    """Drop the index."""
    if editor.connection.vendor == "sqlite":
        drops = [f"DROP TRIGGER IF EXISTS nineplus_said_{when}" for when in ("insert", "update", "delete")]
        drops.append("DROP TABLE IF EXISTS nineplus_said")
    else:
        drops = ["DROP INDEX IF EXISTS nineplus_said", "DROP FUNCTION IF EXISTS nineplus_words(text)"]
    for sql in drops:
        editor.execute(sql, params=None)


def _sqlite() -> list[str]:
    """A table without content: it holds words and rows, never the comment."""
    old, new = _spaced("old.comment"), _spaced("new.comment")
    add = f"INSERT INTO nineplus_said(rowid, words) VALUES (new.id, {new});"
    take = f"INSERT INTO nineplus_said(nineplus_said, rowid, words) VALUES ('delete', old.id, {old});"
    statements = [
        "CREATE VIRTUAL TABLE nineplus_said USING fts5(words, content='', detail=none, columnsize=0, "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")",
        f"INSERT INTO nineplus_said(rowid, words) SELECT id, {_spaced('comment')} FROM nineplus_response "
        "WHERE comment <> ''",
        f"CREATE TRIGGER nineplus_said_insert AFTER INSERT ON nineplus_response WHEN new.comment <> '' BEGIN {add} END",
        "CREATE TRIGGER nineplus_said_delete AFTER DELETE ON nineplus_response WHEN old.comment <> '' "
        f"BEGIN {take} END",
        "CREATE TRIGGER nineplus_said_update AFTER UPDATE OF comment ON nineplus_response "
        "WHEN old.comment <> new.comment BEGIN "
        f"INSERT INTO nineplus_said(nineplus_said, rowid, words) SELECT 'delete', old.id, {old} "
        "WHERE old.comment <> ''; "
        f"INSERT INTO nineplus_said(rowid, words) SELECT new.id, {new} WHERE new.comment <> ''; END",
    ]
    if sqlite3.sqlite_version_info >= (3, 42):  # what is taken out is overwritten, not only marked
        statements.insert(1, "INSERT INTO nineplus_said(nineplus_said, rank) VALUES ('secure-delete', 1)")
    return statements


def _spaced(text: str) -> str:
    """SQL: the text, where it needs it with each character of an unspaced script as a pair with the one after it."""
    character = "substr(t, i, 1)"
    return f"""CASE WHEN {text} GLOB '*[{UNSPACED}]*' THEN (
        SELECT group_concat(CASE WHEN {character} GLOB '[{UNSPACED}]' THEN ' ' || substr(t, i, 2) || ' '
                            ELSE {character} END, '')
        FROM (WITH RECURSIVE at(i, t) AS (
            SELECT 1, substr({text}, 1, {INDEXED}) UNION ALL SELECT i + 1, t FROM at WHERE i < length(t)
        ) SELECT i, t FROM at)
    ) ELSE substr({text}, 1, {INDEXED}) END"""


def _postgres(connection: Any) -> list[str]:
    splits = _SPLITS.replace("'", "''")
    with connection.cursor() as cursor:
        cursor.execute("SELECT collname FROM pg_collation WHERE collname IN ('pg_c_utf8', 'und-x-icu') ORDER BY 1")
        found = cursor.fetchone()
    # A database without a locale knows only the small letters of ASCII: it is told which rules to use.
    lower = f'lower(t COLLATE pg_catalog."{found[0]}")' if found else "lower(t)"
    return [
        f"""CREATE FUNCTION nineplus_words(comment text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 2000 AS $$
        SELECT to_tsvector('pg_catalog.simple'::regconfig, translate(CASE WHEN t ~ '[{UNSPACED}]' THEN (
            SELECT string_agg(CASE WHEN c ~ '[{UNSPACED}]' THEN ' ' || c || coalesce(next, '') || ' ' ELSE c END, ''
                              ORDER BY i)
            FROM (SELECT c, i, lead(c) OVER (ORDER BY i) AS next
                  FROM unnest(string_to_array({lower}, NULL)) WITH ORDINALITY AS every(c, i)) AS pairs
        ) ELSE {lower} END, '{splits}', '{" " * len(_SPLITS)}'))
        FROM (SELECT left(comment, {INDEXED}) AS t) AS clipped
        $$""",
        "CREATE INDEX nineplus_said ON nineplus_response USING gin (nineplus_words(comment)) WHERE comment <> ''",
    ]
