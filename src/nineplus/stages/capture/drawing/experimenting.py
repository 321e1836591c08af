"""Experiments are drawn up, begun and ended. What they show is told by `experiments`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from nineplus.model.faults import sentence
from nineplus.model.survey import Texts
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import CodePool, Experiment, Survey
from nineplus.store.models.asking import ExperimentKind

_LONGEST_ARM = 60
_MOST_ARMS = 6


def create(survey: Survey, *, name: str, kind: str, arms: Sequence[Mapping[str, Any]], now: datetime) -> Experiment:
    """Draw one up. The first arm is what the others are compared with. Raises NotPossible with what will not do."""
    if not name.strip() or len(name.strip()) > 200:
        raise NotPossible("An experiment needs a name of at most 200 characters.")
    if kind not in ExperimentKind.values:
        raise NotPossible(f"There is no experiment with {kind!r}. There are: {', '.join(ExperimentKind.values)}.")
    if not 2 <= len(arms) <= _MOST_ARMS:
        raise NotPossible(f"An experiment compares from 2 to {_MOST_ARMS} arms.")
    names = [str(arm.get("name", "")).strip() for arm in arms]
    if len(set(names)) < len(names) or not all(0 < len(one) <= _LONGEST_ARM for one in names):
        raise NotPossible(f"Each arm needs a name of its own, of at most {_LONGEST_ARM} characters.")
    names = _unused(names, survey=survey)
    kept = [
        {"name": one, "share": _share(arm.get("share")), "change": _change(kind, arm.get("change") or {})}
        for one, arm in zip(names, arms, strict=True)
    ]
    return Experiment.objects.create(
        survey=survey, name=name.strip(), kind=kind, arms=kept, seed=secrets.token_hex(8), created_at=now
    )


def find(pk: int) -> Experiment:
    """That experiment. Raises NotFound."""
    found = Experiment.objects.select_related("survey").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such experiment.")
    return found


def start(experiment: Experiment, *, now: datetime) -> None:
    """From now on accounts are asked by their arm. One at a time in a survey: two would mix their arms."""
    try:
        with transaction.atomic():
            if not Experiment.objects.filter(pk=experiment.pk, started_at=None).update(started_at=now):
                raise Conflict("It has begun already.")
    except IntegrityError:
        raise Conflict("Another experiment of this survey runs. End it first.") from None


def end(experiment: Experiment, *, now: datetime) -> None:
    """From now on everybody is asked as the survey says. What it showed stays."""
    if not Experiment.objects.filter(pk=experiment.pk, started_at__isnull=False, ended_at=None).update(ended_at=now):
        raise Conflict("It does not run.")


def remove(experiment: Experiment, *, now: datetime) -> None:
    """Take away one that never began; one that did is kept with what it showed."""
    if not Experiment.objects.filter(pk=experiment.pk, started_at=None).delete()[0]:
        raise Conflict("It has begun: what it showed is kept.")


def _unused(names: Sequence[str], *, survey: Survey) -> list[str]:
    """The names with a number after them when an earlier experiment of the survey had them.

    An invitation knows its arm by name: with one name for two, the words of one would be read by the other's accounts.
    """
    others = Experiment.objects.filter(survey=survey).values_list("arms", flat=True)
    used = {arm["name"] for arms in others for arm in arms}
    for number in range(1, 1000):
        ending = f" {number}" if number > 1 else ""
        fresh = [name[: _LONGEST_ARM - len(ending)] + ending for name in names]
        if not used & set(fresh) and len(set(fresh)) == len(fresh):
            return fresh
    raise NotPossible("Earlier experiments of this survey had arms of these names. Choose others.")


def _share(given: Any) -> float:
    try:
        share = float(given)
    except (TypeError, ValueError):
        raise NotPossible("The share of an arm is a number.") from None
    if not 0 < share <= 100:
        raise NotPossible("The share of an arm is above 0 and at most 100.")
    return share


def _change(kind: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """What the arm replaces, checked: a wrong one would be found out by customers."""
    if not change:
        return {}
    if kind in (ExperimentKind.SUBJECT, ExperimentKind.WORDING):
        allowed = {"subject"} if kind == ExperimentKind.SUBJECT else {"question", "low", "high", "intro", "follow_up"}
        texts = change.get("texts") or {}
        try:
            read = {code: Texts.model_validate(words) for code, words in texts.items()}
        except ValidationError as problem:
            fault: Any = problem.errors()[0]
            raise NotPossible(
                f"The other words cannot be used: {sentence(fault, field=str(fault['loc'][-1]))}"
            ) from None
        if strange := {part for words in read.values() for part in words.model_fields_set} - allowed:
            raise NotPossible(
                f"This experiment changes {', '.join(sorted(allowed))}, not {', '.join(sorted(strange))}."
            )
        return {"texts": {code: words.model_dump(exclude_unset=True) for code, words in read.items()}}
    if kind == ExperimentKind.TIMING:
        hours = change.get("delay_hours")
        if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 <= hours <= 24 * 365:
            raise NotPossible("The other time is a number of hours, at most a year.")
        return {"delay_hours": hours}
    pool = change.get("code_pool")
    if pool is not None and not CodePool.objects.filter(pk=pool).exists():
        raise NotPossible("There is no such pool of codes.")
    return {"code_pool": pool}
