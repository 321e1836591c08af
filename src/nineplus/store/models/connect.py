"""Who the customers are, what service they got and what they pay."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Length, Upper
from django.db.models.lookups import Exact

from nineplus.store.domains import Domain
from nineplus.store.models.checks import one_of
from nineplus.store.models.imports import Imported
from nineplus.store.models.revisions import Revised


class AttributeType(models.TextChoices):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"


class Attribute(models.Model):
    """Anything one can segment by: defined once, frozen as text on each response when it is answered."""

    Type = AttributeType

    slug = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=10, choices=AttributeType.choices, default=AttributeType.TEXT)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [one_of("type", AttributeType, name="attribute_type_known")]


class Owner(Imported):
    """A colleague as another system knows them: who looks after accounts and tickets there."""

    name = models.CharField(max_length=300, blank=True, default="")
    email = models.CharField(max_length=320, blank=True, default="", db_index=True)  # normalised
    active = models.BooleanField(default=True)


class Account(Imported, Revised):
    name = models.CharField(max_length=300, blank=True, default="")
    domain = models.CharField(max_length=255, blank=True, default="", db_index=True)
    owner = models.ForeignKey(Owner, null=True, on_delete=models.SET_NULL, related_name="accounts")
    created_at = models.DateTimeField(null=True)
    attributes = models.JSONField(default=dict)


class Contact(Imported, Revised):
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="contacts")
    email = models.CharField(max_length=320, blank=True, default="", db_index=True)  # normalised
    name = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(null=True)
    attributes = models.JSONField(default=dict)
    phone = models.CharField(max_length=20, blank=True, default="", db_default="", db_index=True)  # E.164
    language = models.CharField(max_length=12, blank=True, default="", db_default="")
    time_zone = models.CharField(max_length=60, blank=True, default="", db_default="")
    country = models.CharField(max_length=2, blank=True, default="", db_default="")  # ISO 3166
    consent = models.BooleanField(null=True)  # may be asked; unknown when null
    erased_at = models.DateTimeField(null=True)

    class Meta(Imported.Meta):
        indexes = [models.Index(Domain("email"), name="contact_at_domain")]


class Ticket(Imported, Revised):
    """A service case. Times that contradict each other are refused at the door, with the reason kept."""

    account = models.ForeignKey(Account, null=True, db_index=False, on_delete=models.SET_NULL, related_name="tickets")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="tickets")
    opened_at = models.DateTimeField()
    first_response_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    priority = models.CharField(max_length=60, blank=True, default="")
    category = models.CharField(max_length=200, blank=True, default="")
    team = models.CharField(max_length=200, blank=True, default="")
    owner = models.CharField(max_length=200, blank=True, default="")
    channel = models.CharField(max_length=60, blank=True, default="")
    sla_breached = models.BooleanField(null=True)
    reopens = models.IntegerField(null=True)
    escalated = models.BooleanField(null=True)
    attributes = models.JSONField(default=dict)

    class Meta(Imported.Meta):
        indexes = [
            models.Index(fields=["account", "opened_at"], name="ticket_of_account"),
            models.Index(fields=["resolved_at"], name="ticket_resolved"),
            models.Index(Coalesce("resolved_at", "opened_at"), name="ticket_breached", condition=Q(sla_breached=True)),
        ]
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(
                condition=Q(reopens__isnull=True) | Q(reopens__gte=0), name="ticket_reopens_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("opened_at")),
                name="ticket_resolved_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(first_response_at__isnull=True) | Q(first_response_at__gte=F("opened_at")),
                name="ticket_answered_after_opened",
            ),
        ]


class TicketEventKind(models.TextChoices):
    STAGE = "stage"
    OWNER = "owner"
    TEAM = "team"
    PRIORITY = "priority"
    REPLY = "reply"
    ESCALATION = "escalation"
    REOPEN = "reopen"
    RESOLUTION = "resolution"


class TicketEvent(Imported, Revised):
    What = TicketEventKind

    ticket = models.ForeignKey(Ticket, db_index=False, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=TicketEventKind.choices)
    from_value = models.CharField(max_length=200, blank=True, default="")
    to_value = models.CharField(max_length=200, blank=True, default="")
    by_customer = models.BooleanField(null=True)

    class Meta(Imported.Meta):
        indexes = [
            models.Index(fields=["ticket", "at"], name="ticket_event_history"),
            models.Index(fields=["kind", "at"], name="ticket_event_kind"),
        ]
        constraints = [
            *Imported.Meta.constraints,
            one_of("kind", TicketEventKind, name="ticket_event_kind_known"),
        ]


class Deal(Imported):
    """Something to be sold, as the other system keeps it. Amounts in minor units of `currency`."""

    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="deals")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="deals")
    name = models.CharField(max_length=300, blank=True, default="")
    pipeline = models.CharField(max_length=200, blank=True, default="")
    stage = models.CharField(max_length=200, blank=True, default="")
    type = models.CharField(max_length=120, blank=True, default="")
    amount_minor = models.BigIntegerField(null=True)
    mrr_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    is_closed = models.BooleanField(null=True)
    is_won = models.BooleanField(null=True)
    created_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)


class Subscription(Imported, Revised):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="subscriptions")
    plan = models.CharField(max_length=120, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    renews_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Imported.Meta):
        constraints = [
            *Imported.Meta.constraints,
            models.CheckConstraint(
                condition=Q(started_at__isnull=True) | Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="subscription_ends_after_start",
            ),
        ]


class MovementKind(models.TextChoices):
    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    RENEWAL = "renewal"
    REACTIVATION = "reactivation"


class Movement(Imported, Revised):
    """A change of monthly recurring revenue, in minor units of `currency`. Churn and contraction are negative."""

    What = MovementKind

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="movements")
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.SET_NULL, related_name="movements")
    at = models.DateTimeField()
    kind = models.CharField(max_length=14, choices=MovementKind.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta(Imported.Meta):
        indexes = [models.Index(fields=["kind", "at"], name="movement_kind")]
        constraints = [
            *Imported.Meta.constraints,
            one_of("kind", MovementKind, name="movement_kind_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["contraction", "churn"], amount_minor__lte=0)
                | Q(kind__in=["new", "expansion", "renewal", "reactivation"], amount_minor__gte=0),
                name="movement_sign_fits_kind",
            ),
            # No regular expression: SQLite would need Django's own function on every connection that writes.
            models.CheckConstraint(
                condition=Exact(Length("currency"), 3) & Exact(Upper("currency"), F("currency")),
                name="movement_currency_code",
            ),
        ]
