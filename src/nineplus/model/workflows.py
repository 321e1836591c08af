"""Rules of a company: when this happens, if that holds, then these steps. Frozen values; one version is one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None

EVENTS: Mapping[str, str] = {
    "response.scored": "an answer comes in",
    "response.changed": "an answer is changed",
    "case.opened": "a case is opened, also again",
    "case.overdue": "a case is overdue",
    "case.closed": "a case is closed",
    "ticket.breached": "a ticket breaches its SLA",
    "ticket.reopened": "a ticket is opened again",
    "ticket.escalated": "a ticket is escalated",
    "money.contracted": "an account pays less",
    "money.churned": "an account leaves",
    "customer.silent": "a customer who was asked stays silent",
}
"""What a rule can wait for, in words after "When"."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold. `operator` is of rules.workflows.OPERATORS; `value` is None where none is needed."""

    field: str
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all must hold, or any (`every` False); groups lie one level deep. An empty one holds."""

    items: tuple[Condition | Group, ...] = ()
    every: bool = True

    def conditions(self) -> Iterator[Condition]:
        for item in self.items:
            if isinstance(item, Group):
                yield from item.conditions()
            else:
                yield item


@dataclass(frozen=True, slots=True)
class Act:
    """Something is done: the plug of that name, with its settings."""

    do: str
    settings: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        return dict(self.settings).get(name, "")


@dataclass(frozen=True, slots=True)
class Wait:
    """So many hours go by before the next step."""

    hours: float


@dataclass(frozen=True, slots=True)
class Branch:
    """The one steps or the other, by what holds when it comes to that."""

    when: Group
    then: tuple[Step, ...] = ()
    otherwise: tuple[Step, ...] = ()


Step = Act | Wait | Branch


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a rule may fire. `times` in `days` for each account (`per`: account, contact or nobody: no limit);
    `per_day` in any 24 hours; more than `per_hour` in one is a storm: the rule is paused and people are told.
    """

    per: str = ""
    times: int = 1
    days: int = 30
    per_day: int | None = None
    per_hour: int = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """When `event`, if `when` holds, then `steps`, as often as `limits` allow."""

    name: str
    event: str
    when: Group = field(default_factory=Group)
    steps: tuple[Step, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def fields(self) -> frozenset[str]:
        """Every field that it asks for, also in its branches."""

        def asked(steps: tuple[Step, ...]) -> Iterator[str]:
            for step in steps:
                if isinstance(step, Branch):
                    yield from (one.field for one in step.when.conditions())
                    yield from asked(step.then + step.otherwise)

        return frozenset([*(one.field for one in self.when.conditions()), *asked(self.steps)])
