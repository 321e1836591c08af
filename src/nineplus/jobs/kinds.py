"""Which events there are, who handles them, and in which lane they travel.

A handler is idempotent: it may be called again with the same event after a crash. It reads the rows that the
event names as they are now. Raising NotPossible parks the event at once; anything else is tried again later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from nineplus.stages.errors import Conflict
from nineplus.store import word_index
from nineplus.store.models import Event
from nineplus.store.models.imports import ImportState

Handler = Callable[..., None]
"""Called as handler(data, now=..., stopping=...); `stopping()` turns True when the worker is to end soon."""


class NotFinished(Exception):
    """Raised by a handler that stopped because the worker is stopping: the event goes on elsewhere."""


def _mart_is_stale(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    Event.publish_once(kind="mart.stale", now=now)


def _refresh_mart(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages import analyze

    analyze.refresh_mart(now=now)


def _link_anew(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.relinking import relink

    if not relink(now=now, stopping=stopping):
        raise NotFinished


def _run_import(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect import imports

    if imports.run(data["import"], now=now, stopping=stopping).state == ImportState.WAITING:
        raise NotFinished


def _undo_import(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect import imports

    imports.undo(data["import"], now=now)


def _load_sample(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.govern import sample

    with suppress(Conflict):  # somebody else loads it, or it is no longer wanted
        sample.load(now=now)


def _remove_sample(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.govern import sample

    with suppress(Conflict):  # somebody else removes or loads it
        if sample.remove(now=now, stopping=stopping).state == "removing":
            raise NotFinished


def _send_messages(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import caring
    from nineplus.stages.capture.sending import delivering

    caring.put_off(now=now)
    delivering.run(clock=timezone.now, stopping=stopping)


def _read_inboxes(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.sending import inbox

    inbox.read(now=now, stopping=stopping)


def _inboxes_wanted(now: datetime) -> bool:
    from nineplus.stages.capture.sending import inbox

    return inbox.wanted(now)


def _plan_reminders(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.sending import reminders

    reminders.plan_reminders(now=now)


def _reminders_due(now: datetime) -> bool:
    from nineplus.stages.capture.sending import reminders

    return reminders.wanted(now)


def _messages_due(now: datetime) -> bool:
    from nineplus.stages.capture.sending import delivering

    return delivering.due(now)


def _plan_surveys(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import caring, planning

    caring.expire(now=now)
    planning.plan_due(now=now, stopping=stopping)


def _surveys_ask(now: datetime) -> bool:
    from nineplus.stages.capture.asking import caring

    return caring.wanted(now)


def _ask_about(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import planning

    planning.ask_about(**data, now=now)


def _ask_everyone(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.capture.asking import by_hand

    by_hand.ask_everyone(**data, now=now)


def _tell_answer(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.answered(response=data["response"], now=now)


def _tell_change(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.answered(response=data["response"], changed=True, now=now)


def _tell_unsubscribed(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.unsubscribed(suppression=data.get("suppression", 0), now=now)


def _deliver_webhooks(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.share import telling

    telling.deliver_due(clock=timezone.now, stopping=stopping)


def _write_back(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import back

    back.answered(response=data["response"], now=now)


def _write_history_back(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import back

    back.backfill(data["connection"], now=now, stopping=stopping)
    if stopping():  # it may have stopped amidst: from the beginning again, what is queued already stays as it is
        raise NotFinished


def _read_connections(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import running

    running.sync_due(clock=timezone.now, stopping=stopping)


def _connections_due(now: datetime) -> bool:
    from nineplus.stages.connect.syncing import running

    return running.due(now)


def _deliver_back(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.syncing import back

    back.deliver_due(clock=timezone.now, stopping=stopping)


def _back_due(now: datetime) -> bool:
    from nineplus.stages.connect.syncing import back

    return back.due(now)


def _read_words(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    while not stopping() and word_index.take_in():
        pass


def _words_wait(now: datetime) -> bool:
    return word_index.waiting()


def _look_who(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.connect.identity import looking

    looking.look(now=now, stopping=stopping)


def _somebody_new(now: datetime) -> bool:
    from nineplus.stages.connect.identity import looking

    return looking.wanted(now)


def _read_comments(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import reading

    reading.follow(now=now, stopping=stopping)


def _comments_wait(now: datetime) -> bool:
    from nineplus.stages.analyze.comments import reading

    return reading.wanted(now)


def _read_by_version(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import reading

    if not reading.run(now=now, stopping=stopping):
        raise NotFinished


def _follow_up(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import opening

    opening.from_answer(data["response"], now=now)


def _case_elsewhere(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import elsewhere

    elsewhere.told(data["case"], now=now)


def _mail_of_case(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import replying

    replying.came(data["mail"], now=now)


def _look_after_cases(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.act.cases import escalating

    escalating.look(now=now)


def _cases_open(now: datetime) -> bool:
    from nineplus.stages.act.cases import escalating

    return escalating.wanted(now)


def _preview_themes(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import previewing

    previewing.run(now=now)


def _learn_themes(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import teaching

    teaching.learn(now=now)


def _look_for_topics(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import topics

    topics.look(now=now)


def _topics_wanted(now: datetime) -> bool:
    from nineplus.stages.analyze.comments import topics

    return topics.wanted(now)


def _webhooks_due(now: datetime) -> bool:
    from nineplus.stages.share import telling

    return telling.due(now)


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "response.scored": (_mart_is_stale, _tell_answer, _write_back, _follow_up),
    "response.changed": (_mart_is_stale, _tell_change, _write_back, _follow_up),
    "contact.unsubscribed": (_tell_unsubscribed,),
    "case.opened": (_case_elsewhere,),
    "case.changed": (_case_elsewhere,),
    "case.overdue": (),
    "case.closed": (_case_elsewhere,),
    "case.mail": (_mail_of_case,),
    "cases.due": (_look_after_cases,),
    "webhooks.due": (_deliver_webhooks,),
    "mart.stale": (_refresh_mart,),
    "links.rule": (_link_anew,),
    "connection.due": (_read_connections,),
    "connection.history": (_write_history_back,),
    "outbound.due": (_deliver_back,),
    "identity.due": (_look_who,),
    "import.confirmed": (_run_import,),
    "import.undo": (_undo_import,),
    "sample.asked": (_load_sample,),
    "sample.unwanted": (_remove_sample,),
    "messages.due": (_send_messages,),
    "reminders.due": (_plan_reminders,),
    "inboxes.read": (_read_inboxes,),
    "words.due": (_read_words,),
    "comments.due": (_read_comments,),
    "themes.version": (_read_by_version,),
    "themes.preview": (_preview_themes,),
    "themes.teach": (_learn_themes,),
    "topics.due": (_look_for_topics,),
    "survey.plan": (_plan_surveys,),
    "survey.happened": (_ask_about,),
    "survey.everyone": (_ask_everyone,),
}


ONCE: frozenset[Handler] = frozenset((_mart_is_stale,))
"""Handlers that say the same whatever the event: of a batch of one kind they handle the first for all."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Kinds that wait for each other. A long import must not keep a fresh answer waiting.

    `together`: all waiting events of a kind are one piece of work, done once. `rest`: seconds to wait after some
    work, so that what comes meanwhile is taken together; at least twice as long as the work took, or in a flood of
    answers it would take the processor from those who answer. `threads`: so many travel it side by side.
    """

    name: str
    kinds: tuple[str, ...]
    batch: int = 1
    together: bool = False
    rest: float = 0.0
    threads: int = 1


LANES = (
    Lane("quick", ("response.scored", "response.changed", "contact.unsubscribed"), batch=500),
    Lane("cases", ("case.opened", "case.changed", "case.overdue", "case.closed", "case.mail"), batch=200),
    Lane("late", ("cases.due",), batch=1_000, together=True),
    Lane("mart", ("mart.stale", "links.rule"), batch=1_000, together=True, rest=0.5),
    Lane("long", ("import.confirmed", "import.undo", "sample.asked", "sample.unwanted")),
    Lane("webhooks", ("webhooks.due",), batch=1_000, together=True),
    Lane("mail", ("messages.due",), batch=1_000, together=True),
    Lane("inboxes", ("inboxes.read",), batch=1_000, together=True),
    Lane("systems", ("connection.due",), batch=1_000, together=True, threads=2),
    Lane("histories", ("connection.history",)),
    Lane("back", ("outbound.due",), batch=1_000, together=True),
    Lane("identity", ("identity.due",), batch=1_000, together=True),
    Lane("comments", ("comments.due", "themes.version"), batch=1_000, together=True),
    Lane("drafts", ("themes.preview", "themes.teach", "topics.due"), batch=1_000, together=True),
    Lane("planning", ("survey.plan", "reminders.due", "words.due"), batch=1_000, together=True),
    Lane("happened", ("survey.happened", "survey.everyone"), batch=100),
)


@dataclass(frozen=True, slots=True)
class Tick:
    """Work that time brings, not an event: every `seconds`, when `wanted(now)` says so, one event of the kind.

    `wanted` is one cheap query, so that an idle house writes no rows.
    """

    kind: str
    seconds: float
    wanted: Callable[[datetime], bool]


TICKS: tuple[Tick, ...] = (
    Tick("messages.due", 1.0, _messages_due),
    Tick("webhooks.due", 1.0, _webhooks_due),
    Tick("connection.due", 5.0, _connections_due),
    Tick("outbound.due", 2.0, _back_due),
    Tick("words.due", 5.0, _words_wait),
    Tick("comments.due", 2.0, _comments_wait),
    Tick("topics.due", 600.0, _topics_wanted),
    Tick("reminders.due", 60.0, _reminders_due),
    Tick("inboxes.read", 60.0, _inboxes_wanted),
    Tick("identity.due", 10.0, _somebody_new),
    Tick("survey.plan", 60.0, _surveys_ask),
    Tick("cases.due", 20.0, _cases_open),
)
