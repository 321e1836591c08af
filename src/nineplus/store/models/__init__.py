"""The truth: rows, transactions, constraints. One module per stage that owns the rows."""

from nineplus.store.models.asking import (
    Code,
    CodePool,
    Experiment,
    Message,
    Notice,
    Sender,
    Suppression,
    SurveyVersion,
)
from nineplus.store.models.capture import Invitation, Response, Survey
from nineplus.store.models.connect import (
    Account,
    Attribute,
    Contact,
    Movement,
    Subscription,
    Ticket,
    TicketEvent,
)
from nineplus.store.models.events import Event
from nineplus.store.models.govern import ApiKey, Note, Preference, User
from nineplus.store.models.imports import Import, ImportChange, ImportRow, SavedMapping
from nineplus.store.models.revisions import Removal, Revision

__all__ = [
    "Account",
    "ApiKey",
    "Attribute",
    "Code",
    "CodePool",
    "Contact",
    "Event",
    "Experiment",
    "Import",
    "ImportChange",
    "ImportRow",
    "Invitation",
    "Message",
    "Movement",
    "Note",
    "Notice",
    "Preference",
    "Removal",
    "Response",
    "Revision",
    "SavedMapping",
    "Sender",
    "Subscription",
    "Suppression",
    "Survey",
    "SurveyVersion",
    "Ticket",
    "TicketEvent",
    "User",
]
