"""What a customer wrote, freed of markup, quoted mail and signatures; every character knows where it came from."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from nineplus.text.tokens import tokens
from nineplus.text.words import closings, non_answers

LONGEST = 50_000
"""Characters of a comment that are read; the rest is left alone."""

_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|td|h[1-6]|table|blockquote)\b[^<>]{0,500}>", re.I)
_DROPPED = re.compile(r"<(script|style|head)\b[^<>]{0,500}>.*?</\1\s{0,5}>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,500})?/?>|<!\w[^<>]{0,200}>", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.I)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}", re.I)
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffd]")
_SPACES = re.compile(r"[ \t\u00a0\u3000]{2,}")
_LETTERS = re.compile(r"[^\W\d_]|[\u2600-\u27bf\U0001f300-\U0001faff]|[:;]-?[()D]")

_WROTE = re.compile(
    r"^\s{0,8}(?:on|am|le|el|em|il|op|den|dnia|den|kl)\b.{5,200}"
    r"(?:wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev|napisał\S*|kirjoitti)\b.{0,80}:\s*$",
    re.I,
)
_ORIGINAL = re.compile(
    r"^\s*[-_*]{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|originalnachricht|"
    r"weitergeleitete nachricht|"
    r"message d'origine|message original|message transféré|mensaje original|mensaje reenviado|"
    r"mensagem original|mensagem encaminhada|"
    r"messaggio originale|messaggio inoltrato|oorspronkelijk bericht|doorgestuurd bericht)\b.{0,40}$|^\s*_{20,}\s*$",
    re.I,
)
_HEADER = re.compile(
    r"^\s*\*?(?:from|sent|to|cc|subject|date|von|gesendet|an|betreff|datum|de|envoyé|à|objet|enviado|enviada|para|asunto|assunto|"
    r"fecha|data|da|inviato|a|oggetto|van|verzonden|aan|onderwerp)\*?\s?:\*?\s*\S",
    re.I,
)
_SENT_FROM = re.compile(
    r"^\s*(?:sent from|get outlook for|gesendet von|von meinem \w+ gesendet|envoyé de(?:puis)?|enviado desde|"
    r"enviado do|enviado a partir|"
    r"inviato da|verzonden (?:vanaf|met|via)|verstuurd vanaf|télécharger outlook|descarga outlook)\b.{0,80}$",
    re.I,
)
_MASH = re.compile(r"^(?:([a-z])\1{2,}|[bcdfghjklmnpqrstvwxz]{5,}|(?:asdf|qwer|qwert|zxcv|jkl|test)+\w{0,3})$")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A comment as it is read. `nothing` says why there is nothing in it; `at` finds places in the original."""

    text: str
    nothing: str
    length: int  # of the original, in characters
    _begins: tuple[int, ...] = ()
    _places: tuple[tuple[int, int], ...] = ()  # where each piece begins and ends in the original

    def at(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the original: (start, end), never outside of it."""
        if not self._begins or end <= start:
            return min(start, self.length), min(max(start, end), self.length)
        return self._one(start)[0], self._one(end - 1)[1]

    def _one(self, place: int) -> tuple[int, int]:
        number = bisect_right(self._begins, place) - 1
        begin, end = self._places[number]
        following = self._begins[number + 1] if number + 1 < len(self._begins) else len(self.text)
        if following - self._begins[number] != end - begin:  # written anew (an entity): the whole of it
            return begin, end
        place = begin + place - self._begins[number]
        return place, place + 1


Piece = tuple[str, int, int]


def clean(comment: str) -> Cleaned:
    """What did the customer say, of all that is in this field?

    Takes away markup, mail headers, quoted mail, signatures, addresses of pages and invisible characters, and
    says when nothing is left (`empty`, `no letters`, `non-answer`, `junk`, `quoted mail only`). Never raises.
    """
    pieces: list[Piece] = [(comment[:LONGEST], 0, min(len(comment), LONGEST))]
    if "<" in comment and _TAG.search(comment):
        pieces = _replaced(pieces, _DROPPED, " ")
        pieces = _replaced(pieces, _BLOCK, "\n")
        pieces = _replaced(pieces, _TAG, "")
    if "&" in comment:
        pieces = _replaced(pieces, _ENTITY, None)
    pieces = _replaced(pieces, _INVISIBLE, "")
    pieces = _replaced(pieces, _ADDRESS, " ")
    text = "".join(piece[0] for piece in pieces)
    dropped = False
    if "\n" in text or "\r" in text:
        keep = list(_own_lines(text))
        dropped = sum(end - start for start, end in keep) < len(text.strip()) - 1
        pieces = _kept(pieces, keep)
    pieces = _replaced(pieces, _SPACES, " ")
    text = "".join(piece[0] for piece in pieces)
    begins, places = [], []
    at = 0
    if len(pieces) != 1 or pieces[0][2] - pieces[0][1] != len(pieces[0][0]) or pieces[0][1] != 0:
        for words, start, end in pieces:
            if words:
                begins.append(at)
                places.append((start, end))
                at += len(words)
    nothing = "quoted mail only" if dropped and not text.strip() else _nothing(text)
    return Cleaned(text, nothing, len(comment), tuple(begins), tuple(places))


def _replaced(pieces: list[Piece], pattern: re.Pattern[str], by: str | None) -> list[Piece]:
    """The pieces with every match replaced; `by` None stands for the character that an entity names."""
    made: list[Piece] = []
    for text, start, end in pieces:
        if end - start != len(text):
            made.append((text, start, end))
            continue
        at = 0
        for found in pattern.finditer(text):
            if found.start() > at:
                made.append((text[at : found.start()], start + at, start + found.start()))
            new = html.unescape(found.group()) if by is None else by
            if new:
                made.append((new, start + found.start(), start + found.end()))
            at = found.end()
        if at < len(text) or at == 0:
            made.append((text[at:], start + at, end))
    return made


def _kept(pieces: list[Piece], keep: list[tuple[int, int]]) -> list[Piece]:
    """Only the parts of the joined text that are in `keep`."""
    made = []
    at = 0
    for text, start, end in pieces:
        for first, last in keep:
            low, high = max(first - at, 0), min(last - at, len(text))
            if low >= high:
                continue
            if end - start == len(text):
                made.append((text[low:high], start + low, start + high))
            elif low == 0 and high == len(text):
                made.append((text, start, end))
        at += len(text)
    return made


def _own_lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines that the customer wrote, as places in the text: no quotes, no headers, no signature."""
    lines = []
    at = 0
    for line in text.splitlines(keepends=True):
        lines.append((line, at, at + len(line)))
        at += len(line)
    number = 0
    while number < len(lines):
        line, start, end = lines[number]
        bare = line.strip()
        wrote = _wrote(lines, number)
        if wrote:
            following = next((text for text, *_ in lines[number + wrote :] if text.strip()), "")
            if not following.lstrip().startswith(">"):
                return  # all that follows is the other mail
            number += wrote
            continue
        if _ORIGINAL.match(line) or _headers(lines, number) or line.rstrip("\r\n") in ("-- ", "--"):
            return
        if bare and _closes(bare) and _short_rest(lines, number):
            return
        if not bare.startswith(">") and not _SENT_FROM.match(line):
            yield start, end
        number += 1


def _wrote(lines: list[tuple[str, int, int]], number: int) -> int:
    """How many lines from here say that somebody wrote what follows; 0 when none do. Mail programs break that line."""
    for count in (1, 2):
        joined = " ".join(text.strip() for text, *_ in lines[number : number + count])
        if len(joined) < 320 and _WROTE.match(joined):
            return count
    return 0


def _headers(lines: list[tuple[str, int, int]], number: int) -> bool:
    """Do three lines of From:, Sent:, Subject: begin here?"""
    block = lines[number : number + 3]
    return len(block) == 3 and all(_HEADER.match(text) for text, *_ in block)


def _closes(bare: str) -> bool:
    if len(bare) > 60:
        return False
    words, _ = tokens(bare)
    said = " ".join(words)
    return said in closings() or any(said.startswith(closing + " ") and len(words) <= 6 for closing in closings())


def _short_rest(lines: list[tuple[str, int, int]], number: int) -> bool:
    """Is what follows no longer than a signature is? Somebody may write on after `Cheers`."""
    rest = [text.strip() for text, *_ in lines[number + 1 :] if text.strip()]
    return all(len(text) <= 80 for text in rest[:2]) and (
        len(rest) <= 8 or any(_ORIGINAL.match(text) or _WROTE.match(text) for text in rest)
    )


def _nothing(text: str) -> str:
    bare = text.strip()
    if not bare:
        return "empty"
    if not _LETTERS.search(bare):
        return "no letters"
    if len(bare) > 60:
        return ""
    words, _ = tokens(bare)
    if " ".join(words) in non_answers():
        return "non-answer"
    return "junk" if words and all(_MASH.match(word) for word in words) else ""
