"""Personal data covered before a comment is shown: addresses, numbers of phones, cards and accounts, signatures."""

from __future__ import annotations

import re

from nineplus.text.words import LANGUAGES as LANGUAGES_WITH_WORDS
from nineplus.text.words import raw

_MAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b")
_DIGITS = re.compile(r"(?<![\w.,/-])(?:\+|00)?\(?\d(?:[ .\-/()]{0,2}\d){6,18}(?![\w])(?![.,/-]\d)")
_DATE = re.compile(r"(?:\d{1,4}[./-]){2}\d{1,4}(?:[ T]\d{1,2}:?\d{0,2})?")
_TITLED = re.compile(
    r"\b(?P<title>Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Mme|Mlle|Madame|Monsieur|Sra|Sr|Srta|Señora?|Senhora?|Dona|Signora?|Sig|Dott|Mevrouw|Meneer|Dhr|Mw)"
    r"(?P<dot>\.?[ ])(?P<name>[A-ZÀ-ÖØ-Þ][\w'’-]{1,30}(?: [A-ZÀ-ÖØ-Þ][\w'’-]{1,30})?)"
)
_NAMED = re.compile(
    r"\b(?P<title>(?i:my name is|mein name ist|ich heiße|je m'appelle|mon nom est|me llamo|mi nombre es|meu nome é|"
    r"chamo-me|mi chiamo|mijn naam is|ik heet))"
    r"(?P<dot> )(?P<name>[A-ZÀ-ÖØ-Þ][\w'’-]{1,30}(?: [A-ZÀ-ÖØ-Þ][\w'’-]{1,30}){0,2})"
)
_NAME = r"[A-ZÀ-ÖØ-Þ][\w.'’-]{0,30}(?: [A-ZÀ-ÖØ-Þ][\w.'’-]{0,30}){0,3}"


def _signed() -> re.Pattern[str]:
    said = sorted(
        {closing for language in LANGUAGES_WITH_WORDS for closing in raw(language)["closings"]}, key=len, reverse=True
    )
    either = "|".join(
        re.escape(closing).replace(r"\ ", r"\s") for closing in sorted(said, key=len, reverse=True) if len(closing) > 3
    )
    return re.compile(
        rf"(?P<title>(?:^|[\n.!,])[ \t]{{0,8}}(?i:{either}))(?P<dot>[ \t]{{0,3}}[,!.]?\s{{1,4}})"
        rf"(?P<name>{_NAME})[ \t.!]{{0,4}}(?=$|[\n,])"
    )


_SIGNED = _signed()


def mask(text: str) -> str:
    """The text with personal data covered by words in brackets. Doing it twice changes nothing more. Never raises.

    Covered: e-mail addresses, numbers of cards (by their check digit) and bank accounts, phone numbers, names after a
    title, after `my name is` and in signatures. Names in the middle of a sentence stay: no list knows them all.
    """
    text = _MAIL.sub("[e-mail]", text) if "@" in text else text
    text = _ACCOUNT.sub(_account, text)
    text = _DIGITS.sub(_number, text)
    for pattern in (_TITLED, _NAMED, _SIGNED):
        text = pattern.sub(_unnamed, text)
    return text


def _unnamed(found: re.Match[str]) -> str:
    rest = found.group()[found.end("name") - found.start() :]
    return f"{found['title']}{found['dot']}[name]{rest}"


def _account(found: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in found.group())
    return "[account number]" if digits >= 8 else found.group()


def _number(found: re.Match[str]) -> str:
    text = found.group()
    digits = "".join(character for character in text if character.isdigit())
    if 13 <= len(digits) <= 19 and _luhn(digits):
        return "[card number]"
    if _DATE.fullmatch(text.strip()) or len(digits) > 15:
        return text
    return "[phone number]"


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
