"""The fields of the plan's form: what each is called, what it means, and what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from nineplus.model.survey import Plan

SPARE = 3
FLAGS = ("hold_open_ticket", "hold_open_case", "needs_consent", "skip_holidays")
_POLICY = (
    "contact_gap_days",
    "survey_gap_days",
    "contact_cap",
    "account_cap",
    "account_cap_days",
    "daily_cap",
    "after_answer_days",
    "after_decline_days",
    "minimum_age_days",
    "quiet_from",
    "quiet_to",
)
_TRIGGER = ("kind", "delay_hours", "days_before", "attribute", "event", "period_days")


@dataclass(frozen=True, slots=True)
class Field:
    """One field as the form has it; `fault` is why it could not be taken."""

    name: str
    label: str
    help: str = ""
    type: str = "number"  # number, decimal, text, time
    value: str = ""
    fault: str = ""


FIELDS: Mapping[str, Field] = {
    one.name: one
    for one in (
        Field("delay_hours", "Hours to wait", "24 leaves the customer a day to see whether it holds.", "decimal"),
        Field("days_before", "Days before the renewal", "90 leave time to put things right."),
        Field("attribute", "Which day"),
        Field("event", "Name of the event", "As the program sends it: small letters, digits and _.", "text"),
        Field(
            "period_days", "Days in the period", "91 are a quarter. Each day an equal part of the contacts is asked."
        ),
        Field(
            "reminders_days",
            "Reminders, so many days later",
            "Only to who stayed silent. “4, 10” are two of them; empty: none.",
            "text",
        ),
        Field("open_days", "Days in which a link takes answers", "Afterwards it says so politely."),
        Field("contact_gap_days", "Days between two surveys", "To one contact, whatever the survey."),
        Field("survey_gap_days", "Days until this survey again", "To one contact."),
        Field("contact_cap", "Most in a year", "Surveys to one contact. Empty: no limit."),
        Field("account_cap", "Most to one company", "All its contacts together. Empty: no limit."),
        Field("account_cap_days", "… within so many days", "30: the company's limit holds for any 30 days."),
        Field("daily_cap", "Most a day", "Of this survey; the rest wait. Empty: no limit."),
        Field("after_answer_days", "Days of rest after an answer", "Who has just told you is left in peace."),
        Field("after_decline_days", "Days of rest after “not now”", "0: no rest."),
        Field("share", "Per cent of those due", "Drawn by chance. 100: everybody."),
        Field("quiet_to", "Not before", "", "time"),
        Field("quiet_from", "Not after", "", "time"),
        Field("minimum_age_days", "Days known at least", "Newcomers have nothing to tell yet. 0: no matter."),
        Field("weekdays", "Weekdays"),
    )
}


def shown(plan: Plan, *, given: QueryDict | None = None, faults: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Everything the form shows: of the plan, or what was `given` and refused for its `faults`, so nothing is lost."""
    values = _given(given) if given is not None else _kept(plan)
    faults = faults or {}
    fields = {
        name: Field(one.name, one.label, one.help, one.type, str(values["fields"].get(name, "")), faults.get(name, ""))
        for name, one in FIELDS.items()
    }
    rows = [
        {**row, "n": n, "place": str(n), "fault": faults.get(f"if_values_{n}", "")}
        for n, row in enumerate([*values["conditions"], *({} for _ in range(SPARE))], 1)
    ]
    goals = [
        {**row, "n": n, "place": str(n), "fault": faults.get(f"goal_{n}", "")}
        for n, row in enumerate([*values["goals"], *({} for _ in range(SPARE))], 1)
    ]
    return {**values, "f": fields, "conditions": rows, "goals": goals}


def places(given: QueryDict) -> list[str]:
    """Every place of the form at which a fault may stand."""
    rows = [f"if_values_{n}" for n in given.getlist("if")]
    return [*FIELDS, *rows, *(f"goal_{n}" for n in range(1, len(given.getlist("goal_attribute")) + 1))]


def _kept(plan: Plan) -> dict[str, Any]:
    policy, trigger = plan.policy, plan.trigger
    numbers = {name: getattr(policy, name) for name in _POLICY} | {name: getattr(trigger, name) for name in _TRIGGER}
    fields = {
        name: "" if value is None else f"{value:g}" if isinstance(value, float) else value
        for name, value in numbers.items()
    }
    fields |= {
        "open_days": plan.open_days,
        "reminders_days": ", ".join(str(days) for days in plan.reminders_days),
        "share": f"{round(policy.share * 100, 2):g}",
    }
    return {
        "fields": fields,
        "kind": trigger.kind,
        "flags": {name for name in FLAGS if getattr(policy, name)},
        "weekdays": set(policy.weekdays),
        "channels": plan.channels,
        "conditions": [{"attribute": one.attribute, "op": one.op, "values": list(one.values)} for one in plan.audience],
        "goals": [
            {"attribute": one.attribute, "value": one.value, "answers": one.answers, "days": one.days}
            for one in plan.goals
        ],
    }


def _given(given: QueryDict) -> dict[str, Any]:
    lists = (given.getlist(f"goal_{part}") for part in ("attribute", "value", "answers", "days"))
    return {
        "fields": {name: given.get(name, "") for name in FIELDS},
        "kind": given.get("kind", "manual"),
        "flags": {name for name in FLAGS if name in given},
        "weekdays": {int(day) for day in given.getlist("weekdays") if day.isdecimal()},
        "channels": tuple(given.getlist("channels")),
        "conditions": [row for row in conditions(given) if row["attribute"]],
        "goals": [
            {"attribute": attribute, "value": value, "answers": answers, "days": days}
            for attribute, value, answers, days in zip(*lists, strict=False)
            if attribute
        ],
    }


def conditions(given: QueryDict) -> list[dict[str, Any]]:
    """The rows of conditions. Values that were chosen of another attribute than now stands there are left out."""
    rows = []
    for n in given.getlist("if"):
        attribute = given.get(f"if_attribute_{n}", "")
        same = given.get(f"if_of_{n}", attribute) == attribute
        written = [value.strip() for value in given.get(f"if_values_{n}", "").split(",") if value.strip()]
        values = list(dict.fromkeys([*given.getlist(f"if_value_{n}"), *written])) if same else []
        rows.append({"n": n, "attribute": attribute, "op": given.get(f"if_op_{n}", "is"), "values": values})
    return rows
