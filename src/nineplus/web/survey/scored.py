"""Scores as customers send them, read: for Django's views and for the fast door alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nineplus.stages.capture import Outcome
from nineplus.stages.capture.answering.keeping import Answer
from nineplus.stages.capture.answering.links import anonymous_answer, personal_answer
from nineplus.web.survey import sent


def at_personal_link(token: str, given: Mapping[str, Any], *, agent: str, now: datetime) -> Answer | Outcome:
    """What was sent at a personal link; `agent` is a class of user agent (rules.signals)."""
    return personal_answer(
        token=token,
        score=given.get("score"),
        now=now,
        language=sent.text(given, "language") or "",
        signals=given.get("signals"),
        age_ms=given.get("age_ms"),
        agent=agent,
        anyway=bool(given.get("anyway")),
    )


def at_surveys_link(public_id: str, given: Mapping[str, Any], *, agent: str, now: datetime) -> Answer | Outcome:
    """What was sent at a survey's own link or kiosk."""
    return anonymous_answer(
        public_id=public_id,
        score=given.get("score"),
        now=now,
        key=sent.text(given, "key") or "",
        channel=channel_of(given),
        language=sent.text(given, "language") or "",
        attributes=sent.mapping(given, "attributes"),
        signals=given.get("signals"),
        age_ms=given.get("age_ms"),
        agent=agent,
    )


def in_widget(public_id: str, given: Mapping[str, Any], *, agent: str, now: datetime) -> Answer | Outcome:
    """What was pressed in the widget; other people's pages say there what an attribute is, so numbers count too."""
    attributes = sent.mapping(given, "attributes")
    return anonymous_answer(
        public_id=public_id,
        score=given.get("score"),
        now=now,
        key=str(given.get("key", "")),
        channel="widget",
        language=str(given.get("language", "")),
        attributes={str(name): str(value) for name, value in attributes.items()},
        signals=given.get("signals"),
        age_ms=given.get("age_ms"),
        agent=agent,
    )


def channel_of(given: Mapping[str, Any]) -> str:
    """By which way a score came to a survey's own link."""
    return sent.text(given, "channel") or "link"
