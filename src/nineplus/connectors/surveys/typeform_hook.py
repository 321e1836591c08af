"""Typeform's webhook: signed with base64 HMAC-SHA256 over the raw body.

The signature covers no time, so a call that is played again is known by its token: the same token is the same answer,
also when it came in an exported file before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from nineplus.connectors.heard import Heard, Unusable
from nineplus.plugs import Feed, Field

_SCORES = ("nps", "opinion_scale")
_TEXTS = ("long_text", "short_text")
_RECOMMENDS = re.compile(r"recom|empfehl|raccomand|aanbevel|\bnps\b", re.IGNORECASE)
_PEOPLE = {
    "email": ("email", "e-mail", "mail"),
    "contact": ("user_id", "userid", "customer_id", "contact_id", "external_id"),
    "name": ("name", "full_name"),
    "account": ("account_id", "account", "company_id", "company"),
    "language": ("language", "lang", "locale"),
}
"""Hidden fields by what they are commonly called; the settings may name others."""
_LONGEST_KEY, _LONGEST_TEXT, _LONGEST_VALUE, _MOST_ATTRIBUTES = 180, 20_000, 200, 60


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Is this call signed with the secret? An empty secret signs nothing."""
    if not secret:
        return False
    made = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    given = headers.get("typeform-signature", "")
    return hmac.compare_digest(f"sha256={made}".encode(), given.encode("utf-8", "replace"))


def read(body: bytes, settings: Mapping[str, str]) -> Heard:
    """The answer in a call. Raises Unusable with a sentence when there is none."""
    payload = _payload(body)
    form = _mapping(payload.get("form_response"))
    token = form.get("token")
    if not isinstance(token, str) or not 0 < len(token) <= _LONGEST_KEY:
        raise Unusable("no_token", "The call names no answer (form_response.token).", payload=payload)
    try:
        return _heard(token, form, settings, payload)
    except Unusable as reason:
        raise Unusable(reason.code, str(reason), key=token, payload=payload) from None


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = _mapping(_plain(json.loads(body)))
    except (ValueError, RecursionError):
        raise Unusable("no_json", "The call holds no JSON.") from None
    if payload.get("event_type", "form_response") != "form_response":
        raise Unusable("other_event", "It tells of something else than an answer.", payload=payload)
    return dict(payload)


def _heard(token: str, form: Mapping[str, Any], settings: Mapping[str, str], payload: Any) -> Heard:
    definition = _mapping(form.get("definition"))
    questions = {str(one.get("id")): one for one in _mappings(definition.get("fields"))}
    answers = list(_mappings(form.get("answers")))
    asked = _question(answers, questions, settings.get("question", ""))
    hidden = {name: _text(value)[:_LONGEST_TEXT] for name, value in _mapping(form.get("hidden")).items()}
    named = {what: _hidden(hidden, what, settings) for what in _PEOPLE}
    used = {name for name, _ in named.values()}
    people = {what: value for what, (_, value) in named.items()}
    typed = next((_text(one.get("email")) for one in answers if one.get("type") == "email"), "")
    email = people["email"] or typed
    rest = {name: value for name, value in hidden.items() if name not in used and value}
    others = {
        _title(one, questions): value
        for one in answers
        if one is not asked and one.get("type") in ("choice", "boolean", "number") and (value := _value(one))
    }
    attributes = {
        name[:60]: value[:_LONGEST_VALUE]
        for name, value in {**others, **rest}.items()
        if re.search(r"[A-Za-z0-9]", name) and len(value) <= _LONGEST_VALUE
    }
    return Heard(
        key=token,
        score=_score(asked),
        at=_instant(form.get("submitted_at") or form.get("landed_at")),
        comment=_comment(answers, asked, settings.get("comment", "")),
        contact=people["contact"][:_LONGEST_VALUE],
        email=email[:320] if "@" in email else "",
        name=people["name"][:300],
        account=people["account"][:_LONGEST_VALUE],
        language=people["language"][:12],
        title=_text(definition.get("title"))[:200],
        attributes=dict(list(attributes.items())[:_MOST_ATTRIBUTES]),
        payload=payload,
    )


def _question(answers: list[Mapping[str, Any]], questions: Mapping[str, Any], told: str) -> Mapping[str, Any]:
    """The answer to the NPS question: the one told, else the only one on 0 to 10, else the one that says recommend."""
    if told:
        found = next((one for one in answers if told in (_field(one).get("id"), _field(one).get("ref"))), None)
        if found is None:
            raise Unusable("not_answered", f"The question {told!r} was not answered.")
        return found
    scales = [one for one in answers if _field(one).get("type") in _SCORES and _on_0_to_10(one, questions)]
    certain = [one for one in scales if _field(one).get("type") == "nps"]
    telling = [one for one in certain or scales if _RECOMMENDS.search(_title(one, questions))]
    for some in (certain, scales, telling):
        if len(some) == 1:
            return some[0]
    if not scales:
        raise Unusable("not_answered", "No question on 0 to 10 was answered.")
    names = ", ".join(repr(_text(_field(one).get("ref") or _field(one).get("id"))) for one in scales[:5])
    raise Unusable("which_question", f"Several questions are on 0 to 10 ({names}). Say which in the feed's settings.")


def _on_0_to_10(answer: Mapping[str, Any], questions: Mapping[str, Any]) -> bool:
    """A scale with other steps is no NPS; where the form does not say its steps, the type must do."""
    properties = _mapping(_mapping(questions.get(str(_field(answer).get("id")))).get("properties"))
    return properties.get("steps", 11) == 11 and not properties.get("start_at_one", False)


def _score(answer: Mapping[str, Any]) -> int:
    number = answer.get("number")
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 10:
        raise Unusable("score", f"{_text(number)[:40]!r} is no whole number from 0 to 10.")
    return number


def _comment(answers: list[Mapping[str, Any]], asked: Mapping[str, Any], told: str) -> str:
    """The text told, else the first one after the score: where people say why."""
    texts = [one for one in answers if _field(one).get("type") in _TEXTS]
    if told:
        texts = [one for one in texts if told in (_field(one).get("id"), _field(one).get("ref"))]
    else:
        place = next(number for number, one in enumerate(answers) if one is asked)
        texts = [one for one in answers[place + 1 :] if one in texts]
    return _text(texts[0].get("text"))[:_LONGEST_TEXT] if texts else ""


def _hidden(hidden: Mapping[str, str], what: str, settings: Mapping[str, str]) -> tuple[str, str]:
    told = settings.get(what, "")
    names = (told,) if told else _PEOPLE[what]
    return next(((name, hidden[name].strip()) for name in names if hidden.get(name, "").strip()), ("", ""))


def _value(answer: Mapping[str, Any]) -> str:
    if answer.get("type") == "choice":
        choice = _mapping(answer.get("choice"))
        return _text(choice.get("label") or choice.get("other"))
    return _text(answer.get(str(answer.get("type"))))


def _title(answer: Mapping[str, Any], questions: Mapping[str, Any]) -> str:
    field = _field(answer)
    return _text(_mapping(questions.get(str(field.get("id")))).get("title") or field.get("ref") or field.get("id"))


def _field(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(answer.get("field"))


def _instant(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unusable("date", "The call does not say when it was answered (submitted_at).") from None


def _plain(value: Any) -> Any:
    """The same without NUL characters and lone surrogates, which no database keeps as text."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_plain(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def _text(value: object) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


FEED = Feed(
    name="typeform",
    title="Typeform",
    fields=(
        Field("question", "Ref or id of the NPS question", "When several are on 0 to 10.", required=False),
        Field("comment", "Ref or id of the question for the comment", "Else the first text after it.", required=False),
        Field("email", "Hidden field with the e-mail", "Else email.", required=False),
        Field("contact", "Hidden field with the customer's id", "Else user_id, customer_id …", required=False),
        Field("account", "Hidden field with the account", "Else account_id, company …", required=False),
    ),
    verify=verify,
    read=read,
    help="In Typeform: Connect, Webhooks, add this address, then edit it and enter this secret.",
)
