"""Tell colleagues within nineplus, each in the way they chose: in the browser, and by e-mail if they want it."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, Field
from nineplus.stages.act.actions import _saying
from nineplus.stages.act.alerts import whom
from nineplus.stages.act.alerts.telling import tell
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.errors import NotPossible
from nineplus.store.models import User


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    told_whom = _whom(doing, settings.get("to", "").strip())
    words = settings.get("text") or doing.rule
    told = tell(
        kind="rule",
        subject=doing.key,
        period="",
        title=f"{words}: {_saying.sentence(doing)}",
        plain=words,
        path=_saying.path(doing) or f"/loop/rules/{doing.run.workflow_id}/",
        whom=told_whom,
        account=doing.account.pk if doing.account is not None else None,
        contact=doing.contact.pk if doing.contact is not None else None,
        now=doing.now,
    )
    if not told:
        return Did("Nobody wants to be told of this.")
    people = "1 colleague" if told == 1 else f"{told} colleagues"
    return Did(f"{people} told." if whom.knowing(told_whom) else f"{people} told, {_saying.WITHOUT_NAMES}")


def _whom(doing: Doing, address: str) -> set[int]:
    if address:
        user = User.objects.filter(email__iexact=address, is_active=True).values_list("pk", flat=True).first()
        if user is None:
            raise NotPossible("The colleague is not there any more.")
        return {user}
    near = whom.who_looks_after(doing.account)
    if doing.case is not None and doing.case.owner_id:
        near |= whom.knowing([doing.case.owner_id])
    return near or whom.company_owners()


ACTION = Action(
    name="alert",
    title="Alert colleagues",
    fields=(
        Field("to", "Colleague's e-mail", "Empty: who looks after the customer, else the owners.", required=False),
        Field("text", "First words", required=False),
    ),
    run=run,
)
