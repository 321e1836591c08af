"""Comments that say nothing. They stay as they came, but are not comments."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

SAYS_NOTHING = frozenset(
    """
    stop|unsubscribe|n/a|na|n.a|n\\a|nil|none|null|nan|no|nope|nothing|nothing to add|
    nothing to say|no comment|no comments|no answer|no feedback|not applicable|not available|not answered|
    no response|no reply|no text|undefined|tbd|test|xxx|xx|x|.|kein|keine|keiner|keines|nichts|
    nein|kein kommentar|keine angabe|keine angaben|k.a|k. a|ka|entfällt|nix|abmelden|stopp|rien|aucun|
    aucune|non|néant|neant|sans objet|sans commentaire|pas de commentaire|aucun commentaire|rien à dire|
    s/o|ras|r.a.s|r.a.s.|nada|ninguno|ninguna|ningún comentario|sin comentario|sin comentarios|
    no aplica|no tengo|baja|niente|nulla|nessuno|nessuna|nessun commento|no commento|non applicabile|
    nenhum|nenhuma|não|nao|sem comentário|sem comentários|sem comentarios|sem comentario|não se aplica|
    geen|nee|niets|geen commentaar|geen opmerking|geen opmerkingen|n.v.t|nvt|n.v.t.|brak|nie|nic|
    ingen|inget|ingenting|nej|ei|なし|特になし|无|没有|無|없음
    """.replace("\n", "").split("|")
)


@cache
def _set() -> pa.Array:
    """Made when first used: making an array loads pandas, which the web's start need not wait for."""
    return pa.array(sorted(value.strip() for value in SAYS_NOTHING if value.strip()), pa.string())


def split(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """A column as comments (null where nothing is said) and what was taken away: the raw text, else null."""
    text = pc.utf8_trim_whitespace(values)
    bare = pc.utf8_lower(pc.utf8_trim(text, characters=" \t\r\n.,;:!?-–—_*/\\'\"()[]"))
    given = pc.fill_null(pc.not_equal(text, ""), False)
    lowered = pc.utf8_lower(text)
    silent = pc.or_(pc.equal(bare, ""), pc.or_(pc.is_in(bare, value_set=_set()), pc.is_in(lowered, value_set=_set())))
    silent = pc.fill_null(silent, False)
    nothing = pa.scalar(None, pa.string())
    comments = pc.if_else(pc.and_(given, pc.invert(silent)), text, nothing)
    return comments, pc.if_else(pc.and_(given, silent), values, nothing)
