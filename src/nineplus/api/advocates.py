"""/api/advocates: programmes, who helps in them, what they did and brought, points, rewards and their budgets."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router, Status

from nineplus.api import advocates_shapes as shapes
from nineplus.api.door import IDEMPOTENT, Key, again, asker
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.act.advocates import (
    acts,
    asking,
    budgets,
    conversion,
    leads,
    ledger,
    limits,
    programmes,
    reading,
    rewards,
)
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.once import once
from nineplus.store.models import Act, Redemption, Reward, User

router = Router(tags=["Advocates"], auth=Key("advocates:read"))
_WRITES = Key("advocates:write")
_KEEPS = Key("programmes:write")
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Some = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
_ACTS: dict[int, Any] = {**BODY_ERRORS, 404: Problem, 409: Problem}


@router.get("", response={200: shapes.Advocates, **ERRORS}, summary="Who speaks for us")
def every(
    request: HttpRequest, response: HttpResponse, cursor: str = CURSOR, limit: int = LIMIT, account: _Some = None
) -> shapes.Advocates:
    rows = reading.everybody()
    if account:
        rows = rows.filter(contact__account=account)
    found, older = newest_first(rows, cursor=cursor, limit=limit)
    items = [shapes.OneAdvocate.of(one) for one in reading.profiles(found)]
    return shapes.Advocates(items=items, next=follow(request, response, older))


# -- programmes ----------------------------------------------------------------------------------------------------


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


# -- acts ----------------------------------------------------------------------------------------------------------


@router.get("/acts", response={200: shapes.Acts, **ERRORS}, summary="What they were asked, and did")
def some_acts(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = CURSOR,
    limit: int = LIMIT,
    programme: _Some = None,
    account: _Some = None,
    contact: _Some = None,
    stage: shapes.AnyStage | None = None,
    owner: Annotated[str, Query(max_length=320, pattern=r"^[^\x00]*$", description="- for nobody's.")] = "",
) -> shapes.Acts:
    wanted = {"programme": programme, "account": account, "contact": contact, "stage": stage}
    rows = Act.objects.select_related("owner").filter(**{name: value for name, value in wanted.items() if value})
    if owner:
        rows = rows.filter(owner=None) if owner == "-" else rows.filter(owner__email__iexact=owner)
    found, older = newest_first(rows, cursor=cursor, limit=limit)
    return shapes.Acts(items=[shapes.OneAct.of(row) for row in found], next=follow(request, response, older))


@router.post("/acts", auth=_WRITES, response={201: shapes.OneAct, 200: shapes.OneAct, **_ACTS}, summary="Note an act")
def begin(request: HttpRequest, given: shapes.NewAct, idempotency_key: str = IDEMPOTENT) -> Status:
    """By hand: no letter is written. 409: it is open already, they want no part, or their quarter is full."""
    now, by = timezone.now(), asker(request).created_by

    def work() -> dict[str, Any]:
        made = acts.begin(
            given.programme,
            contact=given.contact,
            stage=given.stage,
            note=given.note,
            owner=_colleague(given.owner),
            by=by,
            now=now,
        )
        return {"act": made.pk}

    result, fresh = once(again(request, idempotency_key), work, now=now)
    return Status(201 if fresh else 200, _act(result["act"]))


@router.get("/acts/{id}", response={200: shapes.OneAct, **ERRORS, 404: Problem}, summary="One act")
def one_act(request: HttpRequest, id: _Id) -> shapes.OneAct:
    return _act(id)


@router.post("/acts/{id}/move", auth=_WRITES, response={200: shapes.OneAct, **_ACTS}, summary="Into another stage")
def move(request: HttpRequest, id: _Id, given: shapes.ActMoved, idempotency_key: str = IDEMPOTENT) -> shapes.OneAct:
    """Done brings the programme's points, once."""
    now, by = timezone.now(), asker(request).created_by

    def work() -> dict[str, Any]:
        acts.move(id, stage=given.stage, note=given.note, by=by, now=now)
        if given.value_minor is not None:
            acts.worth(id, value_minor=given.value_minor, currency=given.currency, now=now)
        return {}

    once(again(request, idempotency_key), work, now=now)
    return _act(id)


@router.post("/acts/{id}/owner", auth=_WRITES, response={200: shapes.OneAct, **_ACTS}, summary="Give it to somebody")
def give_to(request: HttpRequest, id: _Id, given: shapes.ActGiven) -> shapes.OneAct:
    acts.give_to(id, owner=_colleague(given.to), by=asker(request).created_by, now=timezone.now())
    return _act(id)


# -- referrals, points, rewards --------------------------------------------------------------------------------------


@router.get("/referrals", response={200: shapes.Referrals, **ERRORS}, summary="Whom they referred")
def referrals(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = CURSOR,
    limit: int = LIMIT,
    state: shapes.State | None = None,
) -> shapes.Referrals:
    rows = reading.referrals()
    found, older = newest_first(rows.filter(state=state) if state else rows, cursor=cursor, limit=limit)
    items = [shapes.OneReferral.of(row) for row in found]
    return shapes.Referrals(items=items, next=follow(request, response, older))


@router.post(
    "/referrals/{id}/settle", auth=_WRITES, response={200: shapes.OneReferral, **_ACTS}, summary="What came of it"
)
def settle_referral(
    request: HttpRequest, id: _Id, given: shapes.ReferralSettled, idempotency_key: str = IDEMPOTENT
) -> shapes.OneReferral:
    now, by = timezone.now(), asker(request).created_by
    money = {"value_minor": given.value_minor, "currency": given.currency} if given.won else {}

    def work() -> dict[str, Any]:
        return {"lead": leads.settle(id, won=given.won, by=by, now=now, **money).pk}

    once(again(request, idempotency_key), work, now=now)
    return shapes.OneReferral.of(reading.referrals().get(pk=id))


@router.get("/rewards", response={200: shapes.Rewards, **ERRORS}, summary="What points buy")
def all_rewards(request: HttpRequest) -> shapes.Rewards:
    return shapes.Rewards(items=[shapes.OneReward.of(row) for row in Reward.objects.order_by("name")])


@router.post(
    "/rewards", auth=_KEEPS, response={201: shapes.OneReward, 200: shapes.OneReward, **_ACTS}, summary="Offer a reward"
)
def offer(request: HttpRequest, given: shapes.NewReward, idempotency_key: str = IDEMPOTENT) -> Status:
    def work() -> dict[str, Any]:
        return {"reward": rewards.offer(**given.model_dump()).pk}

    result, fresh = once(again(request, idempotency_key), work, now=timezone.now())
    return Status(201 if fresh else 200, shapes.OneReward.of(Reward.objects.get(pk=result["reward"])))


@router.get("/redemptions", response={200: shapes.Redemptions, **ERRORS}, summary="Who asked for a reward")
def redemptions(
    request: HttpRequest,
    response: HttpResponse,
    cursor: str = CURSOR,
    limit: int = LIMIT,
    state: shapes.RewardState | None = None,
) -> shapes.Redemptions:
    rows = Redemption.objects.filter(state=state) if state else Redemption.objects.all()
    found, older = newest_first(rows, cursor=cursor, limit=limit)
    items = [shapes.OneRedemption.of(row) for row in found]
    return shapes.Redemptions(items=items, next=follow(request, response, older))


@router.post(
    "/redemptions/{id}/settle", auth=_KEEPS, response={200: shapes.OneRedemption, **_ACTS}, summary="Give or refuse"
)
def settle_redemption(
    request: HttpRequest, id: _Id, given: shapes.RewardDecided, idempotency_key: str = IDEMPOTENT
) -> shapes.OneRedemption:
    """Refused: points and budget are given back."""
    now, by = timezone.now(), asker(request).created_by

    def work() -> dict[str, Any]:
        return {"row": rewards.settle(id, give=given.give, why=given.why, code=given.code, by=by, now=now).pk}

    once(again(request, idempotency_key), work, now=now)
    return shapes.OneRedemption.of(Redemption.objects.get(pk=id))


@router.get("/{id}", response={200: shapes.OneAdvocate, **ERRORS, 404: Problem}, summary="One advocate")
def one(request: HttpRequest, id: _Id) -> shapes.OneAdvocate:
    return shapes.OneAdvocate.of(reading.one(id))


@router.get("/{id}/ledger", response={200: shapes.PointsLedger, **ERRORS, 404: Problem}, summary="Their points")
def points(
    request: HttpRequest, response: HttpResponse, id: _Id, cursor: str = CURSOR, limit: int = LIMIT
) -> shapes.PointsLedger:
    of = reading.one(id).advocate
    found, older = newest_first(ledger.lines(of), cursor=cursor, limit=limit)
    items = [shapes.PointsLine.of(row) for row in found]
    return shapes.PointsLedger(points=ledger.balance(of), items=items, next=follow(request, response, older))


def _programme(pk: int) -> shapes.OneProgramme:
    row = programmes.one(pk)
    return shapes.OneProgramme.of(programmes.standing(row), budgets.budget(row, now=timezone.now()))


def _act(pk: int) -> shapes.OneAct:
    return shapes.OneAct.of(acts.one(pk))


def _colleague(address: str) -> User | None:
    if not address:
        return None
    user = User.objects.filter(email__iexact=address.strip(), is_active=True).first()
    if user is None:
        raise NotPossible("There is no colleague of this address.")
    return user
