"""What a new survey starts from: the usual moments to ask, each with a plan that may be used as it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from nineplus.model.survey import Content, Plan, Policy, Trigger
from nineplus.store.models.capture import Touchpoint


@dataclass(frozen=True, slots=True)
class Starting:
    """A survey that can be used as it is. `says` tells when it asks."""

    slug: str
    title: str
    says: str
    touchpoint: str
    plan: Plan
    content: Content = field(default_factory=Content)


STARTING: tuple[Starting, ...] = (
    Starting(
        slug="post-resolution",
        title="After a ticket is resolved",
        says="A day after a ticket is resolved, its contact is asked. What did this case do to their loyalty?",
        touchpoint=Touchpoint.POST_RESOLUTION,
        plan=Plan(
            trigger=Trigger(kind="ticket_resolved", delay_hours=24),
            policy=Policy(survey_gap_days=60, hold_open_ticket=True),
        ),
    ),
    Starting(
        slug="relationship",
        title="Quarterly relationship",
        says="Every contact once a quarter, spread evenly over it, so that each week tells how things stand.",
        touchpoint=Touchpoint.RELATIONSHIP,
        plan=Plan(
            trigger=Trigger(kind="relationship", period_days=91),
            reminders_days=(4, 10),
            policy=Policy(minimum_age_days=30, survey_gap_days=80),
        ),
    ),
    Starting(
        slug="post-onboarding",
        title="After onboarding",
        says="A week after the day on which onboarding was finished. Did they get off to a good start?",
        touchpoint=Touchpoint.POST_ONBOARDING,
        plan=Plan(
            trigger=Trigger(kind="date_reached", attribute="onboarded_at", delay_hours=24 * 7),
            policy=Policy(survey_gap_days=365),
        ),
    ),
    Starting(
        slug="pre-renewal",
        title="Before renewal",
        says="Ninety days before the renewal, while there is still time to put things right.",
        touchpoint=Touchpoint.PRE_RENEWAL,
        plan=Plan(
            trigger=Trigger(kind="before_renewal", days_before=90),
            reminders_days=(4, 10),
            policy=Policy(survey_gap_days=180, account_cap=None),
        ),
    ),
    Starting(
        slug="anniversary",
        title="Anniversary",
        says="Each year on the day the account was made.",
        touchpoint=Touchpoint.RELATIONSHIP,
        plan=Plan(trigger=Trigger(kind="anniversary", attribute="created_at"), policy=Policy(survey_gap_days=300)),
    ),
    Starting(
        slug="open-link",
        title="Link, QR code, kiosk or web page",
        says="Nobody is written to: whoever comes across it may answer, without giving a name.",
        touchpoint=Touchpoint.CUSTOM,
        plan=Plan(trigger=Trigger(kind="manual"), channels=()),
        content=Content(consent_contact=False),
    ),
)


def starting(slug: str) -> Starting | None:
    """The starting point of that name."""
    return next((one for one in STARTING if one.slug == slug), None)
