"""What a survey asks (`Content`) and whom it asks when (`Plan`), as they are drawn up, kept, sent and read back.

Both are kept as JSON on the survey and come in by page, API and file: they are checked here and nowhere else.
A text left empty is the standard text of the language it is shown in (`nineplus.languages`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Line = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""One line: no control characters, so that it may stand in a header."""
Text = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$", to_lower=True)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Group = Literal["promoter", "passive", "detractor"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# --- what it asks


class ByGroup(Frozen):
    """One text for each group. Empty: the standard text."""

    promoter: Text = ""
    passive: Text = ""
    detractor: Text = ""

    def of(self, group: str) -> str:
        return getattr(self, group)


class ExtraTexts(Frozen):
    """The words of an extra question in one language. `options` are labels by option slug."""

    wording: Line = ""
    options: dict[Slug, Line] = Field(default_factory=dict)


class Texts(Frozen):
    """A survey's own words in one language. `{product}` and `{company}` are filled in; empty is the standard text."""

    question: Line = ""
    low: Line = ""
    high: Line = ""
    follow_up: ByGroup = ByGroup()
    thanks: ByGroup = ByGroup()
    subject: Line = ""
    intro: Text = ""
    extras: dict[Slug, ExtraTexts] = Field(default_factory=dict)


class Extra(Frozen):
    """One question after the score. `kind` names a question plug; `settings` are the plug's own."""

    slug: Slug
    kind: Slug
    groups: frozenset[Group] = frozenset(("promoter", "passive", "detractor"))
    required: bool = False
    settings: dict[str, object] = Field(default_factory=dict)


class Brand(Frozen):
    """Who asks. `logo` is a data: URL of a PNG, JPEG or WebP of at most 100 KB. `address` is the postal one."""

    company: Line = ""
    colour: Colour = "#4f46e5"
    logo: Annotated[str, StringConstraints(max_length=140_000)] = ""
    sender_name: Line = ""
    reply_to: Line = ""
    address: Line = ""
    website: Line = ""

    @model_validator(mode="after")
    def _logo_is_a_picture(self) -> Brand:
        kinds = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,")
        if self.logo and not self.logo.startswith(kinds):
            raise ValueError("The logo must be a PNG, JPEG or WebP picture.")
        return self


class Content(Frozen):
    """Everything the customer sees. `language` is the survey's own; `languages` those it is offered in (empty: all)."""

    product: Line = ""
    language: str = "en"
    languages: tuple[str, ...] = ()
    texts: dict[str, Texts] = Field(default_factory=dict)
    extras: tuple[Extra, ...] = ()
    consent_contact: bool = True
    consent_quote: bool = False
    comment_asked: bool = True
    code_pool: int | None = None
    brand: Brand = Brand()

    @model_validator(mode="after")
    def _extras_have_own_names(self) -> Content:
        slugs = [extra.slug for extra in self.extras]
        if len(set(slugs)) < len(slugs):
            raise ValueError("Two extra questions have the same name.")
        return self


# --- whom it asks, and when


class Condition(Frozen):
    """One condition on an attribute of account or contact, as it stands now. `is_set` takes no values."""

    attribute: Slug
    op: Literal["is", "is_not", "at_least", "at_most", "is_set", "is_not_set"] = "is"
    values: tuple[Line, ...] = ()


class Trigger(Frozen):
    """What makes a contact due.

    ticket_resolved, ticket_closed: `delay_hours` after it. date_reached: `delay_hours` after the day in `attribute`
    (onboarding finished …). before_renewal: `days_before` the account's renewal. anniversary: each year of the day
    in `attribute` (`created_at`: since the account is known). event: `event` sent by API. relationship: every
    contact once in `period_days`, spread evenly over it. manual: only when asked by a person or the API.
    """

    kind: Literal[
        "manual",
        "ticket_resolved",
        "ticket_closed",
        "date_reached",
        "before_renewal",
        "anniversary",
        "event",
        "relationship",
    ] = "manual"
    delay_hours: float = Field(0, ge=0, le=24 * 365)
    days_before: int = Field(90, ge=0, le=730)
    attribute: Slug | Literal[""] = ""
    event: Slug | Literal[""] = ""
    period_days: int = Field(90, ge=7, le=730)


class Policy(Frozen):
    """When one may ask. Days are of 24 hours; None or 0 switches a rule off."""

    contact_gap_days: int = Field(30, ge=0, le=730, description="Between two surveys of any kind to one contact.")
    contact_cap: int | None = Field(None, ge=1, description="Most surveys of any kind to one contact in 365 days.")
    account_cap: int | None = Field(10, ge=1, description="Most surveys of any kind to one account in its days.")
    account_cap_days: int = Field(30, ge=1, le=730)
    survey_gap_days: int = Field(90, ge=0, le=730, description="Between two of this survey to one contact.")
    after_decline_days: int = Field(90, ge=0, le=730)
    after_answer_days: int = Field(30, ge=0, le=730)
    minimum_age_days: int = Field(0, ge=0, le=730, description="How long the contact must be known.")
    hold_open_ticket: bool = Field(False, description="Not while the contact's account has an open ticket.")
    hold_open_case: bool = Field(True, description="Not while a follow-up with the account is open.")
    needs_consent: bool = Field(False, description="Only contacts who agreed to be asked.")
    share: float = Field(1.0, gt=0, le=1, description="Part of the due contacts that is asked, drawn by chance.")
    daily_cap: int | None = Field(None, ge=1, description="Most invitations of this survey a day; the rest wait.")
    quiet_from: Clock = Field("18:00", description="No sending from this time of the recipient's day …")
    quiet_to: Clock = Field("09:00", description="… to this one. The same twice: no quiet hours.")
    weekdays: tuple[int, ...] = Field((0, 1, 2, 3, 4), description="0 is Monday.")
    skip_holidays: bool = True

    @model_validator(mode="after")
    def _some_day_is_left(self) -> Policy:
        if not self.weekdays or not set(self.weekdays) <= set(range(7)):
            raise ValueError("Name at least one weekday from 0 (Monday) to 6.")
        return self


class Goal(Frozen):
    """So many answers in `days` from each value of an attribute, or from the one value named."""

    attribute: Slug
    value: Line = ""
    answers: int = Field(30, ge=1)
    days: int = Field(90, ge=1, le=730)


class Plan(Frozen):
    """Who is asked, when and by which channels, in order of preference."""

    trigger: Trigger = Trigger()
    audience: tuple[Condition, ...] = ()
    channels: tuple[Slug, ...] = ("email",)
    reminders_days: tuple[int, ...] = (4,)
    open_days: int = Field(30, ge=1, le=365, description="How long a link takes answers after it was sent.")
    policy: Policy = Policy()
    goals: tuple[Goal, ...] = ()
