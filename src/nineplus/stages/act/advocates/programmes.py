"""Drawing up programmes, and how each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from pydantic import ValidationError

from nineplus.languages import nearest
from nineplus.model.survey import Condition
from nineplus.rules import advocates, audiences
from nineplus.stages.act.advocates.kinds import KINDS
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stats.nps import wilson
from nineplus.store.models import Act, Attribute, Programme, User
from nineplus.store.models.advocates import ActStage
from nineplus.text.language import detect

_LONGEST = 5_000
TERMS = ("cool_off_days", "answers_within_days", "asks_in_90_days", "rest_days")
"""How old an answer is that is asked on, and how often somebody is asked: whole numbers."""
_DRAWN = ("kind", "name", "link", "audience", "least_score", "points", "words", "language", *TERMS)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What somebody says of a programme. `least_score` None: everyone, whatever they said."""

    kind: str
    name: str
    subject: str
    text: str
    audience: tuple[Mapping[str, object], ...] = ()
    least_score: int | None = None
    cool_off_days: int = 7
    answers_within_days: int = 180
    asks_in_90_days: int = 1
    rest_days: int = 30
    link: str = ""
    points: int = 0


USUAL = Drawn(kind="", name="", subject="", text="")
"""What holds as long as nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a programme stands. `agreed`: the share of those asked who agreed, with its 95 % interval (Wilson).

    `values`: what deals came of it or were helped by it, in minor units by currency. `helped`: not won by it alone.
    """

    programme: Programme
    stages: Mapping[str, int]
    agreed: tuple[float, float, float] | None
    values: Mapping[str, int]
    helped: bool

    @property
    def asked(self) -> int:
        return sum(n for stage, n in self.stages.items() if stage != ActStage.SKIPPED)

    @property
    def title(self) -> str:
        return KINDS[self.programme.kind].title


def save(drawn: Drawn, *, pk: int | None = None, by: User | None, now: datetime) -> Programme:
    """Keep it, switched off when it is new. Raises NotPossible with what is wrong; NotFound."""
    kind = KINDS.get(drawn.kind)
    if kind is None:
        raise NotPossible(f"There is no kind {drawn.kind!r}. There are: {', '.join(KINDS)}.")
    name = drawn.name.strip()
    if not name or len(name) > 200:
        raise NotPossible("Give the programme a name of at most 200 characters.")
    if Programme.objects.filter(name=name).exclude(pk=pk).exists():
        raise NotPossible("There is a programme of this name already.")
    if not drawn.subject.strip() or not drawn.text.strip():
        raise NotPossible("Write the letter: a subject and a text.")
    if len(drawn.subject) > 200 or len(drawn.text) > _LONGEST:
        raise NotPossible(f"At most 200 characters of subject and {_LONGEST:,} of text, please.")
    _check_link(kind.name, drawn.link.strip())
    _check_terms(drawn)
    conditions = _conditions(drawn.audience)
    refused = advocates.refused_terms(
        title=kind.title,
        by_score=kind.may_choose_by_score,
        rewarded=kind.may_reward,
        least_score=drawn.least_score,
        points=drawn.points,
        asks=" ".join(one.attribute for one in conditions),
    )
    if refused:
        raise NotPossible(refused)
    programme = one(pk) if pk else Programme(created_at=now, owner=by)
    if pk and programme.kind != kind.name:
        raise NotPossible("The kind of a programme stays as it is. Draw up another one.")
    programme.kind, programme.name, programme.link = kind.name, name, drawn.link.strip()
    programme.audience = [one.model_dump(mode="json") for one in conditions]
    programme.least_score, programme.points = drawn.least_score, drawn.points
    for name in TERMS:
        setattr(programme, name, getattr(drawn, name))
    programme.language = _language_of(drawn)
    programme.words = {programme.language: {"subject": drawn.subject.strip(), "text": drawn.text.strip()}}
    programme.save(update_fields=_DRAWN if pk else None)  # whether it is on, and its budget, others may set meanwhile
    return programme


def _language_of(drawn: Drawn) -> str:
    """In which language the letter is written, as mail programs and screen readers are to be told."""
    found, _ = detect(f"{drawn.subject}. {drawn.text}", expected="en")
    return nearest(found) or "en"


def one(pk: int) -> Programme:
    """That programme. Raises NotFound."""
    found = Programme.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such programme.")
    return found


def named(name: str) -> Programme:
    """The programme of that name, whatever the case. Raises NotFound."""
    found = Programme.objects.filter(name__iexact=name.strip()).order_by("pk").first()
    if found is None:
        raise NotFound(f"There is no programme {name!r}.")
    return found


def switch(pk: int, *, on: bool) -> None:
    """Take it into use, or rest it: whoever was asked is still heard. Raises NotFound."""
    programme = one(pk)
    programme.on = on
    programme.save(update_fields=["on"])


def drawn(programme: Programme) -> Drawn:
    """What somebody said of it, to be said again with changes."""
    same = {name: getattr(programme, name) for name in ("kind", "name", "least_score", "link", "points", *TERMS)}
    return Drawn(**same, **programme.words[programme.language], audience=tuple(programme.audience))


def types() -> dict[str, str]:
    """The types of all attributes."""
    return dict(Attribute.objects.values_list("slug", "type"))


def every() -> Sequence[Standing]:
    """All programmes, by name."""
    return [standing(programme) for programme in Programme.objects.order_by("name")]


def standing(programme: Programme) -> Standing:
    """How this one stands."""
    acts = Act.objects.filter(programme=programme).order_by()
    stages = dict(acts.values_list("stage").annotate(n=Count("pk")))
    asked = sum(n for stage, n in stages.items() if stage != ActStage.SKIPPED)
    yes = sum(stages.get(stage, 0) for stage in (ActStage.AGREED, ActStage.DOING, ActStage.DONE))
    low, high = wilson(yes, asked)[:2] if asked else (0.0, 0.0)
    worth = acts.filter(value_minor__isnull=False).values_list("currency").annotate(sum=Sum("value_minor"))
    values = dict(worth)
    won = programme.leads.filter(state="won", value_minor__isnull=False).order_by().values_list("currency")
    for currency, total in won.annotate(sum=Sum("value_minor")):
        values[currency] = values.get(currency, 0) + total
    return Standing(
        programme=programme,
        stages=stages,
        agreed=(yes / asked, low, high) if asked else None,
        values=values,
        helped=programme.kind != "referral",
    )


def _conditions(given: Sequence[Mapping[str, object]]) -> list[Condition]:
    try:
        conditions = [Condition.model_validate(dict(row)) for row in given]
    except ValidationError:
        raise NotPossible("A condition names an attribute, how it is compared, and the values.") from None
    known = {**types()}
    for named in ("score", "group"):  # refused by name below, not as unknown
        known.setdefault(named, "text")
    if faults := audiences.faults(conditions, known):
        raise NotPossible(" ".join(faults))
    return conditions


def _check_terms(drawn: Drawn) -> None:
    if not 0 <= drawn.cool_off_days <= 365 or not 1 <= drawn.asks_in_90_days <= 20 or not 0 <= drawn.points <= 100_000:
        raise NotPossible("Wait 0 to 365 days, ask 1 to 20 times in 90 days, give 0 to 100,000 points.")
    if not max(1, drawn.cool_off_days) <= drawn.answers_within_days <= 3_650:
        raise NotPossible(
            "Ask on answers of the last 1 to 3,650 days, and of no fewer days than are waited after an answer."
        )
    if not 0 <= drawn.rest_days <= 365:
        raise NotPossible("Let people alone for 0 to 365 days after another programme asked them.")
    if drawn.least_score is not None and not 0 <= drawn.least_score <= 10:
        raise NotPossible("A score is 0 to 10.")


def _check_link(kind: str, link: str) -> None:
    if kind == "review" and not link:
        raise NotPossible("Say where the review is written: the address of your page at the review site.")
    if link and (not link.startswith(("https://", "http://")) or len(link) > 500 or any(c.isspace() for c in link)):
        raise NotPossible("The link is an address that begins with https://.")
