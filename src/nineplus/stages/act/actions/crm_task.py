"""Make a task on the customer's record in the connected systems that take tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from nineplus.plugs import Action, Field
from nineplus.stages.act.actions import _saying
from nineplus.stages.act.rules.doing import Did, Doing
from nineplus.stages.connect.syncing import back
from nineplus.stages.errors import NotPossible


def run(doing: Doing, settings: Mapping[str, str]) -> Did:
    days = int(settings.get("days") or 1)
    queued = [
        back.task(
            connection,
            key=doing.key,
            contact=doing.contact.pk if doing.contact else None,
            account=doing.account.pk if doing.account else None,
            title=settings["title"],
            text="\n".join(filter(None, (_saying.sentence(doing), _saying.address(doing)))),
            due_at=doing.now + timedelta(days=days),
            now=doing.now,
        )
        for connection in back.tasked()
    ]
    if not any(queued):
        raise NotPossible("No connected system takes tasks for this customer.")
    return Did("A task was queued for the customer's record.")


def check(settings: Mapping[str, str]) -> str:
    days = settings.get("days") or "1"
    return "" if days.isascii() and days.isdecimal() and int(days) <= 365 else "Say a number of days."


ACTION = Action(
    name="crm_task",
    title="Make a task in the CRM",
    fields=(Field("title", "Title"), Field("days", "Due in days", type="number", required=False, default="1")),
    run=run,
    check=check,
)
