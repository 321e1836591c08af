"""People, answers and events in the shapes that Delighted gave them: what its clients and webhook receivers read.

Ids are text, times are whole Unix seconds, a property that is not known is null. Source: the official clients and
their fixtures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from nineplus.languages import choose
from nineplus.model.survey import Content, ExtraTexts, Texts
from nineplus.stages.capture.asking.contacts import Times
from nineplus.store.models import Attribute, Contact, Response, Suppression, SurveyVersion

MEMBERSHIP = "autopilot_"
"""Attributes that begin so say who is on a list; they are no properties."""
_SOURCES = {
    "email": "Email",
    "sms": "SMS",
    "link": "Link",
    "kiosk": "Kiosk",
    "widget": "Web",
    "web": "Web",
    "api": "API",
    "": "API",
}
_NEVER = Times()
_KINDS = {"text": "free_response", "scale": "scale"}


def seconds(at: datetime | None) -> int | None:
    """A moment as Delighted wrote it."""
    return None if at is None else int(at.timestamp())


class Shapes:
    """The shapes. `base` is the address of this house, of which permalinks are made."""

    def __init__(self, *, base: str) -> None:
        self.base = base.rstrip("/")
        self._labels: dict[str, str] | None = None

    @property
    def labels(self) -> dict[str, str]:
        """What people call the attributes, by slug."""
        if self._labels is None:
            self._labels = dict(Attribute.objects.values_list("slug", "label"))
        return self._labels

    def properties(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes under the names under which they came."""
        return {
            self.labels.get(slug, slug): value for slug, value in attributes.items() if not slug.startswith(MEMBERSHIP)
        }

    def person(self, contact: Contact, times: Times = _NEVER) -> dict[str, Any]:
        """As `GET /people` lists them."""
        return {
            "id": str(contact.pk),
            "email": contact.email or None,
            "name": contact.name or None,
            "phone_number": contact.phone or None,
            "created_at": seconds(contact.created_at),
            "last_sent_at": seconds(times.sent),
            "last_responded_at": seconds(times.answered),
            "next_survey_scheduled_at": seconds(times.due),
        }

    def created_person(self, contact: Contact, *, scheduled: datetime | None) -> dict[str, Any]:
        """As `POST /people` answers."""
        return {
            "id": str(contact.pk),
            "email": contact.email or None,
            "name": contact.name or None,
            "phone_number": contact.phone or None,
            "survey_scheduled_at": seconds(scheduled),
            "properties": self.properties(contact.attributes),
        }

    def named(self, contact: Contact) -> dict[str, Any]:
        """The person within an answer or a membership."""
        return {
            "id": str(contact.pk),
            "email": contact.email or None,
            "name": contact.name or None,
            "phone_number": contact.phone or None,
            "created_at": seconds(contact.created_at),
        }

    def response(self, row: Response, *, expand: frozenset[str] = frozenset()) -> dict[str, Any]:
        """One answer. `expand`: `person` and `notes` whole instead of their ids."""
        notes = [_note(note) for note in row.notes or ()]
        person: Any = None
        if row.contact is not None:
            person = self.named(row.contact) if "person" in expand else str(row.contact_id)
        return {
            "id": str(row.pk),
            "person": person,
            "survey_type": "nps",
            "score": row.score,
            "comment": row.comment_raw or row.comment or None,
            "permalink": f"{self.base}/responses/{row.pk}/",
            "created_at": seconds(row.answered_at),
            "updated_at": seconds(max(row.changed_at or row.answered_at, row.answered_at)),
            "person_properties": {**_told_by_itself(row), **self.properties(row.attributes)},
            "notes": notes if "notes" in expand else [note["id"] for note in notes],
            "tags": list(row.tags),
            "additional_answers": _additional(row),
        }

    def unsubscribed(self, row: Suppression, contact: Contact | None) -> dict[str, Any]:
        return {**_whose(row, contact), "unsubscribed_at": seconds(row.at)}

    def bounced(self, row: Suppression, contact: Contact | None) -> dict[str, Any]:
        return {**_whose(row, contact), "bounced_at": seconds(row.at)}


def _whose(row: Suppression, contact: Contact | None) -> dict[str, Any]:
    phone = row.address if row.medium == "sms" else ""
    return {
        "person_id": str(contact.pk) if contact else None,
        "email": (row.address if row.medium == "email" else contact.email if contact else "") or None,
        "name": (contact.name if contact else "") or None,
        **({"phone_number": phone} if phone else {}),
    }


def _told_by_itself(row: Response) -> dict[str, str]:
    """What Delighted added to each answer without being told."""
    return {"Delighted Source": _SOURCES.get(row.channel, row.channel.capitalize())}


def _note(note: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(note.get("id", "")),
        "text": note.get("text", ""),
        "user_email": note.get("by") or None,
        "created_at": note.get("at"),
    }


# --- answers to extra questions


def _additional(row: Response) -> list[dict[str, Any]]:
    if not row.extras:
        return []
    content = _content(row.version_id) if row.version_id else Content()
    words = _words(content, row.language)
    found = []
    for extra in content.extras:
        if (value := row.extras.get(extra.slug)) in (None, "", {}, []):
            continue
        said = words.extras.get(extra.slug, ExtraTexts())
        kind, answer = _answer(extra.kind, extra.settings, value, said)
        question = {"id": extra.slug, "type": kind, "text": said.wording or extra.slug.replace("_", " ").capitalize()}
        found.append({"id": f"{row.pk}-{extra.slug}", "question": question, "value": {kind: answer}})
    return found


def _answer(kind: str, settings: Mapping[str, Any], value: Any, said: ExtraTexts) -> tuple[str, Any]:
    if kind != "choice" or not isinstance(value, Mapping):
        return _KINDS.get(kind, "free_response"), value if isinstance(value, (str, int, float)) else str(value)
    chosen = [
        {"id": slug, "text": value.get("other") if slug == "other" and value.get("other") else _label(slug, said)}
        for slug in value.get("options", ())
    ]
    return ("select_many", chosen) if settings.get("many") else ("select_one", chosen[0] if chosen else None)


def _label(slug: str, said: ExtraTexts) -> str:
    return said.options.get(slug) or slug.replace("_", " ").capitalize()


def _words(content: Content, language: str) -> Texts:
    code = choose(survey=content.language, offered=content.languages, contact=language)
    return content.texts.get(code) or content.texts.get(content.language) or Texts()


@lru_cache(maxsize=64)
def _content(version: int) -> Content:
    """Versions never change."""
    return Content.model_validate(SurveyVersion.objects.values_list("content", flat=True).get(pk=version))
