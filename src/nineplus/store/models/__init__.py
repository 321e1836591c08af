"""The truth: rows, transactions, constraints. One module per stage that owns the rows."""

from nineplus.store.models.advocates import (
    Act,
    ActEntry,
    Advocate,
    KindLimit,
    Lead,
    Points,
    Programme,
    Redemption,
    Reward,
)
from nineplus.store.models.alerts import Alert, AlertChoice, Raised
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
from nineplus.store.models.cases import Absence, Case, CaseAnswer, CaseEntry, CaseMail, Seat
from nineplus.store.models.changes import Change, ChangeNews
from nineplus.store.models.chat import ChatCall, ChatPerson, ChatPlace, ChatPost
from nineplus.store.models.comments import (
    CommentReading,
    CommentReview,
    Mention,
    ThemeLabel,
    ThemesVersion,
    Topic,
)
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
from nineplus.store.models.letters import PersonalLetter
from nineplus.store.models.playbooks import CasePlaybook, CaseStep, Playbook, PlaybookVersion
from nineplus.store.models.revisions import Removal, Revision
from nineplus.store.models.workflows import Receiver, Workflow, WorkflowRun, WorkflowStep, WorkflowVersion

__all__ = [
    "Absence",
    "Account",
    "Act",
    "ActEntry",
    "Advocate",
    "Alert",
    "AlertChoice",
    "Alias",
    "ApiKey",
    "Attribute",
    "CallBudget",
    "Case",
    "CaseAnswer",
    "CaseEntry",
    "CaseMail",
    "CasePlaybook",
    "CaseStep",
    "Change",
    "ChangeNews",
    "ChatCall",
    "ChatPerson",
    "ChatPlace",
    "ChatPost",
    "Code",
    "CodePool",
    "CommentReading",
    "CommentReview",
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
    "KindLimit",
    "Lead",
    "LinkCheck",
    "LinkRuleVersion",
    "Match",
    "MatchKey",
    "Membership",
    "Mention",
    "Merge",
    "Message",
    "Movement",
    "Note",
    "Notice",
    "Outbound",
    "Owner",
    "PersonalLetter",
    "Playbook",
    "PlaybookVersion",
    "Points",
    "Preference",
    "Programme",
    "Quota",
    "Raised",
    "Receiver",
    "Redemption",
    "Removal",
    "Response",
    "Revision",
    "Reward",
    "SavedMapping",
    "Seat",
    "Sender",
    "StreamState",
    "Subscription",
    "Suppression",
    "Survey",
    "SurveyVersion",
    "SyncProblem",
    "SyncRun",
    "ThemeLabel",
    "ThemesVersion",
    "Ticket",
    "TicketEvent",
    "Topic",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Workflow",
    "WorkflowRun",
    "WorkflowStep",
    "WorkflowVersion",
]
