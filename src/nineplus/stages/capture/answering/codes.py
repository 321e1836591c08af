"""Codes given as a thank-you: one for a response, none ever twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    without: dict[int, list[int]] = {}
    for response, pool in wanted.items():
        if response not in given:
            without.setdefault(pool, []).append(response)
    for pool, responses in without.items():
        given |= _take(responses, pool=pool, now=now)
    return given


def _take(responses: Sequence[int], *, pool: int, now: datetime) -> dict[int, str]:
    """The pool's next codes for these responses, in their order and with one statement."""
    if connection.vendor == "sqlite":  # one writer: nobody else is taking them
        skip, wanted, listed = "", "SELECT value AS response, key + 1 AS n FROM json_each(%s)", str(list(responses))
    else:
        skip = " FOR UPDATE SKIP LOCKED"
        wanted = "SELECT response, n FROM unnest(%s::bigint[]) WITH ORDINALITY AS listed(response, n)"
        listed = f"{{{','.join(map(str, responses))}}}"
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH free AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM (SELECT id FROM nineplus_code "
            f"WHERE pool_id = %s AND given_at IS NULL ORDER BY id LIMIT %s{skip}) AS first), wanted AS ({wanted}) "
            "UPDATE nineplus_code SET response_id = wanted.response, given_at = %s "
            "FROM free JOIN wanted ON wanted.n = free.n "
            "WHERE nineplus_code.id = free.id AND nineplus_code.given_at IS NULL RETURNING response_id, code",
            [pool, len(responses), listed, connection.ops.adapt_datetimefield_value(now)],
        )
        return dict(cursor.fetchall())


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
