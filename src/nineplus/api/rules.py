"""/api/rules: what is done by itself when something happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Router, Schema, Status

from nineplus.api.door import Key, asker
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.act.rules import keeping, telling, trying

router = Router(tags=["Rules"], auth=Key("rules:read"))
_WRITES = Key("rules:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem, 409: Problem}


class OneRule(Schema):
    """A rule. `document` is what it says, as in its YAML; `says` the same in words."""

    id: int
    name: str
    on: bool
    version: int
    says: str
    document: dict[str, Any]
    tried: dict[str, Any] | None = Field(description="Its dry run; a rule is switched on only after one.")
    fault: str
    paused_because: str

    @classmethod
    def of(cls, kept: keeping.Kept) -> OneRule:
        row = kept.workflow
        return cls(
            id=row.pk,
            name=row.name,
            on=row.on,
            version=kept.version.number,
            says=kept.says,
            document=kept.version.document,
            tried=kept.version.tried,
            fault=row.fault,
            paused_because=row.paused_because,
        )


class Rules(Schema):
    """All rules by name."""

    items: list[OneRule]


class NewRule(Schema):
    """A rule as a document: when, if, then, limits."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {
                    "document": {
                        "name": "Call unhappy customers",
                        "when": "response.scored",
                        "if": {"all": [{"field": "score", "is": "at_most", "value": 6}]},
                        "then": [{"do": "open_case"}],
                    }
                }
            ]
        },
    }

    document: dict[str, Any]


class Switched(Schema):
    """On or off."""

    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"on": True}]}}

    on: bool


class DryRun(Schema):
    """What it would have done. `weeks` are (first day, how often it would have fired). `examples`: the newest answers;
    where there is none, `happened`: the newest times with the ids of account and contact."""

    of: int
    matched: int
    fired: int
    days: int
    weeks: list[tuple[str, int]]
    did: list[tuple[str, int]]
    examples: list[int]
    happened: list[tuple[datetime, int | None, int | None]] = []


class Run(Schema):
    """It fired once, or was held back."""

    about: str
    at: datetime
    state: str
    why: list[str]
    steps: list[str]


class Runs(Schema):
    """The newest first, 50 at most."""

    items: list[Run]


@router.get("", response={200: Rules, **ERRORS}, summary="All rules")
def every(request: HttpRequest) -> Rules:
    return Rules(items=[OneRule.of(one) for one in keeping.every(now=timezone.now())])


@router.get("/{id}", response={200: OneRule, **ERRORS, 404: Problem}, summary="One rule")
def one(request: HttpRequest, id: _Id) -> OneRule:
    return OneRule.of(keeping.one(id))


@router.get("/{id}/runs", response={200: Runs, **ERRORS, 404: Problem}, summary="What a rule did")
def runs(request: HttpRequest, id: _Id) -> Runs:
    found = telling.of_rule(keeping.one(id).workflow)
    return Runs(
        items=[
            Run(about=run.subject, at=run.at, state=run.state, why=run.why, steps=[s.says for s in run.steps.all()])
            for run in found
        ]
    )


@router.post("", auth=_WRITES, response={201: OneRule, **_ACTS}, summary="Make a rule")
def create(request: HttpRequest, given: NewRule) -> Status:
    """It is off until it was tried and switched on."""
    made = keeping.save(given.document, by=asker(request).created_by, now=timezone.now())
    return Status(201, OneRule.of(made))


@router.put("/{id}", auth=_WRITES, response={200: OneRule, **_ACTS}, summary="Change a rule")
def change(request: HttpRequest, id: _Id, given: NewRule) -> OneRule:
    """A new version; it is off until it was tried and switched on again."""
    return OneRule.of(keeping.save(given.document, pk=id, by=asker(request).created_by, now=timezone.now()))


@router.post("/{id}/dry-run", auth=_WRITES, response={200: DryRun, **_ACTS}, summary="Try a rule on 90 days")
def dry_run(request: HttpRequest, id: _Id) -> DryRun:
    kept = keeping.one(id)
    found = trying.dry_run(kept.rule, now=timezone.now()).to_dict()
    keeping.tried(kept.version, found)
    return DryRun(**{name: found[name] for name in DryRun.model_fields})


@router.post("/{id}/switch", auth=_WRITES, response={200: OneRule, **_ACTS}, summary="Switch a rule on or off")
def switch(request: HttpRequest, id: _Id, given: Switched) -> OneRule:
    return OneRule.of(keeping.switch(id, on=given.on, now=timezone.now()))


@router.delete("/{id}", auth=_WRITES, response={204: None, **_ACTS}, summary="Remove a rule")
def remove(request: HttpRequest, id: _Id) -> Status:
    keeping.remove(id, now=timezone.now())
    return Status(204, None)
