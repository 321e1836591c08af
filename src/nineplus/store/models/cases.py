"""Cases: the follow-up owed to one customer, everything that happened to it, and who is there to do it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from nineplus.store.models.checks import one_of


class CaseState(models.TextChoices):
    OPEN = "open", "Open"  # nobody works on it yet
    WORKING = "working", "In work"
    WAITING = "waiting", "Waiting"  # for the customer: the clock stands still
    CLOSED = "closed", "Closed"


class Priority(models.TextChoices):
    URGENT = "urgent", "Urgent"
    HIGH = "high", "High"
    NORMAL = "normal", "Normal"
    LOW = "low", "Low"


class Case(models.Model):
    """The follow-up owed to one customer for one reason. Its number is its id.

    `slot` names whom and why (`a12:detractor`) as long as it is not closed, and is unique: so there is one open case
    of an account, or of a contact without one, for each reason, whoever opens it at the same moment. A merge of two
    customers moves the cases and leaves their slots; the worker makes one of the two (stages.act.cases.joining).
    """

    State = CaseState
    Priority = Priority

    account = models.ForeignKey("nineplus.Account", null=True, on_delete=models.SET_NULL, related_name="cases")
    contact = models.ForeignKey("nineplus.Contact", null=True, on_delete=models.SET_NULL, related_name="cases")
    reason = models.CharField(max_length=40)
    slot = models.CharField(max_length=80, blank=True, default="")
    about = models.CharField(max_length=300, blank=True, default="")  # one line: what it is about
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    owner = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="cases")
    team = models.CharField(max_length=60, blank=True, default="")  # whose queue; empty: everybody's
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    because = models.JSONField(default=list)  # why that priority, in sentences
    answered_at = models.DateTimeField(null=True)  # the answer that opened it
    opened_at = models.DateTimeField()
    calendar = models.CharField(max_length=60, blank=True, default="")  # by whose hours it is due
    minutes = models.PositiveIntegerField()  # working minutes until the first contact
    due_at = models.DateTimeField()  # the first contact
    pauses = models.JSONField(default=list)  # [[from, to], …], to null while it stands still
    contacted_at = models.DateTimeField(null=True)  # the first human contact
    promise = models.TextField(blank=True, default="")
    promised_for = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)  # what is owed next: the first contact, then what was promised
    level = models.PositiveSmallIntegerField(default=0)  # of the escalation chain, how far it went
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True, default="")
    root_cause = models.CharField(max_length=120, blank=True, default="")  # a theme's slug or a driver's name
    recovery_at = models.DateTimeField(null=True)  # when they are to be asked again
    recovery = models.ForeignKey("nineplus.Invitation", null=True, on_delete=models.SET_NULL, related_name="+")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged")
    version = models.PositiveIntegerField(default=1)  # counts every change: two people at once
    revision = models.BigIntegerField(default=0, db_index=True)  # 0: changed, and not seen by the mart yet

    class Meta:
        indexes = [
            models.Index(fields=["state", "next_at", "id"], name="case_by_state"),
            models.Index(fields=["owner", "state", "next_at"], name="case_of_owner"),
            models.Index(fields=["opened_at", "id"], name="case_newest"),
            models.Index(fields=["recovery_at"], name="case_recovery", condition=Q(recovery_at__isnull=False)),
        ]
        constraints = [
            one_of("state", CaseState, name="case_state_known"),
            one_of("priority", Priority, name="case_priority_known"),
            models.UniqueConstraint(fields=["slot"], condition=~Q(slot=""), name="case_one_open"),
            models.CheckConstraint(condition=~Q(reason=""), name="case_has_reason"),
            models.CheckConstraint(
                condition=Q(state="closed", slot="", closed_at__isnull=False)
                | (~Q(state="closed") & ~Q(slot="") & Q(closed_at__isnull=True)),
                name="case_slot_while_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(outcome="") | Q(merged_into__isnull=False),
                name="case_closed_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")), name="case_closed_after_opened"
            ),
        ]


class CaseAnswer(models.Model):
    """An answer that a case is about: the one that opened it, and those that came while it was open."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="answers", db_index=False)
    response = models.ForeignKey("nineplus.Response", on_delete=models.CASCADE, related_name="cases")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "response"], name="case_answer_once")]


class CaseEntryKind(models.TextChoices):
    OPENED = "opened", "Opened"
    JOINED = "joined", "Another answer"
    OWNER = "owner", "Owner"
    TEAM = "team", "Queue"
    STATE = "state", "State"
    PRIORITY = "priority", "Priority"
    CONTACT = "contact", "Contact"
    NOTE = "note", "Note"
    PROMISE = "promise", "Promise"
    SENT = "sent", "Reply sent"
    UNSENT = "unsent", "Reply not sent"
    CAME = "came", "They wrote"
    MACHINE = "machine", "A machine wrote"  # away until Monday: nobody answered
    ESCALATED = "escalated", "Escalated"
    CLOSED = "closed", "Closed"
    REOPENED = "reopened", "Reopened"
    MERGED = "merged", "Merged"
    ASKED = "asked", "Asked again"


class CaseEntry(models.Model):
    """One thing that happened to a case. Written once and never changed, but that an erased person's words go.

    `key` names what must not be told twice; empty: nothing does. `data` holds what the words are made of.
    """

    What = CaseEntryKind

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="entries", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=CaseEntryKind.choices)
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)
    key = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["case", "at", "id"], name="case_entry_history")]
        constraints = [
            one_of("kind", CaseEntryKind, name="case_entry_kind_known"),
            models.UniqueConstraint(fields=["case", "key"], condition=~Q(key=""), name="case_entry_once"),
        ]


class CaseMail(models.Model):
    """A letter of a case: what an agent wrote, waiting to be sent or sent, and what the customer answered.

    `message`: ours in the queue of messages. `came`: the Message-ID of theirs. What was attached is noted with name,
    type and size; the letter itself stays in the mailbox.
    """

    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="mails")
    message = models.OneToOneField("nineplus.Message", null=True, on_delete=models.SET_NULL, related_name="case_mail")
    came = models.CharField(max_length=255, blank=True, default="")
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    address = models.CharField(max_length=320, blank=True, default="")
    subject = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    attachments = models.JSONField(default=list)  # [{name, type, bytes}]
    machine = models.BooleanField(default=False)  # an automatic answer
    at = models.DateTimeField()
    settled = models.CharField(max_length=10, blank=True, default="")  # sent, unsent, came, bounced; empty: not yet

    class Meta:
        indexes = [models.Index(fields=["at"], name="case_mail_unsettled", condition=Q(settled=""))]
        constraints = [models.UniqueConstraint(fields=["came"], condition=~Q(came=""), name="case_mail_came_once")]


class Seat(models.Model):
    """How a person takes part in following up. Who has none takes what is given to them by name, and no turns."""

    user = models.OneToOneField("nineplus.User", on_delete=models.CASCADE, related_name="seat")
    team = models.CharField(max_length=60, blank=True, default="")
    calendar = models.CharField(max_length=60, blank=True, default="")  # their working hours; empty: the policy's
    takes_turns = models.BooleanField(default=True)
    capacity = models.PositiveSmallIntegerField(null=True)  # open cases at once; None: any number
    last_turn_at = models.DateTimeField(null=True)


class Absence(models.Model):
    """Somebody is away on these days, the last one included. Nothing is given to them then."""

    user = models.ForeignKey("nineplus.User", on_delete=models.CASCADE, related_name="absences")
    first = models.DateField()
    last = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(last__gte=F("first")), name="absence_ends_after_first")]
