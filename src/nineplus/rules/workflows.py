"""Rules: does it hold, and why; may it fire now; what does it say in words. No clock, no database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nineplus.model.cases import OUTCOMES, PRIORITIES
from nineplus.model.workflows import EVENTS, Act, Branch, Condition, Group, Limits, Rule, Step, Wait

DEEPEST = 3
"""So many rules may follow from each other; what would come after is held back."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that can be asked of an answer and its customer. `kind`: number, text, flag or list (of texts).

    `money`: whole units of the company's currency.
    """

    name: str
    title: str
    kind: str
    group: str
    choices: tuple[str, ...] = ()
    money: bool = False


_TONES = ("positive", "neutral", "negative", "mixed")
FIELDS: Mapping[str, Field] = {
    one.name: one
    for one in (
        Field("score", "the score", "number", "Answer"),
        Field("group", "the group", "text", "Answer", ("promoter", "passive", "detractor")),
        Field("commented", "there is a comment", "flag", "Answer"),
        Field("survey", "the survey", "text", "Answer"),
        Field("touchpoint", "the touchpoint", "text", "Answer"),
        Field("channel", "the channel", "text", "Answer"),
        Field("language", "the language", "text", "Answer"),
        Field("tags", "the tags", "list", "Answer"),
        Field("may_contact", "they may be contacted", "flag", "Answer"),
        Field("themes", "the themes", "list", "Comment"),
        Field("sentiment", "the sentiment", "text", "Comment", _TONES),
        Field("previous_score", "their score before", "number", "History"),
        Field("change", "the change since their score before", "number", "History"),
        Field("answers", "the number of their answers", "number", "History"),
        Field("account", "the account's name", "text", "Account"),
        Field("monthly", "what the account pays a month", "number", "Account", money=True),
        Field("renews_in", "days until the account renews", "number", "Account"),
        Field("open_cases", "the number of open cases of the account", "number", "Account"),
        Field("contact", "the contact is known", "flag", "Contact"),
        Field("country", "the country", "text", "Contact"),
        Field("ticket_category", "the ticket's category", "text", "Ticket"),
        Field("ticket_priority", "the ticket's priority", "text", "Ticket"),
        Field("ticket_team", "the ticket's team", "text", "Ticket"),
        Field("sla_breached", "the ticket's SLA was breached", "flag", "Ticket"),
        Field("reopens", "how often the ticket was reopened", "number", "Ticket"),
        Field("case_reason", "the case's reason", "text", "Case"),
        Field("case_priority", "the case's priority", "text", "Case", PRIORITIES),
        Field("case_state", "the case's state", "text", "Case", ("open", "working", "waiting", "closed")),
        Field("case_team", "the case's team", "text", "Case"),
        Field("case_owner", "the case's owner (e-mail)", "text", "Case"),
        Field("case_outcome", "the case's outcome", "text", "Case", tuple(OUTCOMES)),
        Field("case_cause", "the case's root cause", "text", "Case"),
    )
}
ATTRIBUTE = "attribute."
"""attribute.plan is what the answer froze of the attribute `plan`."""
READ_FROM_COMMENT = frozenset({"themes", "sentiment"})

OPERATORS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "is": ("is", ("number", "text", "flag")),
    "is_not": ("is not", ("number", "text")),
    "at_most": ("is at most", ("number",)),
    "at_least": ("is at least", ("number",)),
    "one_of": ("is one of", ("number", "text")),
    "has": ("have", ("list",)),
    "has_not": ("do not have", ("list",)),
    "contains": ("contains", ("text",)),
    "known": ("is known", ("number", "text")),
    "unknown": ("is not known", ("number", "text")),
}
"""In words, and of which kinds of fields each can be asked."""
WITHOUT_VALUE = frozenset({"known", "unknown"})


def field_of(name: str) -> Field | None:
    """The field of that name; attributes are those that the company has, asked as texts."""
    if name.startswith(ATTRIBUTE):
        slug = name.removeprefix(ATTRIBUTE)
        if not re.fullmatch(r"[A-Za-z](?!.*__)[A-Za-z0-9_-]{0,59}", slug) or slug.endswith("_"):
            return None
        return Field(name, f"the attribute {slug}", "text", "Attributes")
    return FIELDS.get(name)


# --- does it hold


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition: whether it held, and the value that was found."""

    condition: Condition
    held: bool
    found: Any

    @property
    def is_money(self) -> bool:
        return _is_money(self.condition)

    def says(self, *, currency: str = "", paid: str = "") -> str:
        """In words. `currency`: of the company, for amounts; `paid`: what they pay in others, if it was converted."""
        found = field_of(self.condition.field)
        flag = found is not None and found.kind == "flag"
        if flag and self.found is not None:
            found_in_words = "yes" if self.found else "no"
        else:
            found_in_words = in_words(self.found, currency=currency if self.is_money else "")
        more = f": they pay {paid}" if paid else ""
        asked = says_condition(self.condition, currency=currency)
        return f"{'Yes' if self.held else 'No'}: {asked} (it is {found_in_words}{more})"


def holds(group: Group, facts: Mapping[str, Any]) -> tuple[bool, tuple[Verdict, ...]]:
    """Does the group hold for these facts, and what of each condition? What is not known holds for nothing but
    `unknown`, `is not` and `do not have`.
    """
    verdicts: list[Verdict] = []

    def judge(one: Group) -> bool:
        found = []
        for item in one.items:
            if isinstance(item, Group):
                found.append(judge(item))
            else:
                found.append(met(item, facts.get(item.field)))
                verdicts.append(Verdict(item, found[-1], facts.get(item.field)))
        return all(found) if one.every or not found else any(found)

    return judge(group), tuple(verdicts)


def test_of(group: Group) -> Callable[[Mapping[str, Any]], bool]:
    """Whether the group holds, without saying why: made once, asked of the `plain_facts` of many."""
    tests = [_test_of(item) for item in group.items]
    if not tests:
        return lambda facts: True
    if group.every:
        return lambda facts: all(test(facts) for test in tests)
    return lambda facts: any(test(facts) for test in tests)


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as `test_of` compares them: texts without regard to case."""
    return {name: _plain(fact) for name, fact in facts.items()}


def _test_of(item: Condition | Group) -> Callable[[Mapping[str, Any]], bool]:
    if isinstance(item, Group):
        return test_of(item)
    field, operator, value = item.field, item.operator, _plain(item.value)
    return lambda facts: _met(operator, value, facts.get(field))


def met(condition: Condition, fact: Any) -> bool:
    """One condition against what was found; texts are compared without regard to case."""
    return _met(condition.operator, _plain(condition.value), _plain(fact))


def _met(operator: str, value: Any, fact: Any) -> bool:
    if operator in ("has", "has_not"):
        return (value in (fact or ())) == (operator == "has")
    if fact is None or fact == "":
        return operator in ("unknown", "is_not")
    if operator == "known":
        return True
    if operator == "unknown":
        return False
    if operator == "is":
        return bool(fact == value)
    if operator == "is_not":
        return bool(fact != value)
    if operator == "one_of":
        return fact in value
    if operator == "contains":
        return str(value) in str(fact)
    return bool(fact <= value if operator == "at_most" else fact >= value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().lower()
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(_plain(one) for one in value)
    return value


# --- may it fire


@dataclass(frozen=True, slots=True)
class Fired:
    """What a rule did lately: in the last hour, the last 24, and for this customer in the days of its limit."""

    hour: int = 0
    day: int = 0
    customer: int = 0


def held_back(rule: Rule, fired: Fired, *, depth: int = 0, chain: Sequence[int] = (), me: int = 0) -> str:
    """Why may it not fire now? A sentence, or nothing. `chain` are the rules that this follows from, `depth` how many.

    A rule is never fired by what it did itself, through others or not.
    """
    limits = rule.limits
    if me in chain:
        return "It follows from what this rule did itself."
    if depth >= DEEPEST:
        return f"{DEEPEST} rules have followed from each other already."
    if limits.per and fired.customer >= limits.times:
        return f"{_times(limits.times)} for the same {limits.per} in {_days(limits.days)} is all that its limit allows."
    if limits.per_day is not None and fired.day >= limits.per_day:
        return f"{_times(limits.per_day)} in a day is all that its limit allows."
    return ""


def is_storm(rule: Rule, fired: Fired) -> bool:
    """Is it time to pause the rule, because it fires more often than anybody meant?"""
    return fired.hour >= rule.limits.per_hour


def would_fire(limits: Limits, matches: Sequence[tuple[datetime, int | None, int | None]]) -> list[int]:
    """Which of these (when, account, contact; in order of time) its limits would have let through, by their places.

    The storm guard is left out: it stops a rule that nobody looked at first.
    """
    through: list[int] = []
    last: dict[int, list[datetime]] = {}
    window, day = timedelta(days=limits.days), timedelta(days=1)
    recent: list[datetime] = []
    for place, (at, account, contact) in enumerate(matches):
        whose = account if limits.per == "account" else contact if limits.per == "contact" else None
        if whose is not None:
            mine = [one for one in last.get(whose, ()) if at - one < window]
            if len(mine) >= limits.times:
                continue
        if limits.per_day is not None:
            recent = [one for one in recent if at - one < day]
            if len(recent) >= limits.per_day:
                continue
            recent.append(at)
        if whose is not None:
            last[whose] = [*mine, at]
        through.append(place)
    return through


# --- in words


def says(rule: Rule, *, currency: str = "") -> str:
    """The whole rule as one paragraph. `currency`: of the company, for amounts."""
    when = f"When {EVENTS.get(rule.event, rule.event)}"
    condition = says_group(rule.when, currency=currency)
    then = says_steps(rule.steps, currency=currency) or "do nothing"
    return f"{when}{f' and {condition}' if condition else ''}: {then}.{_says_limits(rule.limits)}"


def says_group(group: Group, *, currency: str = "") -> str:
    joint = " and " if group.every else " or "
    parts = [
        f"({says_group(one, currency=currency)})" if isinstance(one, Group) else says_condition(one, currency=currency)
        for one in group.items
    ]
    return joint.join(parts)


def says_condition(one: Condition, *, currency: str = "") -> str:
    found = field_of(one.field)
    title = found.title if found else one.field
    if found and found.kind == "flag":
        return title if one.value else f"not: {title}"
    words = OPERATORS[one.operator][0] if one.operator in OPERATORS else one.operator
    if one.operator in WITHOUT_VALUE:
        return f"{title} {words}"
    return f"{title} {words} {in_words(one.value, currency=currency if _is_money(one) else '')}"


def says_steps(steps: Sequence[Step], *, currency: str = "") -> str:
    return ", then ".join(_says_step(step, currency) for step in steps)


def in_words(value: Any, *, currency: str = "") -> str:
    """A value as a person reads it; `currency`: of an amount of money, in whole units."""
    if value is None or value == "" or value == ():
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(in_words(one, currency=currency) for one in value)
    if currency and isinstance(value, (int, float)):
        return f"{currency}\u00a0{value:,}".removesuffix(".0")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _is_money(one: Condition) -> bool:
    field = field_of(one.field)
    return field is not None and field.money


def _says_step(step: Step, currency: str) -> str:
    if isinstance(step, Wait):
        return f"wait {step.hours:g} {'hour' if step.hours == 1 else 'hours'}"
    if isinstance(step, Branch):
        then = says_steps(step.then, currency=currency) or "nothing"
        other = f", else {says_steps(step.otherwise, currency=currency)}" if step.otherwise else ""
        return f"if {says_group(step.when, currency=currency)}: {then}{other}"
    named = ", ".join(value for _, value in step.settings if value)
    return step.do.replace("_", " ") + (f" ({named})" if named else "")


def _says_limits(limits: Limits) -> str:
    said = ""
    if limits.per:
        said += f" At most {_times(limits.times)} for each {limits.per} in {_days(limits.days)}."
    if limits.per_day is not None:
        said += f" At most {_times(limits.per_day)} a day."
    return said


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _days(number: int) -> str:
    return "a day" if number == 1 else f"{number} days"


def acts(steps: Sequence[Step]) -> list[Act]:
    """Every act of these steps, those of both branches too."""
    found: list[Act] = []
    for step in steps:
        if isinstance(step, Act):
            found.append(step)
        elif isinstance(step, Branch):
            found += acts(step.then) + acts(step.otherwise)
    return found
