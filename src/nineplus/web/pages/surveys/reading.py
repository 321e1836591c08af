"""What the survey forms send, as the values of model.survey. What cannot be used is refused there, in words."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from nineplus.model.survey import Content, Plan
from nineplus.stages.capture.drawing.surveys import Unusable, read_content, read_plan
from nineplus.stages.errors import NotPossible
from nineplus.web.pages.surveys.fields import conditions
from nineplus.web.pages.surveys.refusing import WrongFields, field_name, in_the_forms_words

LOGO_BYTES = 100_000
GROUPS = ("promoter", "passive", "detractor")
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_SLUG = re.compile(r"[^a-z0-9]+")


def content(given: QueryDict, *, before: Content, language: str, logo: UploadedFile | None) -> Content:
    """The content as the form leaves it; what the form does not show stays as it was."""
    data = before.model_dump(mode="json")
    data["product"] = given.get("product", "")
    data["language"] = given.get("language", before.language)
    data["languages"] = given.getlist("languages")
    data["comment_asked"] = "comment_asked" in given
    data["consent_contact"] = "consent_contact" in given
    data["consent_quote"] = "consent_quote" in given
    pool = given.get("code_pool", "")
    data["code_pool"] = int(pool) if pool.isdecimal() else None
    data["brand"] |= {
        name: given.get(name, "").strip()
        for name in ("company", "colour", "sender_name", "reply_to", "address", "website")
        if name in given
    }
    if logo:
        data["brand"]["logo"] = _picture(logo)
    elif "no_logo" in given:
        data["brand"]["logo"] = ""
    extras, texts_of_extras = _extras(given, texts=data["texts"].get(language, {}).get("extras", {}))
    data["extras"] = extras
    data["texts"][language] = _texts(given) | {"extras": texts_of_extras}
    try:
        return read_content(data)
    except Unusable as refusal:
        raise in_the_forms_words(refusal) from None


def plan(given: QueryDict, *, before: Plan) -> Plan:
    """The plan as the form leaves it."""
    data = before.model_dump(mode="json")
    data["trigger"] = {
        "kind": given.get("kind", "manual"),
        "delay_hours": _number(given, "delay_hours", 0),
        "days_before": _number(given, "days_before", 90),
        "attribute": given.get("attribute", ""),
        "event": _slug(given.get("event", "")),
        "period_days": _number(given, "period_days", 91),
    }
    data["audience"] = _audience(given)
    data["channels"] = [name for name in given.getlist("channels") if name]
    data["reminders_days"] = _days(given.get("reminders_days", ""))
    data["open_days"] = _number(given, "open_days", 30)
    data["policy"] |= _policy(given)
    data["goals"] = [
        {"attribute": attribute, "value": value.strip(), "answers": answers or 30, "days": days or 90}
        for attribute, value, answers, days in zip(
            given.getlist("goal_attribute"),
            given.getlist("goal_value"),
            given.getlist("goal_answers"),
            given.getlist("goal_days"),
            strict=False,
        )
        if attribute
    ]
    try:
        return read_plan(data)
    except Unusable as refusal:
        raise in_the_forms_words(refusal) from None


def _audience(given: QueryDict) -> list[dict[str, Any]]:
    """The conditions. One that compares with nothing would leave nobody, and nobody would know why."""
    found = []
    for row in conditions(given):
        if not row["attribute"]:
            continue
        if not row["values"] and row["op"] not in ("is_set", "is_not_set"):
            raise WrongFields({f"if_values_{row['n']}": "Say what the attribute is compared with."})
        found.append({name: row[name] for name in ("attribute", "op", "values")})
    return found


def _days(text: str) -> list[int]:
    """ "4, 10" as numbers of days."""
    days = [part for part in re.split(r"[\s,;]+", text) if part]
    if not all(part.isdecimal() and len(part) < 4 for part in days):
        raise WrongFields(
            {
                "reminders_days": f"“{field_name('reminders_days')}” are numbers of days with commas between them, "
                "such as 4, 10."
            }
        )
    return [int(part) for part in days]


def _texts(given: QueryDict) -> dict[str, Any]:
    return {
        **{name: given.get(f"text_{name}", "") for name in ("question", "low", "high", "subject", "intro")},
        "follow_up": {group: given.get(f"follow_up_{group}", "") for group in GROUPS},
        "thanks": {group: given.get(f"thanks_{group}", "") for group in GROUPS},
    }


def _extras(given: QueryDict, *, texts: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The extra questions in the form's order and their words. One without words is taken out."""
    extras: list[dict[str, Any]] = []
    words: dict[str, Any] = {}
    for number in given.getlist("extra"):
        field = f"extra_{number}_"
        wording = given.get(field + "wording", "").strip()
        if not wording:
            continue
        slug = _slug(given.get(field + "slug", "")) or _free(_slug(wording) or "question", words)
        labels = [line.strip() for line in given.get(field + "options", "").splitlines() if line.strip()]
        options = _options(labels, known=texts.get(slug, {}).get("options", {}))
        settings: dict[str, Any] = {}
        kind = given.get(field + "kind", "text")
        if kind == "choice":
            settings = {
                "options": list(options),
                "many": (field + "many") in given,
                "other": (field + "other") in given,
                "order": "shuffled" if (field + "shuffled") in given else "drawn_up",
            }
        elif kind == "scale":
            settings = {"lowest": _number(given, field + "lowest", 1), "highest": _number(given, field + "highest", 5)}
            options = {end: given.get(field + end, "").strip() for end in ("low", "high")}
        elif kind == "text":
            settings = {"long": (field + "long") in given}
        extras.append(
            {
                "slug": slug,
                "kind": kind,
                "groups": [group for group in GROUPS if field + group in given] or list(GROUPS),
                "required": (field + "required") in given,
                "settings": settings,
            }
        )
        words[slug] = {"wording": wording, "options": options}
    return extras, words


def _options(labels: list[str], *, known: Mapping[str, str]) -> dict[str, str]:
    """Options by slug. A label that was there keeps its slug, so that answers given to it stay its own."""
    slugs = {label: slug for slug, label in known.items()}
    options: dict[str, str] = {}
    for label in labels:
        options[slugs.get(label) or _free(_slug(label) or "option", options)] = label
    return options


def _free(slug: str, taken: Mapping[str, Any]) -> str:
    number = 2
    free = slug
    while free in taken:
        free, number = f"{slug[:56]}_{number}", number + 1
    return free


def _slug(text: str) -> str:
    slug = _SLUG.sub("_", text.lower()).strip("_")[:58]
    return slug if not slug or slug[0].isalpha() else f"q_{slug}"[:58]


def _number(given: QueryDict, name: str, otherwise: int) -> float | int:
    text = given.get(name, "").strip().replace(",", ".")
    if not text:
        return otherwise
    try:
        number = float(text)
    except ValueError:
        said = f"“{field_name(re.sub(r'^extra_[^_]+_', '', name))}”: {text!r} is not a number."
        raise WrongFields({name: said}) from None
    return int(number) if number.is_integer() else number


def _policy(given: QueryDict) -> dict[str, Any]:
    whole = ("contact_gap_days", "survey_gap_days", "after_decline_days", "after_answer_days", "minimum_age_days")
    flags = ("hold_open_ticket", "hold_open_case", "needs_consent", "skip_holidays")
    caps = ("contact_cap", "account_cap", "daily_cap")
    return {
        **{name: _number(given, name, 0) for name in whole},
        **{name: _number(given, name, 0) or None for name in caps},
        **{name: name in given for name in flags},
        "account_cap_days": _number(given, "account_cap_days", 30),
        "share": float(_number(given, "share", 100)) / 100,
        "quiet_from": given.get("quiet_from", "18:00"),
        "quiet_to": given.get("quiet_to", "09:00"),
        "weekdays": [int(day) for day in given.getlist("weekdays") if day.isdecimal()],
    }


def _picture(file: UploadedFile) -> str:
    """The logo as a data: URL. Told by its first bytes, not by its name."""
    if (file.size or 0) > LOGO_BYTES:
        raise NotPossible(f"The logo may have at most {LOGO_BYTES // 1000} kB; this one has {file.size // 1000}.")
    raw = file.read()
    kind = next((kind for head, kind in _PICTURES.items() if raw.startswith(head)), None)
    if kind is None or (kind == "image/webp" and raw[8:12] != b"WEBP"):
        raise NotPossible("The logo must be a PNG, JPEG or WebP picture.")
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"
