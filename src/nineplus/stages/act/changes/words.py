"""What is written to those who asked: the company's own words with blanks, and the question whether it helped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nineplus.languages import choose, languages
from nineplus.stages.errors import NotPossible

BLANKS = {"name": "their name", "said": "what they wrote, in their words", "company": "your company"}
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Said:
    """The subject and the text in one language, with blanks."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The question whether it helped, and what stands around it, in one language."""

    question: str
    yes: str
    partly: str
    no: str
    thanks: str
    more: str
    send: str
    why: str


_ASKED = {
    "en": Asked(
        "Did it help?",
        "Yes, it helped",
        "Partly",
        "No",
        "Thank you for telling us.",
        "Is there anything you would like to add?",
        "Send",
        "You get this once, because you told us about it.",
    ),
    "de": Asked(
        "Hat es geholfen?",
        "Ja, es hat geholfen",
        "Teilweise",
        "Nein",
        "Danke für Ihre Rückmeldung.",
        "Möchten Sie noch etwas hinzufügen?",
        "Senden",
        "Sie erhalten dies einmalig, weil Sie uns darauf hingewiesen haben.",
    ),
    "fr": Asked(
        "Est-ce que cela vous a aidé ?",
        "Oui, cela m’a aidé",
        "En partie",
        "Non",
        "Merci de votre réponse.",
        "Souhaitez-vous ajouter quelque chose ?",
        "Envoyer",
        "Vous recevez ce message une seule fois, parce que vous nous en aviez parlé.",
    ),
    "es": Asked(
        "¿Le ha servido?",
        "Sí, me ha servido",
        "En parte",
        "No",
        "Gracias por decírnoslo.",
        "¿Quiere añadir algo?",
        "Enviar",
        "Recibe este mensaje una sola vez, porque nos lo comentó.",
    ),
    "pt": Asked(
        "Isto ajudou?",
        "Sim, ajudou",
        "Em parte",
        "Não",
        "Obrigado pela resposta.",
        "Quer acrescentar alguma coisa?",
        "Enviar",
        "Recebe esta mensagem uma única vez, porque nos falou do assunto.",
    ),
    "it": Asked(
        "Le è stato utile?",
        "Sì, è stato utile",
        "In parte",
        "No",
        "Grazie per avercelo detto.",
        "Vuole aggiungere qualcosa?",
        "Invia",
        "Riceve questo messaggio una sola volta, perché ce ne ha parlato.",
    ),
    "nl": Asked(
        "Heeft het geholpen?",
        "Ja, het heeft geholpen",
        "Gedeeltelijk",
        "Nee",
        "Bedankt voor uw antwoord.",
        "Wilt u nog iets toevoegen?",
        "Versturen",
        "U ontvangt dit eenmalig, omdat u ons erover schreef.",
    ),
}


def asked(language: str) -> Asked:
    """The question in that language, else in English."""
    return _ASKED.get(language) or _ASKED.get(language.partition("-")[0]) or _ASKED["en"]


def checked(words: Mapping[str, Said], *, language: str) -> dict[str, dict[str, str]]:
    """The words as they are kept. Raises NotPossible, naming what is missing."""
    if language not in words:
        raise NotPossible("Write what you changed: a subject and a text.")
    for code, said in words.items():
        if code not in languages():
            raise NotPossible(f"There is no language {code!r}.")
        called = languages()[code].name
        if not said.subject.strip() or not said.text.strip():
            raise NotPossible(f"The letter in {called} needs a subject and a text.")
        if len(said.subject) > 200 or len(said.text) > _LONGEST:
            raise NotPossible(f"At most 200 characters of subject and {_LONGEST:,} of text, please ({called}).")
    return {code: {"subject": said.subject.strip(), "text": said.text.strip()} for code, said in words.items()}


def chosen(words: Mapping[str, Mapping[str, str]], *, language: str, reads: str) -> tuple[str, Said]:
    """Of the kept words those that somebody who reads `reads` gets, with their language."""
    code = choose(survey=language, offered=list(words), contact=reads)
    found = words.get(code) or words[language]
    return (code if code in words else language), Said(found["subject"], found["text"])


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its blanks filled in. A blank without a value goes, with the space before it."""
    for name in BLANKS:
        blank, value = f"{{{name}}}", values.get(name, "")
        if not value:
            text = text.replace(f" {blank}", "")
        text = text.replace(blank, value)
    return text.strip()
