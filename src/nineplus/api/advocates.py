"""/api/advocates: who speaks for us, what they did and brought, points and rewards."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router, Status

from nineplus.api import advocates_shapes as shapes
from nineplus.api.door import IDEMPOTENT, Key, again, asker
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import BODY_ERRORS, ERRORS, Problem
from nineplus.stages.act.advocates import acts, leads, ledger, reading, rewards
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


def _act(pk: int) -> shapes.OneAct:
    return shapes.OneAct.of(acts.one(pk))


def _colleague(address: str) -> User | None:
    if not address:
        return None
    user = User.objects.filter(email__iexact=address.strip(), is_active=True).first()
    if user is None:
        raise NotPossible("There is no colleague of this address.")
    return user
