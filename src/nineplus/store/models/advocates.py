"""Advocates: programmes, what customers did in them, whom they referred, points and rewards."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from nineplus.store.models.checks import one_of


class Programme(models.Model):
    """One way in which customers may help, of a kind (stages.act.advocates.kinds).

    `audience` are conditions on attributes (model.survey.Condition). `least_score` None: everyone is asked, whatever
    they said. `words` by language code: {subject, text}. `link`: where it is done, such as a review site.

    `answers_within_days`: nobody is asked on an answer that is older. Half a year, since customers are asked how they
    find us at least that often: whoever said something last year may think otherwise by now, or work elsewhere.
    `rest_days`: whoever was asked into another programme is let alone so long, however many asks there may be.
    """

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200, unique=True)
    on = models.BooleanField(default=False)
    audience = models.JSONField(default=list)
    least_score = models.PositiveSmallIntegerField(null=True)
    cool_off_days = models.PositiveSmallIntegerField(default=7)  # after the answer
    answers_within_days = models.PositiveSmallIntegerField(default=180, db_default=180)
    asks_in_90_days = models.PositiveSmallIntegerField(default=1)  # of one person
    link = models.URLField(max_length=500, blank=True, default="")
    words = models.JSONField(default=dict)
    language = models.CharField(max_length=12, default="en")
    rest_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    points = models.PositiveIntegerField(default=0)  # when it is done
    owner = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    budget_minor = models.PositiveBigIntegerField(null=True)  # of its rewards in one period; None: no bound
    budget_currency = models.CharField(max_length=3, blank=True, default="")
    budget_period = models.CharField(max_length=10, blank=True, default="")  # rules.advocates.PERIODS
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(least_score__isnull=True) | Q(least_score__lte=10), name="programme_score"
            )
        ]


class KindLimit(models.Model):
    """How many acts of a kind one person does in a quarter at most, in all programmes of that kind."""

    kind = models.CharField(max_length=20, primary_key=True)
    in_quarter = models.PositiveSmallIntegerField()


class Advocate(models.Model):
    """A customer as an advocate. `opted_out_at`: never asked again, whatever the programme.

    Whoever is erased stays as a number: what they brought counts, their link and their page lead nowhere. Two of one
    contact come of two records that were joined: the older one counts, the other's link goes on.
    """

    contact = models.ForeignKey("nineplus.Contact", on_delete=models.CASCADE, related_name="advocacies")
    code = models.CharField(max_length=16, unique=True)  # of their own link
    opted_out_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()


class ActStage(models.TextChoices):
    ASKED = "asked", "Asked"
    AGREED = "agreed", "Agreed"
    DOING = "doing", "Under way"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    SKIPPED = "skipped", "Not asked"


class Act(models.Model):
    """One customer in one programme. `slot` is unique while it is open: nobody is asked twice at once."""

    Stage = ActStage

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="acts")
    contact = models.ForeignKey("nineplus.Contact", null=True, on_delete=models.SET_NULL, related_name="acts")
    account = models.ForeignKey("nineplus.Account", null=True, on_delete=models.SET_NULL, related_name="acts")
    stage = models.CharField(max_length=10, choices=ActStage.choices, default=ActStage.ASKED)
    slot = models.CharField(max_length=60, blank=True, default="")
    owner = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="acts")
    message = models.OneToOneField("nineplus.Message", null=True, on_delete=models.SET_NULL, related_name="act")
    why = models.CharField(max_length=20, blank=True, default="")  # why they were not asked
    quote = models.TextField(blank=True, default="")  # what they allow us to say of them
    value_minor = models.BigIntegerField(null=True)  # of the deal it won or helped to win
    currency = models.CharField(max_length=3, blank=True, default="")
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["stage", "changed_at", "id"], name="act_by_stage")]
        constraints = [
            one_of("stage", ActStage, name="act_stage_known"),
            models.UniqueConstraint(fields=["slot"], condition=~Q(slot=""), name="act_one_open"),
        ]


class ActEntry(models.Model):
    """One thing that happened to an act. Written once; an erased person's words go."""

    act = models.ForeignKey(Act, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    stage = models.CharField(max_length=10, choices=ActStage.choices)
    text = models.TextField(blank=True, default="")


class LeadState(models.TextChoices):
    OPEN = "open", "Open"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    REFUSED = "refused", "Not counted"


class Lead(models.Model):
    """Somebody who came by an advocate's link and left their address. `why` it does not count, in words."""

    State = LeadState

    advocate = models.ForeignKey(Advocate, on_delete=models.CASCADE, related_name="leads")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="leads")
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=320)
    company = models.CharField(max_length=200, blank=True, default="")
    digest = models.CharField(max_length=64)  # of the address
    state = models.CharField(max_length=10, choices=LeadState.choices, default=LeadState.OPEN)
    why = models.CharField(max_length=300, blank=True, default="")
    doubts = models.JSONField(default=list)  # what a person should look at before it is rewarded
    deal = models.ForeignKey("nineplus.Deal", null=True, on_delete=models.SET_NULL, related_name="leads")
    value_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="lead_by_state")]
        constraints = [
            one_of("state", LeadState, name="lead_state_known"),
            # One person counts once, whoever refers them, and however often the form is sent.
            models.UniqueConstraint(fields=["digest"], condition=~Q(state="refused"), name="lead_counts_once"),
        ]


class Reward(models.Model):
    """What points buy. `budget_minor` is all that may be spent on it, `cost_minor` what one costs us.

    `programme`: whose budget of the period pays for it too.
    """

    programme = models.ForeignKey(Programme, null=True, on_delete=models.PROTECT, related_name="rewards")
    name = models.CharField(max_length=200, unique=True)
    points = models.PositiveIntegerField()
    cost_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    budget_minor = models.PositiveBigIntegerField()
    spent_minor = models.PositiveBigIntegerField(default=0)
    pool = models.ForeignKey("nineplus.CodePool", null=True, on_delete=models.SET_NULL, related_name="rewards")
    on = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(spent_minor__lte=F("budget_minor")), name="reward_within_budget"),
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_costs_points"),
        ]


class RedemptionState(models.TextChoices):
    WAITING = "waiting", "Waits for a look"
    GIVEN = "given", "Given"
    REFUSED = "refused", "Refused"


class Redemption(models.Model):
    """Somebody asked for a reward; the points and the budget are taken at once, and given back when it is refused.

    `cost_minor` and `programme` are those of the reward when it was asked for: that budget paid.
    """

    State = RedemptionState

    programme = models.ForeignKey(Programme, null=True, on_delete=models.PROTECT, related_name="redemptions")
    cost_minor = models.PositiveBigIntegerField(default=0)

    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions")
    advocate = models.ForeignKey(Advocate, on_delete=models.CASCADE, related_name="redemptions")
    state = models.CharField(max_length=10, choices=RedemptionState.choices, default=RedemptionState.WAITING)
    doubts = models.JSONField(default=list)
    code = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["programme", "at"], condition=Q(programme__isnull=False), name="redemption_of_budget")
        ]
        constraints = [one_of("state", RedemptionState, name="redemption_state_known")]


class Points(models.Model):
    """The ledger: every change of somebody's points, never changed. What they have is the sum.

    `key` names what must not be counted twice, such as one act that is done.
    """

    advocate = models.ForeignKey(Advocate, on_delete=models.CASCADE, related_name="ledger")
    points = models.IntegerField()
    why = models.CharField(max_length=200)
    key = models.CharField(max_length=80, unique=True)
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
