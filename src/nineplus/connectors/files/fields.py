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


def _field(kind: str, name: str, title: str, shape: str, *, required: bool = False) -> Field:
    names = (*_NAMES["any"].get(name, ()), *_NAMES[kind].get(name, ()))
    return Field(name, title, shape, names, required)


FIELDS: dict[str, tuple[Field, ...]] = {
    "responses": (
        _field("responses", "score", "Score, 0 to 10", "score", required=True),
        _field("responses", "comment", "Comment", "comment"),
        _field("responses", "answered_at", "When it was answered", "instant"),
        _field("responses", "group", "Promoter, passive or detractor", "group"),
        _field("responses", "response", "Id of the response", "id"),
        _field("responses", "contact", "Customer (id)", "id"),
        _field("responses", "email", "E-mail of the customer", "email"),
        _field("responses", "contact_name", "Name of the customer", "text"),
        _field("responses", "account", "Account (company)", "id"),
        _field("responses", "account_name", "Name of the account", "text"),
        _field("responses", "ticket", "Ticket that the survey was about", "id"),
        _field("responses", "survey", "Survey", "text"),
        _field("responses", "touchpoint", "Touchpoint", "touchpoint"),
        _field("responses", "channel", "Channel", "text"),
        _field("responses", "language", "Language", "text"),
        _field("responses", "excluded", "Excluded from the score", "flag"),
    ),
    "invitations": (
        _field("invitations", "invitation", "Id of the invitation", "id"),
        _field("invitations", "survey", "Survey", "text"),
        _field("invitations", "account", "Account (company)", "id"),
        _field("invitations", "contact", "Customer (id)", "id"),
        _field("invitations", "email", "E-mail of the customer", "email"),
        _field("invitations", "ticket", "Ticket", "id"),
        _field("invitations", "response", "Id of the response", "id"),
        _field("invitations", "channel", "Channel", "text"),
        _field("invitations", "sent_at", "When it was sent", "instant"),
        _field("invitations", "fate", "What became of it", "fate", required=True),
        _field("invitations", "reason", "Why it was skipped", "text"),
    ),
    "tickets": (
        _field("tickets", "ticket", "Id of the ticket", "id"),
        _field("tickets", "account", "Account (company)", "id"),
        _field("tickets", "account_name", "Name of the account", "text"),
        _field("tickets", "contact", "Contact", "id"),
        _field("tickets", "email", "E-mail of the contact", "email"),
        _field("tickets", "opened_at", "When it was opened", "instant", required=True),
        _field("tickets", "first_response_at", "When it was first answered", "instant"),
        _field("tickets", "resolved_at", "When it was resolved", "instant"),
        _field("tickets", "first_response_after", "Time to first answer", "duration"),
        _field("tickets", "resolved_after", "Time to resolution", "duration"),
        _field("tickets", "priority", "Priority", "text"),
        _field("tickets", "category", "Category", "text"),
        _field("tickets", "team", "Team", "text"),
        _field("tickets", "owner", "Owner", "text"),
        _field("tickets", "channel", "Channel", "text"),
        _field("tickets", "sla_breached", "Was the SLA breached?", "flag"),
        _field("tickets", "sla_met", "Was the SLA met?", "flag"),
        _field("tickets", "reopens", "How often reopened", "count"),
        _field("tickets", "escalated", "Was it escalated?", "flag"),
    ),
    "ticket_events": (
        _field("ticket_events", "ticket", "Ticket", "id", required=True),
        _field("ticket_events", "at", "When", "instant", required=True),
        _field("ticket_events", "kind", "What happened", "event", required=True),
        _field("ticket_events", "from_value", "From", "text"),
        _field("ticket_events", "to_value", "To", "text"),
        _field("ticket_events", "by_customer", "Done by the customer?", "flag"),
    ),
    "accounts": (
        _field("accounts", "account", "Id of the account", "id"),
        _field("accounts", "name", "Name", "text"),
        _field("accounts", "domain", "Web domain", "text"),
        _field("accounts", "created_at", "Customer since", "instant"),
    ),
    "contacts": (
        _field("contacts", "contact", "Id of the contact", "id"),
        _field("contacts", "account", "Account (company)", "id"),
        _field("contacts", "account_name", "Name of the account", "text"),
        _field("contacts", "email", "E-mail", "email"),
        _field("contacts", "name", "Name", "text"),
        _field("contacts", "first_name", "First name", "text"),
        _field("contacts", "last_name", "Last name", "text"),
        _field("contacts", "created_at", "Known since", "instant"),
    ),
    "movements": (
        _field("movements", "movement", "Id of the movement", "id"),
        _field("movements", "account", "Account (company)", "id", required=True),
        _field("movements", "account_name", "Name of the account", "text"),
        _field("movements", "subscription", "Subscription", "id"),
        _field("movements", "at", "When", "instant"),
        _field("movements", "kind", "What happened", "movement"),
        _field("movements", "amount_minor", "Change in smallest money units", "minor"),
        _field("movements", "amount", "Change of monthly revenue", "money"),
        _field("movements", "currency", "Currency", "currency"),
        _field("movements", "started_at", "Start of the subscription", "instant"),
        _field("movements", "ended_at", "End of the subscription", "instant"),
    ),
}

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
