"""Programmes, and customers who may be asked into them."""

from __future__ import annotations

from datetime import timedelta

from nineplus.stages.act.advocates import asking, ledger, programmes
from nineplus.stages.capture.sending import senders
from nineplus.store.models import Act, Advocate, Contact, Programme, Sender
from tests.stages.act.world import NOW, company, person

DAY = timedelta(days=1)


def programme(kind: str = "reference", **more: object) -> Programme:
    drawn = {"kind": kind, "name": kind, "subject": "A word", "text": "Hello {name}", **more}
    drawn["link"] = "https://reviews.example/us" if kind == "review" else ""
    made = programmes.save(programmes.Drawn(**drawn), by=None, now=NOW)
    programmes.switch(made.pk, on=True)
    return made


def act(of: Programme, who: Contact, stage: str = "done", **more: object) -> Act:
    given = {"asked_at": NOW, "changed_at": NOW, "done_at": NOW if stage == "done" else None, **more}
    slot = f"{of.pk}-{who.pk}" if stage in ("asked", "agreed", "doing") else ""
    return Act.objects.create(programme=of, contact=who, account=who.account, stage=stage, slot=slot, **given)


def rich(name: str, points: int, *, who: Contact | None = None) -> Advocate:
    made = asking.advocate_of(who or person(name, at=company()), now=NOW)
    ledger.give(made, points=points, why="Given", key=f"gift-{made.pk}", by=None, now=NOW)
    return made


def sender(folder) -> Sender:
    (folder / "outbox").mkdir()
    settings = {"folder": str(folder / "outbox")}
    return senders.create(channel="outbox_folder", settings=settings, from_address="cs@acme.example", now=NOW)
