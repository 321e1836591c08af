"""The index of the words in comments, kept by the database itself, so that it follows every writer and every erasing.

Both databases index the same: every word, and every two neighbouring characters of scripts that put no spaces
between words. PostgreSQL keeps them in a GIN index over an expression, SQLite in an FTS5 table; neither needs an
extension. `searching.py` asks it.

FTS5 writes a segment for every statement of a transaction, and a trigger on INSERT costs every answer something. So
on SQLite rows are indexed by `take_in`, many at a time and in the order they came; until then a search reads them.
What is changed or taken away leaves the index in the same statement, by triggers.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db import connection, transaction

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
)
"""Thai, Lao, Burmese, Khmer, kana and Han, as ranges of a character class."""
INDEXED = 10_000
"""Characters of a comment that are indexed."""
_UPTO = "(SELECT id FROM nineplus_said_upto)"
UNREAD = (
    f"SELECT id FROM nineplus_response WHERE id > {_UPTO} AND comment <> '' UNION ALL SELECT id FROM nineplus_said_anew"
)
"""SQL for SQLite: the responses whose comments the index does not have."""
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
        drops = [f"DROP TRIGGER IF EXISTS nineplus_said_{when}" for when in ("update", "delete")]
        drops += [f"DROP TABLE IF EXISTS nineplus_said{part}" for part in ("", "_upto", "_anew")]
    else:
        drops = ["DROP INDEX IF EXISTS nineplus_said", "DROP FUNCTION IF EXISTS nineplus_words(text)"]
    for sql in drops:
        editor.execute(sql, params=None)


def waiting() -> bool:
    """Are there responses that the index has not read yet?"""
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM nineplus_response WHERE id > {_UPTO}) "
            "OR EXISTS (SELECT 1 FROM nineplus_said_anew)"
        )
        return bool(cursor.fetchone()[0])


def take_in(*, most: int = 5_000) -> int:
    """Read responses that wait for it, in one transaction; how many. Safe to call at any time."""
    if not waiting():
        return 0
    add = f"INSERT INTO nineplus_said(rowid, words) SELECT id, {_spaced('comment')} FROM nineplus_response "
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM nineplus_said_anew")
        changed = cursor.fetchone()[0]
        if changed:
            cursor.execute(add + "WHERE id IN (SELECT id FROM nineplus_said_anew)")
            cursor.execute("DELETE FROM nineplus_said_anew")
        cursor.execute(
            f"SELECT count(*), max(id) FROM (SELECT id FROM nineplus_response WHERE id > {_UPTO} ORDER BY id LIMIT %s)",
            [most],
        )
        new, last = cursor.fetchone()
        if new:
            cursor.execute(add + f"WHERE id > {_UPTO} AND id <= %s AND comment <> ''", [last])
            cursor.execute("UPDATE nineplus_said_upto SET id = %s", [last])
    return int(changed + new)


def _sqlite() -> list[str]:
    """A table without content: it holds words and rows, never the comment.

    In it are the comments up to the id of `upto`, but for those of `anew`. Ids are never given twice.
    """
    take = (
        f"INSERT INTO nineplus_said(nineplus_said, rowid, words) SELECT 'delete', old.id, {_spaced('old.comment')} "
        "WHERE old.comment <> '' AND NOT EXISTS (SELECT 1 FROM nineplus_said_anew WHERE id = old.id); "
        "DELETE FROM nineplus_said_anew WHERE id = old.id;"
    )
    statements = [
        "CREATE VIRTUAL TABLE nineplus_said USING fts5(words, content='', detail=none, columnsize=0, "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")",
        "CREATE TABLE nineplus_said_upto(id INTEGER NOT NULL)",
        "INSERT INTO nineplus_said_upto VALUES (0)",
        "CREATE TABLE nineplus_said_anew(id INTEGER PRIMARY KEY)",
        f"CREATE TRIGGER nineplus_said_delete AFTER DELETE ON nineplus_response "
        f"WHEN old.comment <> '' AND old.id <= {_UPTO} BEGIN {take} END",
        "CREATE TRIGGER nineplus_said_update AFTER UPDATE OF comment ON nineplus_response "
        f"WHEN old.comment <> new.comment AND old.id <= {_UPTO} "
        f"BEGIN {take} INSERT INTO nineplus_said_anew SELECT new.id WHERE new.comment <> ''; END",
    ]
    if sqlite3.sqlite_version_info >= (3, 42):  # what is taken out is overwritten, not only marked
        statements.insert(1, "INSERT INTO nineplus_said(nineplus_said, rank) VALUES ('secure-delete', 1)")
    return statements


def _spaced(text: str) -> str:
    """SQL: the text, where it needs it with each character of an unspaced script as a pair with the one after it.

    ASCII is told by its length in bytes: the class of characters takes longer than all the rest.
    """
    character = "substr(t, i, 1)"
    return f"""CASE WHEN length({text}) = length(CAST({text} AS BLOB)) THEN substr({text}, 1, {INDEXED})
    WHEN {text} GLOB '*[{UNSPACED}]*' THEN (
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
