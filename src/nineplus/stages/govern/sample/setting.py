"""What the sample company set up: a playbook, two rules that are off, two programmes that rest, and a change it told.

Each is remembered, and goes with the company unless something of one's own has come to use it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from nineplus.rules import workflows_document as documents
from nineplus.sample import telling
from nineplus.sample.loop import Deed, Loop, Referred
from nineplus.stages.govern.preferences import preferences
from nineplus.stages.govern.sample import state
from nineplus.stages.govern.sample.looping import Answer, instant, write_cases
from nineplus.stages.govern.sample.state import Work
from nineplus.store.models import (
    Act,
    ActEntry,
    Advocate,
    Change,
    ChangeNews,
    Lead,
    Message,
    PersonalLetter,
    Playbook,
    PlaybookVersion,
    Points,
    Programme,
    Redemption,
    Reward,
    Workflow,
    WorkflowVersion,
)
from nineplus.store.models.advocates import ActStage, LeadState, RedemptionState
from nineplus.store.models.asking import MessageKind, MessageState
from nineplus.store.models.changes import ChangeState

_OPEN = (ActStage.ASKED, ActStage.AGREED, ActStage.DOING)
_TOLD_AT_MOST = 60
_SPOKE, _TRAINING = 50, 150  # points


def write_loop(loop: Loop, answers: Mapping[int, Answer], work: Work, *, now: datetime) -> None:
    """All of it at once: a few hundred rows. Raises Conflict when it is no longer this work's to load."""
    began = min((answer.at for answer in answers.values()), default=now)
    with transaction.atomic():
        known = work.check()
        made: dict[str, list[int]] = {}
        playbook = _playbook(made, at=began)
        write_cases(loop, answers, playbook=playbook)
        _rules(made, at=now)
        _nudge(loop, answers)
        _programmes(made, loop, answers, at=began)
        _tell(made, loop, answers)
        state.keep(**known | {"set_up": made})


def _playbook(made: dict[str, list[int]], *, at: datetime) -> PlaybookVersion | None:
    words = telling.words()["playbook"]
    if Playbook.objects.filter(name__iexact=words["name"]).exists():
        return None  # kept from an earlier load, as somebody's own
    row = Playbook.objects.create(name=words["name"], created_at=at)
    made["playbook"] = [row.pk]
    return PlaybookVersion.objects.create(playbook=row, number=1, steps=words["steps"], at=at)


def _rules(made: dict[str, list[int]], *, at: datetime) -> None:
    """Off: what they would have done is asked of them where rules are run (stages.act.rules.trying)."""
    for document in telling.words()["rules"]:
        rule = documents.read(document)
        if not Workflow.objects.filter(name__iexact=rule.name).exists():
            row = Workflow.objects.create(name=rule.name, event=rule.event, created_at=at)
            WorkflowVersion.objects.create(workflow=row, number=1, document=documents.write(rule), at=at)
            made.setdefault("workflow", []).append(row.pk)


# -- letters that were sent long ago ------------------------------------------------------------------------------


def _nudge(loop: Loop, answers: Mapping[int, Answer]) -> None:
    told = [(answers[number], instant(at)) for number, at in loop.nudged if number in answers]
    messages = _sent([(f"letter-nudge-{answer.pk}", answer.email, at) for answer, at in told])
    PersonalLetter.objects.bulk_create(
        PersonalLetter(message=message, contact_id=answer.contact, key=f"nudge-{answer.pk}", written_at=at)
        for message, (answer, at) in zip(messages, told, strict=True)
    )


def _sent(letters: list[tuple[str, str, datetime]]) -> list[Message]:
    """Letters as they stand after they went: (key, address, when). Nothing takes them up again."""
    return Message.objects.bulk_create(
        [
            Message(
                kind=MessageKind.LETTER,
                medium="email",
                address=address,
                key=key,
                state=MessageState.SENT,
                attempts=1,
                due_at=at,
                created_at=at,
                sent_at=at,
            )
            for key, address, at in letters
        ]
    )


def _tell(made: dict[str, list[int]], loop: Loop, answers: Mapping[int, Answer]) -> None:
    words, at = telling.words()["change"], instant(loop.told_at)
    news = [(one, answers[one.answer]) for one in loop.news if one.answer in answers and answers[one.answer].comment]
    if not news:
        return
    change = Change.objects.create(
        title=words["title"],
        theme=words["theme"],
        tone="complaints",
        words={"en": {"subject": words["subject"], "text": words["text"]}},
        state=ChangeState.TOLD,
        created_at=at - timedelta(days=2),
        told_at=at,
    )
    made["change"] = [change.pk]
    news = news[:_TOLD_AT_MOST]
    messages = _sent([(f"letter-sample-change-{answer.pk}", answer.email, at) for _, answer in news])
    thanks = words["thanks"]
    ChangeNews.objects.bulk_create(
        ChangeNews(
            change=change,
            contact_id=answer.contact,
            response_id=answer.pk,
            digest=_digest(answer.email),
            said=answer.comment.split(". ")[0][:240],
            message=message,
            helped=one.helped,
            comment=thanks[place % len(thanks)] if one.helped == "yes" else "",
            helped_at=instant(one.at) if one.helped else None,
        )
        for place, (message, (one, answer)) in enumerate(zip(messages, news, strict=True))
    )


# -- advocates ----------------------------------------------------------------------------------------------------


def _programmes(made: dict[str, list[int]], loop: Loop, answers: Mapping[int, Answer], *, at: datetime) -> None:
    deeds = [deed for deed in loop.deeds if deed.answer in answers]
    begun = min([instant(deed.asked) for deed in deeds], default=at) - timedelta(days=1)
    rows = {kind: _programme(made, kind, at=begun) for kind in ("referral", "review")}
    deeds = [deed for deed in deeds if rows[deed.kind] is not None]
    whose = {answers[deed.answer].contact: deed for deed in deeds}
    Advocate.objects.bulk_create(
        Advocate(contact_id=contact, code=secrets.token_urlsafe(9), created_at=instant(deed.asked))
        for contact, deed in whose.items()
    )
    acts = Act.objects.bulk_create([_act(rows[deed.kind], deed, answers[deed.answer]) for deed in deeds])
    said = telling.words()["acts"]
    ActEntry.objects.bulk_create(
        entry
        for act, deed in zip(acts, deeds, strict=True)
        for entry in (
            ActEntry(act=act, at=act.asked_at, stage=ActStage.ASKED),
            *(
                [ActEntry(act=act, at=act.changed_at, stage=act.stage, text=said[deed.stage])]
                if said[deed.stage]
                else []
            ),
        )
    )
    if (referral := rows["referral"]) is not None and "programme" in made:
        _refer(made, referral, loop.referred, answers)


def _programme(made: dict[str, list[int]], kind: str, *, at: datetime) -> Programme | None:
    """Not in use, so that nobody is asked into it and no link of one's own advocates leads to it."""
    words = telling.words()[kind]
    if Programme.objects.filter(name=words["name"]).exists():
        return None
    row = Programme.objects.create(
        kind=kind,
        name=words["name"],
        words={"en": {"subject": words["subject"], "text": words["text"]}},
        points=words.get("points", 0),
        least_score=words.get("least_score"),
        link=words.get("link", ""),
        created_at=at,
    )
    made.setdefault("programme", []).append(row.pk)
    return row


def _act(programme: Programme | None, deed: Deed, answer: Answer) -> Act:
    assert programme is not None, "acts of programmes that are there"
    return Act(
        programme=programme,
        contact_id=answer.contact,
        account_id=answer.account,
        stage=deed.stage,
        slot=f"{programme.pk}-{answer.contact}" if deed.stage in _OPEN else "",
        asked_at=instant(deed.asked),
        changed_at=instant(deed.changed),
        done_at=instant(deed.changed) if deed.stage == ActStage.DONE else None,
    )


def _refer(
    made: dict[str, list[int]], programme: Programme, referred: tuple[Referred, ...], answers: Mapping[int, Answer]
) -> None:
    """Who was referred, the points of the one who became a customer, and a reward that was asked for."""
    words, money = telling.words()["ledger"], preferences().currency
    theirs = [one for one in referred if one.answer in answers]
    of = {
        row.contact_id: row for row in Advocate.objects.filter(contact__in=[answers[o.answer].contact for o in theirs])
    }
    for one in theirs:
        advocate, at = of[answers[one.answer].contact], instant(one.at)
        address = f"{one.name.lower().replace(' ', '.')}@{one.company.lower().replace(' ', '-')}.example"
        won = one.state == LeadState.WON
        lead = Lead.objects.create(
            advocate=advocate,
            programme=programme,
            name=one.name,
            email=address,
            company=one.company,
            digest=_digest(address),
            state=one.state,
            value_minor=one.value_minor if won else None,
            currency=money if won else "",
            at=at,
            settled_at=instant(one.settled) if one.settled else None,
        )
        if won and lead.settled_at:
            _points(advocate, programme.points, words["won"], f"lead-{lead.pk}", lead.settled_at)
            _rewarded(made, advocate, at=lead.settled_at + timedelta(hours=3), currency=money)
        else:
            _points(advocate, _SPOKE, words["spoke"], f"sample-spoke-{lead.pk}", at)


def _rewarded(made: dict[str, list[int]], advocate: Advocate, *, at: datetime, currency: str) -> None:
    words = telling.words()["ledger"]
    name = words["reward"]
    if Reward.objects.filter(name=name).exists():
        return
    cost, budget = 400_00, 2_000_00
    reward = Reward.objects.create(
        name=name,
        points=_TRAINING,
        cost_minor=cost,
        currency=currency,
        budget_minor=budget,
        spent_minor=cost,
        on=False,
    )
    made["reward"] = [reward.pk]
    given = Redemption.objects.create(
        reward=reward,
        advocate=advocate,
        cost_minor=cost,
        code=words["code"],
        state=RedemptionState.GIVEN,
        at=at,
        settled_at=at,
    )
    _points(advocate, -_TRAINING, name, f"reward-{given.pk}", at)


def _points(advocate: Advocate, points: int, why: str, key: str, at: datetime) -> None:
    Points.objects.create(advocate=advocate, points=points, why=why, key=key, at=at)


def _digest(address: str) -> str:
    """Unlike that of any real address: no list of addresses knows it."""
    return hashlib.sha256(f"sample\0{address}".encode()).hexdigest()
