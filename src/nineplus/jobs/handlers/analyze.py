"""Events of analyze: the mart, links, words and comments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from nineplus.jobs.lanes import NotFinished
from nineplus.store import word_index
from nineplus.store.models import Event


def mart_is_stale(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    Event.publish_once(kind="mart.stale", now=now)


def refresh_mart(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages import analyze

    analyze.refresh_mart(now=now)


def follow_ups_unseen(now: datetime) -> bool:
    """Was a case changed, or a letter sent, that the mart has not seen? Not every change is an event."""
    from nineplus.stages.analyze import numbering

    return numbering.wanted()


def link_anew(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.relinking import relink

    if not relink(now=now, stopping=stopping):
        raise NotFinished


def read_words(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    while not stopping() and word_index.take_in():
        pass


def words_wait(now: datetime) -> bool:
    return word_index.waiting()


def read_comments(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import reading

    reading.follow(now=now, stopping=stopping)


def comments_wait(now: datetime) -> bool:
    from nineplus.stages.analyze.comments import reading

    return reading.wanted(now)


def read_by_version(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import reading

    if not reading.run(now=now, stopping=stopping):
        raise NotFinished


def preview_themes(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import previewing

    previewing.run(now=now)


def learn_themes(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import teaching

    teaching.learn(now=now)


def bring_labels(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import bringing

    if not bringing.run(now=now, stopping=stopping):
        raise NotFinished


def look_for_topics(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import topics

    topics.look(now=now)


def look_what_rises(data: Mapping[str, Any], *, now: datetime, stopping: Callable[[], bool]) -> None:
    from nineplus.stages.analyze.comments import alerting

    alerting.look(now=now)


def rising_wanted(now: datetime) -> bool:
    from nineplus.stages.analyze.comments import alerting

    return alerting.wanted(now)


def topics_wanted(now: datetime) -> bool:
    from nineplus.stages.analyze.comments import topics

    return topics.wanted(now)
