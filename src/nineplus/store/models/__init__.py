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
from nineplus.store.models.attribution import LinkCheck, LinkRuleVersion
from nineplus.store.models.autopilot import Membership
from nineplus.store.models.capture import Invitation, Response, Survey
from nineplus.store.models.connect import (
    Account,
    Attribute,
    Contact,
    Deal,
    Movement,
    Owner,
    Subscription,
    Ticket,
    TicketEvent,
)
from nineplus.store.models.connections import (
    Alias,
    CallBudget,
    Connection,
    Outbound,
    StreamState,
    SyncProblem,
    SyncRun,
)
from nineplus.store.models.events import Event
from nineplus.store.models.feeds import Feed, FeedCall
from nineplus.store.models.govern import ApiKey, Done, Note, Preference, Quota, User
from nineplus.store.models.hooks import WebhookDelivery, WebhookEndpoint
from nineplus.store.models.identity import Match, MatchKey, Merge
from nineplus.store.models.imports import Import, ImportChange, ImportRow, SavedMapping
from nineplus.store.models.revisions import Removal, Revision

__all__ = [
    "Account",
    "Alias",
    "ApiKey",
    "Attribute",
    "CallBudget",
    "Code",
    "CodePool",
    "Connection",
    "Contact",
    "Deal",
    "Done",
    "Event",
    "Experiment",
    "Feed",
    "FeedCall",
    "Import",
    "ImportChange",
    "ImportRow",
    "Invitation",
    "LinkCheck",
    "LinkRuleVersion",
    "Match",
    "MatchKey",
    "Membership",
    "Merge",
    "Message",
    "Movement",
    "Note",
    "Notice",
    "Outbound",
    "Owner",
    "Preference",
    "Quota",
    "Removal",
    "Response",
    "Revision",
    "SavedMapping",
    "Sender",
    "StreamState",
    "Subscription",
    "Suppression",
    "Survey",
    "SurveyVersion",
    "SyncProblem",
    "SyncRun",
    "Ticket",
    "TicketEvent",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
]
