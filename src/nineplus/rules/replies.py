"""What does a customer's text message say: a score, a reason, STOP, START, HELP, or none of these?

Careful rather than clever: a number is a score only where the text offers it as one. Dates, times, telephone numbers,
money, ticket numbers and durations are not. When two scores could be meant, none is taken and the customer is asked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["score", "stop", "start", "help", "text", "empty"]


@dataclass(frozen=True, slots=True)
class Reply:
    """`score` 0–10 with `text`, what was said beside it; or a wish; or only text."""

    kind: Kind
    score: int | None = None
    text: str = ""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP = _words(
    """
    stop stopall unsubscribe cancel end quit optout opt-out revoke remove stopp abmelden abbestellen aufhören beenden
    ende arret arrêt arrêter desabonner désabonner parar pare baja cancelar alto sair fine basta annulla disiscrivi
    afmelden stoppen uit avsluta sluta avslutt afmeld lopeta wypisz koniec odhlásit zastavit konec leiratkozás
    dezabonare oprește стоп отписка отписаться зупинити спри iptal durdur توقف إلغاء ايقاف إيقاف הסר עצור रोकें बंद หยุด
    ยกเลิก dừng hủy berhenti tigil 停止 退订 取消 取消訂閱 停 配信停止 중지 수신거부 해지
    """
)
_START = _words(
    """
    start unstop subscribe resume starten anmelden commencer reprendre reabonner réabonner empezar iniciar alta comenzar
    recomeçar começar inizia avvia aanmelden starta påmeld aloita początek zapisz zahájit старт подписаться почати
    başlat ابدأ اشترك התחל שוב शुरू เริ่ม mulai 开始 開始 再開 시작
    """
)
_HELP = _words(
    """
    help info hilfe aide ayuda ajuda aiuto hulp hjälp hjelp hjælp apua pomoc segítség ajutor помощь допомога помощ
    yardım مساعدة עזרה मदद ช่วยเหลือ bantuan 帮助 幫助 ヘルプ 도움말
    """
)
_NUMBERS = """
    zero null zéro cero nula nolla noll ноль sıfır
    one eins un uno um én en ett yksi jeden один bir
    two zwei deux dos dois due twee två to kaksi dwa два iki
    three drei trois tres três tre drie kolme trzy три üç
    four vier quatre cuatro quatro quattro fyra fire neljä cztery четыре dört
    five fünf cinq cinco cinque vijf fem viisi pięć пять beş
    six sechs seis sei zes sex seks kuusi sześć шесть altı
    seven sieben sept siete sete sette zeven sju syv seitsemän siedem семь yedi
    eight acht huit ocho oito otto åtta åtte otte kahdeksan osiem восемь sekiz
    nine neun neuf nueve nove negen nio ni yhdeksän dziewięć девять dokuz
    ten zehn dix diez dez dieci tien tio ti kymmenen dziesięć десять on
"""
_SPOKEN = {word: score for score, line in enumerate(_NUMBERS.strip().splitlines()) for word in line.split()}
_BARE_ONLY = _words("un uno um en ett to on ti ni sei six sex fire bir due tre do tio")
"""Number words that are other words too: taken only when they stand alone."""

_OF = r"(?:/|out of|of|von|sur|de|su|van|av|af|ud af|из|z)"
_FIRST = re.compile(r"\s*[\"'“”„«»(\[*#]*(?P<score>10|[0-9])(?P<after>.*)\Z", re.DOTALL)
_OF_TEN = re.compile(rf"(?<![\d/.,:+-])(10|[0-9])\s*{_OF}\s*10(?![\d/%]|[.,:]\d)", re.IGNORECASE)
_AFTER_OF_TEN = re.compile(rf"\A\s*{_OF}\s*10(?![\d/%]|[.,:]\d)", re.IGNORECASE)
_POINTS = re.compile(
    r"\s*(?:分|점|点|點|points?|punkte?|puntos?|pontos?|punti|punten|poäng|poeng|балл\w*)[\s.!]*\Z", re.I
)
_OFFERS = "|".join(
    (
        r"it'?s|its|would be|an?|solid|score(?: is|:)?|rating(?: is|:)?|my (?:score|answer|rating)(?: is|:)?",
        r"i'?d (?:give|say|rate)(?: (?:it|you|this|them|that))?(?: an?)?",
        r"i (?:give|rate|say)(?: (?:it|you|this))?(?: an?)?",
        r"note|nota|punktzahl|ich gebe(?: (?:eine|euch|ihnen)){0,2}|eine|ein|je (?:mets|donne)(?: un)?|un",
        r"doy(?: un)?|dou|een|en|et",
    )
)
_GIVEN = re.compile(
    rf"\b(?:{_OFFERS})\s+(?:a\s+|an\s+|solid\s+|big\s+|strong\s+)?(10|[0-9])"
    r"(?=\s|[.!?,;:)]|\Z)(?![.,:/-]\d)(?!\s*(?:%|€|\$))",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_UNITS = "|".join(
    (
        r"%|€|\$|£|¥|[.,:/-]\d|\d|st\b|nd\b|rd\b|th\b|am\b|pm\b|h\b|o'?clock|uhr|[年月日時时点點分号號個个人天次回週周]",
        r"(?:more |full |business |werk|ganze )?(?:min|hour|hr|day|week|month|year|time|ticket|people|person|call)",
        r"e?mail|agent|user|licen|seat|bug|error|issue|star|stunde|tag|woche|monat|jahr|mal\b|minute|leute|heure|jour",
        r"semaine|mois|an\b|ans\b|fois|d[ií]a|hora|semana|mes\b|meses|año|veces|giorn|or[ae]\b|settiman|volte|dage?n?\b",
        r"uur|weken|maand|keer",
    )
)
_UNIT = re.compile(rf"\s*(?:{_UNITS})", re.IGNORECASE)


def read(message: str) -> Reply:
    """What this message says.

    A wish (STOP, START, HELP in many languages) counts only when it is the whole message, as carriers have it; "stop
    sending the wrong invoices, 3" is a score. Digits of any script are digits.
    """
    text = _western(message).strip()
    if not text:
        return Reply("empty")
    word = re.sub(r"[\s.!,;:¡¿?…\"'“”„«»()*]+", "", text).casefold()
    for wish, words in (("stop", _STOP), ("start", _START), ("help", _HELP)):
        if word in words:
            return Reply(wish)  # type: ignore[arg-type]
    if word in _SPOKEN:
        return Reply("score", _SPOKEN[word])
    for found in (_leading(text), _of_ten(text), _leading_word(text), _given(text), _trailing(text)):
        if found is not None:
            return found
    return Reply("text", text=message.strip())


def _western(text: str) -> str:
    """The text with the digits of every script as 0–9, without what cannot be seen."""
    seen = unicodedata.normalize("NFKC", text.replace("\u20e3", "").replace("\ufe0f", "").replace("🔟", "10"))
    digits = (str(unicodedata.digit(c)) if not c.isascii() and c.isdecimal() else c for c in seen)
    return "".join(c for c in digits if unicodedata.category(c) not in ("Cc", "Cf") or c in "\n\t")


def _leading(text: str) -> Reply | None:
    """`9`, `9/10`, `9 because …`, `9 - the team`, `10!`: the score stands first, and nothing makes it a count."""
    found = _FIRST.match(text)
    if found is None:
        return None
    score, after = int(found["score"]), found["after"]
    if _POINTS.match(after):
        return Reply("score", score)
    rest = _AFTER_OF_TEN.sub("", after)
    if rest == after and (_UNIT.match(after) or after.startswith("+") or _cased(after[:1])):
        return None
    if re.match(r"\s*(?:or|oder|ou|o|/|-|–|to|bis)\s*\d", rest, re.I) or (_numbers(rest) and not _separated(rest)):
        return None
    return Reply("score", score, _said(rest))


def _cased(letter: str) -> bool:
    """Is it a letter of a script that has capitals, and writes a space between a number and a word?"""
    return letter.lower() != letter.upper()


def _of_ten(text: str) -> Reply | None:
    """`I would say 8/10`: one score out of ten anywhere."""
    found = list(_OF_TEN.finditer(text))
    if len({one[1] for one in found}) != 1:
        return None
    return Reply("score", int(found[0][1]), _said(_without(text, found[0])))


def _leading_word(text: str) -> Reply | None:
    """`Nine, because …`: a number word first and then a pause."""
    found = re.match(
        r"\s*([^\W\d_]+)\s*(?:[,.:;!–—-]|\bbecause\b|\bweil\b|\bparce\b|\bporque\b|\bperch[eé]\b)", text, re.I
    )
    word = found[1].casefold() if found else ""
    if found is None or word not in _SPOKEN or word in _BARE_ONLY or _numbers(text):
        return None
    return Reply("score", _SPOKEN[word], _said(text[found.end(1) :]))


def _given(text: str) -> Reply | None:
    """`it's a 7!`, `I'd give it an 8 because …`: one number, offered as a score."""
    found = list(_GIVEN.finditer(text))
    if len({one[1] for one in found}) != 1 or _UNIT.match(text[found[0].end() :]):
        return None
    if {int(n) for n in _NUMBER.findall(text) if len(n) < 3 and int(n) <= 10} != {int(found[0][1])}:
        return None
    beside = re.search(r"[^\W\d_]{3,}", _without(text, found[0]))
    return Reply("score", int(found[0][1]), text if beside else "")


def _trailing(text: str) -> Reply | None:
    """`Great team: 10`, `Danke! 9`: the only number, at the very end, after a pause."""
    found = re.search(r"(?:[:,.!?;\n–—-]\s*|\s-\s*)(10|[0-9])\s*[.!]*\Z", text)
    if found is None or len(_NUMBER.findall(text)) != 1 or not re.search(r"[^\W\d_]", text[: found.start()]):
        return None
    return Reply("score", int(found[1]), _said(text[: found.start()]))


def _numbers(text: str) -> bool:
    return bool(_NUMBER.search(text))


def _separated(after: str) -> bool:
    """Does a pause or a word stand between the score and the next number?"""
    return bool(re.match(r"\s*(?:[,.;:!–—\n-]\s*)?[^\W\d_]|\s*[!;\n]", after))


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()].rstrip()} {text[found.end() :].lstrip()}".strip()


def _said(rest: str) -> str:
    """The reason without what led from the score to it."""
    rest = re.sub(r"\A[\s\"'“”„«»)\]*,.;:!–—-]+", "", rest)
    return rest.strip()
