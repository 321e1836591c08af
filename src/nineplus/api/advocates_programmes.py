"""/api/advocates/programmes, limits and conversion: how customers are asked to help, within which bounds."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Status

from nineplus.api import advocates_programme_shapes as shapes
from nineplus.api.door import IDEMPOTENT, Key, again, asker
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.act.advocates import asking, budgets, conversion, limits, programmes, trying
from nineplus.stages.govern.once import once

router = Router(tags=["Advocates"], auth=Key("advocates:read"))
_KEEPS = Key("programmes:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem, 409: Problem}


@router.get("/programmes", response={200: shapes.Programmes, **ERRORS}, summary="All programmes")
def all_programmes(request: HttpRequest) -> shapes.Programmes:
    now = timezone.now()
    items = [shapes.OneProgramme.of(one, budgets.budget(one.programme, now=now)) for one in programmes.every()]
    return shapes.Programmes(items=items)


@router.post(
    "/programmes",
    auth=_KEEPS,
    response={201: shapes.OneProgramme, 200: shapes.OneProgramme, **_ACTS},
    summary="New one",
)
def draw_up(request: HttpRequest, given: shapes.NewProgramme, idempotency_key: str = IDEMPOTENT) -> Status:
    """It begins switched off: nobody is asked."""
    now, by = timezone.now(), asker(request).created_by

    def work() -> dict[str, Any]:
        return {"programme": programmes.save(given.drawn(), by=by, now=now).pk}

    result, fresh = once(again(request, idempotency_key), work, now=now)
    return Status(201 if fresh else 200, _programme(result["programme"]))


@router.get("/programmes/{id}", response={200: shapes.OneProgramme, **ERRORS, 404: Problem}, summary="One programme")
def one_programme(request: HttpRequest, id: _Id) -> shapes.OneProgramme:
    return _programme(id)


@router.put("/programmes/{id}", auth=_KEEPS, response={200: shapes.OneProgramme, **_ACTS}, summary="Change it")
def change(request: HttpRequest, id: _Id, given: shapes.NewProgramme) -> shapes.OneProgramme:
    programmes.save(given.drawn(), pk=id, by=asker(request).created_by, now=timezone.now())
    return _programme(id)


@router.post("/programmes/{id}/switch", auth=_KEEPS, response={200: shapes.OneProgramme, **_ACTS}, summary="On or off")
def switch(request: HttpRequest, id: _Id, given: shapes.InUse) -> shapes.OneProgramme:
    programmes.switch(id, on=given.on)
    return _programme(id)


@router.put(
    "/programmes/{id}/budget", auth=_KEEPS, response={200: shapes.OneProgramme, **_ACTS}, summary="Bound its rewards"
)
def budget(request: HttpRequest, id: _Id, given: shapes.NewBudget) -> shapes.OneProgramme:
    budgets.set_budget(id, budget_minor=given.budget_minor, currency=given.currency, period=given.period)
    return _programme(id)


@router.get(
    "/programmes/{id}/reach", response={200: shapes.WouldBeAsked, **ERRORS, 404: Problem}, summary="Who would be asked"
)
def reach(request: HttpRequest, id: _Id) -> shapes.WouldBeAsked:
    """Nothing is written."""
    found = asking.preview(programmes.one(id), now=timezone.now())
    return shapes.WouldBeAsked(reached=found.reached, refused=found.refused, trouble=found.trouble)


@router.post(
    "/programmes/{id}/test", auth=_KEEPS, response={200: shapes.TestSent, **_ACTS}, summary="Send the letter to oneself"
)
def test(request: HttpRequest, id: _Id, given: shapes.TestLetter) -> shapes.TestSent:
    """As the first who would be asked gets it. Its subject says that it is a test, its links keep nothing."""
    by, now = asker(request).created_by, timezone.now()
    return shapes.TestSent(to=trying.send_test(id, to=given.to, by=by, now=now).address)


@router.post(
    "/programmes/{id}/ask", auth=_KEEPS, response={202: shapes.OneProgramme, **_ACTS}, summary="Ask whoever it is for"
)
def ask(request: HttpRequest, id: _Id, idempotency_key: str = IDEMPOTENT) -> Status:
    """The worker writes the letters; nobody is asked twice, however often this is called."""
    now = timezone.now()

    def work() -> dict[str, Any]:
        asking.begin(id, now=now)
        return {}

    once(again(request, idempotency_key), work, now=now)
    return Status(202, _programme(id))


@router.get("/limits", response={200: shapes.KindLimits, **ERRORS}, summary="How much one person does in a quarter")
def all_limits(request: HttpRequest) -> shapes.KindLimits:
    return shapes.KindLimits(limits=dict(limits.limits()))


@router.put("/limits", auth=_KEEPS, response={200: shapes.KindLimits, **_ACTS}, summary="Settle that")
def set_limits(request: HttpRequest, given: shapes.KindLimits) -> shapes.KindLimits:
    """All of them: kinds that are not named have none."""
    limits.set_all(given.limits)
    return shapes.KindLimits(limits=dict(limits.limits()))


@router.get("/conversion", response={200: shapes.Conversions, **ERRORS}, summary="Promoters who became advocates")
def converted(request: HttpRequest, year: Annotated[int | None, Query(ge=1970, le=9000)] = None) -> shapes.Conversions:
    """Of those whose first answer of the year was 9 or 10, who did something for us within 90 days (UTC)."""
    return shapes.Conversions.of(conversion.conversion(year=year, now=timezone.now()))


def _programme(pk: int) -> shapes.OneProgramme:
    row = programmes.one(pk)
    return shapes.OneProgramme.of(programmes.standing(row), budgets.budget(row, now=timezone.now()))
