"""What columns a kind of file may have, and the names people give them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib import resources

from nineplus.mart.schema import SOURCES


@dataclass(frozen=True, slots=True)
class Field:
    """Something a column can stand for. `shape` says how its values are read.

    `names` are normalised column names, surest first. Fields that are no column of the canonical rows
    (e-mail, durations …) are `extra`: they help to make one, or travel beside them.
    """

    name: str
    title: str
    shape: str
    names: tuple[str, ...] = ()
    required: bool = False


_NAMES = tomllib.loads(resources.files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))


_REQUIRED = "required"

# Kind of file -> (name, title, shape) of each of its fields.
_FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "responses": (
        ("score", "Score, 0 to 10", "score", _REQUIRED),
        ("comment", "Comment", "comment"),
        ("answered_at", "When it was answered", "instant"),
        ("begun_at", "When it was begun: counts where there is no time of the answer", "instant"),
        ("group", "Promoter, passive or detractor", "group"),
        ("response", "Id of the response", "id"),
        ("contact", "Customer (id)", "id"),
        ("email", "E-mail of the customer", "email"),
        ("contact_name", "Name of the customer", "text"),
        ("first_name", "First name of the customer", "text"),
        ("last_name", "Last name of the customer", "text"),
        ("account", "Account (company)", "id"),
        ("account_name", "Name of the account", "text"),
        ("ticket", "Ticket that the survey was about", "id"),
        ("survey", "Survey", "text"),
        ("touchpoint", "Touchpoint", "touchpoint"),
        ("channel", "Channel", "text"),
        ("language", "Language", "text"),
        ("excluded", "Excluded from the score", "flag"),
        ("tags", "Tags of the answer", "text"),
        ("note", "Note of a colleague", "text"),
        ("beside", "Kept beside the answer, as it came", "text"),
    ),
    "invitations": (
        ("invitation", "Id of the invitation", "id"),
        ("survey", "Survey", "text"),
        ("account", "Account (company)", "id"),
        ("contact", "Customer (id)", "id"),
        ("email", "E-mail of the customer", "email"),
        ("ticket", "Ticket", "id"),
        ("response", "Id of the response", "id"),
        ("channel", "Channel", "text"),
        ("sent_at", "When it was sent", "instant"),
        ("fate", "What became of it", "fate", _REQUIRED),
        ("reason", "Why it was skipped", "text"),
    ),
    "tickets": (
        ("ticket", "Id of the ticket", "id"),
        ("account", "Account (company)", "id"),
        ("account_name", "Name of the account", "text"),
        ("contact", "Contact", "id"),
        ("email", "E-mail of the contact", "email"),
        ("opened_at", "When it was opened", "instant", _REQUIRED),
        ("first_response_at", "When it was first answered", "instant"),
        ("resolved_at", "When it was resolved", "instant"),
        ("first_response_after", "Time to first answer", "duration"),
        ("resolved_after", "Time to resolution", "duration"),
        ("priority", "Priority", "text"),
        ("category", "Category", "text"),
        ("team", "Team", "text"),
        ("owner", "Owner", "text"),
        ("channel", "Channel", "text"),
        ("sla_breached", "Was the SLA breached?", "flag"),
        ("sla_met", "Was the SLA met?", "flag"),
        ("reopens", "How often reopened", "count"),
        ("escalated", "Was it escalated?", "flag"),
    ),
    "ticket_events": (
        ("ticket", "Ticket", "id", _REQUIRED),
        ("at", "When", "instant", _REQUIRED),
        ("kind", "What happened", "event", _REQUIRED),
        ("from_value", "From", "text"),
        ("to_value", "To", "text"),
        ("by_customer", "Done by the customer?", "flag"),
    ),
    "accounts": (
        ("account", "Id of the account", "id"),
        ("name", "Name", "text"),
        ("domain", "Web domain", "text"),
        ("created_at", "Customer since", "instant"),
        ("renews_at", "When it renews", "instant"),
    ),
    "contacts": (
        ("contact", "Id of the contact", "id"),
        ("account", "Account (company)", "id"),
        ("account_name", "Name of the account", "text"),
        ("email", "E-mail", "email"),
        ("name", "Name", "text"),
        ("first_name", "First name", "text"),
        ("last_name", "Last name", "text"),
        ("created_at", "Known since", "instant"),
        ("phone", "Telephone number, with its country (+49 …)", "phone"),
        ("language", "Language (de, pt-BR …)", "language"),
        ("time_zone", "Time zone (Europe/Berlin …)", "zone"),
        ("country", "Country, in two letters", "country"),
        ("consent", "May they be asked?", "flag"),
    ),
    "movements": (
        ("movement", "Id of the movement", "id"),
        ("account", "Account (company)", "id", _REQUIRED),
        ("account_name", "Name of the account", "text"),
        ("subscription", "Subscription", "id"),
        ("at", "When", "instant"),
        ("kind", "What happened", "movement"),
        ("amount_minor", "Change in smallest money units", "minor"),
        ("amount", "Change of monthly revenue", "money"),
        ("currency", "Currency", "currency"),
        ("started_at", "Start of the subscription", "instant"),
        ("ended_at", "End of the subscription", "instant"),
        ("renews_at", "When it renews", "instant"),
    ),
}


def _field(kind: str, name: str, title: str, shape: str, required: str = "") -> Field:
    names = (*_NAMES["any"].get(name, ()), *_NAMES[kind].get(name, ()))
    return Field(name, title, shape, names, required == _REQUIRED)


FIELDS = {kind: tuple(_field(kind, *line) for line in lines) for kind, lines in _FIELDS.items()}

BESIDE = ("tags", "note", "beside")
"""Kept with the answer and never computed with: they may come and go without making it another answer."""
ATTRIBUTE = "attribute"
IGNORE = "ignore"
JSON = Field("attributes", "Attributes as one JSON object", "json", ("attributes",))


def fields(kind: str) -> dict[str, Field]:
    """The fields of a kind of file, by name."""
    known = {field.name: field for field in FIELDS[kind]}
    return known | ({JSON.name: JSON} if "attributes" in SOURCES[kind].names else {})


def normalised(name: str) -> str:
    """A column name without case, accents, punctuation and camel case: `NPS_Score` and `npsScore` are `nps score`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name)
    name = name.replace("ß", "ss")
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.casefold().replace("_", " ")))


def slug(name: str) -> str:
    """The identifier of an attribute made from its column name."""
    made = re.sub(r"[^a-z0-9]+", "_", normalised(name)).strip("_")[:60].strip("_")
    return made or "attribute"
