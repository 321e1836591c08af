"""Beginnings of letters: what agents start from, in the customer's language. The agent writes the rest.

`{name}`, `{agent}`, `{company}` and `{score}` are filled in when somebody starts a letter, so that it is read as it
will go. A letter is to one person; there is no way to send one to many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nineplus.languages import choose, languages
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Case, Preference, User

_KEY = "case letters"
_MOST = 50
_LONGEST = 10_000

NUDGE = "What would make it a 9?"
"""The template that passives are written by."""


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """One beginning, by language code. `language` is what those read whose own is not there."""

    name: str
    words: Mapping[str, Words]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Draft:
    """A template filled in for one customer, in the language in which they read."""

    name: str
    language: str
    subject: str
    text: str


_GIVEN = (
    Template(
        "We are sorry",
        {
            "en": Words(
                "Your answer to our survey",
                "Hello {name},\n\nyou gave us {score} of 10. Thank you for telling us; I am sorry that we let you down."
                "\n\nWould you tell me what happened? I will look after it myself.\n\nKind regards\n{agent}\n{company}",
            ),
            "de": Words(
                "Ihre Antwort auf unsere Umfrage",
                "Guten Tag {name},\n\nSie haben uns {score} von 10 Punkten gegeben. Danke für Ihre Offenheit; es tut "
                "mir leid, dass wir Sie enttäuscht haben.\n\nMögen Sie mir sagen, was geschehen ist? Ich kümmere mich "
                "selbst darum.\n\nMit freundlichen Grüßen\n{agent}\n{company}",
            ),
            "fr": Words(
                "Votre réponse à notre enquête",
                "Bonjour {name},\n\nvous nous avez donné {score} sur 10. Merci de votre franchise ; je regrette que "
                "nous vous ayons déçu.\n\nPourriez-vous me dire ce qui s'est passé ? Je m'en occuperai moi-même."
                "\n\nCordialement\n{agent}\n{company}",
            ),
            "es": Words(
                "Su respuesta a nuestra encuesta",
                "Hola {name}:\n\nNos ha dado {score} de 10. Gracias por su sinceridad; lamento que le hayamos fallado."
                "\n\n¿Podría contarme qué ocurrió? Me ocuparé personalmente.\n\nUn saludo\n{agent}\n{company}",
            ),
        },
    ),
    Template(
        "It is solved",
        {
            "en": Words(
                "What we did about it",
                "Hello {name},\n\nyou told us what went wrong. This is what we did:\n\n\n\nPlease write to me if it is "
                "not right yet.\n\nKind regards\n{agent}\n{company}",
            ),
            "de": Words(
                "Was wir getan haben",
                "Guten Tag {name},\n\nSie haben uns gesagt, was nicht gut war. Das haben wir getan:\n\n\n\nBitte "
                "schreiben Sie mir, wenn es noch nicht stimmt.\n\nMit freundlichen Grüßen\n{agent}\n{company}",
            ),
            "fr": Words(
                "Ce que nous avons fait",
                "Bonjour {name},\n\nvous nous avez dit ce qui n'allait pas. Voici ce que nous avons fait :\n\n\n\n"
                "Écrivez-moi si tout n'est pas encore en ordre.\n\nCordialement\n{agent}\n{company}",
            ),
            "es": Words(
                "Lo que hemos hecho",
                "Hola {name}:\n\nNos contó qué había fallado. Esto es lo que hemos hecho:\n\n\n\nEscríbame si aún no "
                "está bien.\n\nUn saludo\n{agent}\n{company}",
            ),
        },
    ),
    Template(
        NUDGE,
        {
            "en": Words(
                "What would make it a 9?",
                "Hello {name},\n\nyou gave us {score} of 10. Thank you! What is the one thing that would make it a 9?"
                "\n\nA line is enough: just answer this letter.\n\nKind regards\n{agent}\n{company}",
            ),
            "de": Words(
                "Was würde daraus eine 9 machen?",
                "Guten Tag {name},\n\nSie haben uns {score} von 10 Punkten gegeben. Vielen Dank! Was müsste anders "
                "sein, damit es eine 9 wird?\n\nEine Zeile genügt: Antworten Sie einfach auf diesen Brief.\n\n"
                "Mit freundlichen Grüßen\n{agent}\n{company}",
            ),
            "fr": Words(
                "Que faudrait-il pour un 9 ?",
                "Bonjour {name},\n\nvous nous avez donné {score} sur 10. Merci ! Quelle est la seule chose qui en "
                "ferait un 9 ?\n\nUne ligne suffit : répondez simplement à cette lettre.\n\nCordialement\n{agent}"
                "\n{company}",
            ),
            "es": Words(
                "¿Qué haría falta para un 9?",
                "Hola {name}:\n\nNos ha dado {score} de 10. ¡Gracias! ¿Qué es lo que lo convertiría en un 9?\n\n"
                "Basta una línea: responda a esta carta.\n\nUn saludo\n{agent}\n{company}",
            ),
        },
    ),
)


def every() -> Sequence[Template]:
    """All templates: what people made of them, else those there are from the start."""
    kept = Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first()
    if kept is None:
        return _GIVEN
    return [
        Template(one["name"], {code: Words(**words) for code, words in one["words"].items()}, one["language"])
        for one in kept
    ]


def change(templates: Sequence[Template]) -> None:
    """Have these and no others. Raises NotPossible, naming the one that will not do."""
    if len(templates) > _MOST or len({one.name for one in templates}) != len(templates):
        raise NotPossible(f"At most {_MOST} templates, each under a name of its own.")
    for one in templates:
        _check(one)
    value = [
        {
            "name": one.name,
            "language": one.language,
            "words": {code: {"subject": words.subject, "text": words.text} for code, words in one.words.items()},
        }
        for one in templates
    ]
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": value})


def draft(case: Case, *, name: str, by: User) -> Draft:
    """That template for this case's customer, as it would go. Raises NotPossible."""
    score = case.answers.order_by("-at").values_list("response__score", flat=True).first()
    customer = case.contact.name if case.contact else ""
    return filled(name, customer=customer, agent=by.name, score=score, reads=language_of(case))


def filled(name: str, *, customer: str, agent: str, score: int | None, reads: str) -> Draft:
    """That template in the words of one reader, who reads `reads` (a language's code). Raises NotPossible."""
    found = next((one for one in every() if one.name == name), None)
    if found is None:
        raise NotPossible(f"There is no template {name!r}.")
    code = choose(survey=found.language, offered=list(found.words), contact=reads)
    words = found.words.get(code) or next(iter(found.words.values()))
    values = {
        "name": customer.strip(),
        "agent": agent,
        "company": preferences().company,
        "score": "" if score is None else str(score),
    }
    return Draft(found.name, code, _filled(words.subject, values), _filled(words.text, values))


def language_of(case: Case) -> str:
    """The language in which this customer reads, as far as that is known: theirs, else that of what they wrote."""
    if case.contact and case.contact.language:
        return case.contact.language
    return case.answers.order_by("-at").values_list("response__language", flat=True).first() or ""


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        blank = f"{{{name}}}"
        if not value:  # with the space or line break that stands before it
            text = text.replace(f" {blank}", "").replace(f"\n{blank}", "")
        text = text.replace(blank, value)
    return text.strip()


def _check(one: Template) -> None:
    if not one.name.strip() or len(one.name) > 100:
        raise NotPossible("Each template has a name of at most 100 characters.")
    if one.language not in one.words:
        raise NotPossible(f"The template {one.name!r} has no words in its own language.")
    for code, words in one.words.items():
        if code not in languages():
            raise NotPossible(f"There is no language {code!r}.")
        if not words.subject.strip() or not words.text.strip() or len(words.text) > _LONGEST:
            raise NotPossible(f"The template {one.name!r} needs a subject and a text in {languages()[code].name}.")
