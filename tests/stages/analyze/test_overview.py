"""The first page of a real mart: what it says, what it asks of the store, what is ready before anyone asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.model import Filter
from nineplus.stages import analyze
from nineplus.stages.analyze import running
from nineplus.stages.analyze.overview import overview, prepare

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
Make = Callable[[], None]


def test_the_first_page_says_where_nps_stands(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    seen = overview(filter=Filter(), now=NOW)
    assert seen.headline.startswith("NPS is 0, between")
    assert seen.trend is not None
    assert seen.distribution is not None
    assert {result.snapshot for result in (seen.score, seen.trend, seen.distribution)} == {seen.score.snapshot}


@pytest.mark.parametrize("filter", [Filter(), Filter(surveys=("Relationship",))], ids=["all", "filtered"])
def test_what_stands_beside_the_mart_is_read_once_for_all_questions(home: Path, answers: Make, filter: Filter):
    answers()
    analyze.refresh_mart(now=NOW)
    with CaptureQueriesContext(connection) as asked:
        overview(filter=filter, now=NOW)
    statements = [each["sql"] for each in asked.captured_queries]
    assert 0 < len(statements) == len(set(statements)) <= 4  # notes, words, the rule of attribution, what was judged


def test_what_is_prepared_is_not_computed_again(home: Path, answers: Make, monkeypatch):
    answers()
    analyze.refresh_mart(now=NOW)
    prepare(now=NOW)
    monkeypatch.setattr(running, "_answer", lambda *_: pytest.fail("computed while a visitor waits"))
    assert not overview(filter=Filter(), now=NOW + timedelta(seconds=5)).empty
    for name in ("drivers", "theme-impact", "rising-themes"):  # what the open page asks for by itself
        analyze.run(name, filter=Filter(), now=NOW)


def test_two_who_ask_at_once_are_answered_by_one_computation(home: Path, answers: Make, monkeypatch):
    answers()
    analyze.refresh_mart(now=NOW)
    data, counted, begun, go_on = analyze.dataset(now=NOW), [], threading.Event(), threading.Event()
    compute = running._answer

    def slowly(*given):
        counted.append(given)
        begun.set()
        assert go_on.wait(10)
        return compute(*given)

    monkeypatch.setattr(running, "_answer", slowly)
    kept = []
    asking = threading.Thread(target=lambda: kept.append(ask()))

    def ask():
        return analyze.run("score", filter=Filter(), options={"confidence": 0.77}, now=NOW, data=data)

    first = threading.Thread(target=lambda: kept.append(ask()))
    first.start()
    assert begun.wait(10)
    asking.start()
    go_on.set()
    first.join(20)
    asking.join(20)
    assert len(counted) == 1
    assert kept[0] is kept[1]
