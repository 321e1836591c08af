"""Codes given as a thank-you: one for a response, none ever twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from nineplus.store.models import Code, Experiment, SurveyVersion


def pool_of(*, version: int | None, survey: int, arm: str, known: dict[int, int | None]) -> int | None:
    """From which pool an answer to this version is thanked; an experiment's arm may say another.

    `known` remembers the pools of versions, which never change, for as long as the caller keeps it.
    """
    if arm and (changed := _arms_pool(survey, arm)) is not None:
        return changed
    if version is None:
        return None
    if version not in known:
        content = SurveyVersion.objects.filter(pk=version).values_list("content", flat=True).first()
        known[version] = (content or {}).get("code_pool")
    return known[version]


def give(wanted: Mapping[int, int], *, now: datetime) -> dict[int, str]:
    """A code for each response (response id -> pool id), in the caller's transaction; by response id.

    A response that has one of that pool keeps it. One whose pool is empty gets none.
    """
    if not wanted:
        return {}
    given = dict(Code.objects.filter(response_id__in=wanted).values_list("response_id", "code"))
    for response, pool in wanted.items():
        if response not in given and (code := _take(response=response, pool=pool, now=now)):
            given[response] = code
    return given


def _take(*, response: int, pool: int, now: datetime) -> str:
    # Rows that somebody else is taking are passed over where rows can be locked; SQLite has one writer.
    skip = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE nineplus_code SET response_id = %s, given_at = %s WHERE given_at IS NULL AND id = "
            f"(SELECT id FROM nineplus_code WHERE pool_id = %s AND given_at IS NULL ORDER BY id LIMIT 1{skip}) "
            "RETURNING code",
            [response, connection.ops.adapt_datetimefield_value(now), pool],
        )
        row = cursor.fetchone()
    return row[0] if row else ""


def _arms_pool(survey: int, arm: str) -> int | None:
    arms = (
        Experiment.objects.filter(survey=survey, kind=Experiment.What.INCENTIVE, started_at__isnull=False)
        .order_by("-started_at")
        .values_list("arms", flat=True)
    )
    for one in (one for these in arms for one in these):
        if one.get("name") == arm:
            return (one.get("change") or {}).get("code_pool")
    return None


def given_to(response: int) -> str:
    """The code that this response got, if any."""
    return Code.objects.filter(response=response).values_list("code", flat=True).first() or ""
