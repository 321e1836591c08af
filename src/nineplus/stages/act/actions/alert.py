"""Tell colleagues within nineplus, each in the way they chose: in the browser, and by e-mail if they want it."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.actions import _saying
from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import User
from nineplus.store.models.govern import Role


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    told = tell(
        kind="rule",
        subject=doing.key,
        period="",
        title=f"{settings.get('text') or doing.rule}: {_saying.sentence(doing)}",
        path=_saying.path(doing) or f"/loop/rules/{doing.run.workflow_id}/",
        whom=_whom(doing, settings.get("to", "").strip()),
        account=doing.account.pk if doing.account is not None else None,
        contact=doing.contact.pk if doing.contact is not None else None,
        now=doing.now,
    )
    people = "1 colleague" if told == 1 else f"{told} colleagues"
    return Did(f"{people} told." if told else "Nobody wants to be told of this.")


def _whom(doing: Doing, address: str) -> set[int]:
    if address:
        user = User.objects.filter(email__iexact=address, is_active=True).values_list("pk", flat=True).first()
        if user is None:
            raise NotPossible("The colleague is not there any more.")
        return {user}
    owner = doing.account.owner.email if doing.account is not None and doing.account.owner else ""
    mine = User.objects.filter(email__iexact=owner, is_active=True) if owner else User.objects.none()
    near = set(mine.values_list("pk", flat=True))
    if doing.case is not None and doing.case.owner_id:
        near.add(doing.case.owner_id)
    return near or set(User.objects.filter(role=Role.OWNER, is_active=True).values_list("pk", flat=True))


ACTION = Action(
    name="alert",
    title="Alert colleagues",
    fields=(
        Field("to", "Colleague's e-mail", "Empty: who looks after the customer, else the owners.", required=False),
        Field("text", "First words", required=False),
    ),
    run=run,
)
