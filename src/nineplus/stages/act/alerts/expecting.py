"""What people give after a score, learned from everybody here who answered twice. Kept, for it changes slowly."""

from __future__ import annotations

from django.db import connection

from nineplus.rules.falls import Expected
from nineplus.stages.govern.sample.state import SOURCE as SAMPLE
from nineplus.store.models import CaseAnswer, Preference, Response

_KEY = "alerts expected"


def expected() -> Expected:
    """As it was learned last."""
    return Expected.from_dict(Preference.objects.filter(pk=_KEY).values_list("value", flat=True).first() or {})


def learn() -> Expected:
    """Learn it anew, in one question to the database. Whoever was followed up after the former answer is left out:
    following up is to change what comes next.
    """
    response, answer = Response._meta.db_table, CaseAnswer._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT former, score, COUNT(*) FROM (SELECT score, LAG(score) OVER w AS former, LAG(id) OVER w AS before "
            f"FROM {response} WHERE contact_id IS NOT NULL AND source <> %s "
            f"WINDOW w AS (PARTITION BY contact_id ORDER BY answered_at, id)) AS pairs "
            f"WHERE former IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {answer} WHERE {answer}.response_id = pairs.before) GROUP BY former, score",
            [SAMPLE],
        )
        found = Expected.of(cursor.fetchall())
    Preference.objects.update_or_create(pk=_KEY, defaults={"value": found.to_dict()})
    return found
