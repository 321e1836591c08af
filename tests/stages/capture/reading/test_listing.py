"""The live list: newest first, page by page, nothing twice and nothing left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nineplus.model import BadFilter, Filter, Window
from nineplus.stages import capture
from nineplus.stages.capture.reading import listing, sought
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.store.models import Account, Response

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ALL = Filter()


def record(score: int = 9, *, days_ago: float = 0, **more: object) -> Response:
    more = {"survey": "Relationship", "touchpoint": "relationship", **more}
    return capture.record_response(score=score, answered_at=NOW - timedelta(days=days_ago), now=NOW, **more).response


def ids(page: capture.Page) -> list[int]:
    return [row.pk for row in page.rows]


def test_pages_hold_everything_once_newest_first():
    made = [record(days_ago=days).pk for days in (5, 3, 3, 3, 4, 0, 1)]
    newest_first = [made[i] for i in (5, 6, 3, 2, 1, 4, 0)]
    seen, cursor = [], None
    while True:
        page = capture.responses(filter=ALL, after_cursor=cursor, limit=2)
        seen += ids(page)
        if page.older is None:
            break
        cursor = str(page.older)
    assert seen == newest_first


def test_what_comes_in_meanwhile_does_not_shift_the_pages():
    for days in range(1, 5):
        record(days_ago=days)
    first = capture.responses(filter=ALL, limit=2)
    record()
    second = capture.responses(filter=ALL, after_cursor=first.older, limit=2)
    assert not set(ids(first)) & set(ids(second))
    assert capture.newer_than(str(first.newest), filter=ALL) == 1
    assert capture.newer_than(None, filter=ALL) == 5


def test_an_empty_list_has_no_places():
    assert capture.responses(filter=ALL) == capture.Page(rows=())


def test_groups():
    made = {score: record(score).pk for score in range(11)}
    found = {group: set(ids(capture.responses(filter=ALL, group=group))) for group in listing.GROUPS}
    assert found["promoters"] == {made[9], made[10]}
    assert found["passives"] == {made[7], made[8]}
    assert found["detractors"] == {made[score] for score in range(7)}
    with pytest.raises(NotPossible):
        capture.responses(filter=ALL, group="fans")


def test_the_window_ends_before_its_last_day():
    inside = record(days_ago=1)
    record(days_ago=0)
    record(days_ago=3)
    window = Window(date(2026, 1, 29), date(2026, 1, 31))
    assert ids(capture.responses(filter=Filter(window=window))) == [inside.pk]


def test_surveys_touchpoints_and_accounts():
    mine = record(survey="After a ticket", touchpoint="post-resolution", account="acme")
    record()
    assert ids(capture.responses(filter=Filter(surveys=("After a ticket",)))) == [mine.pk]
    assert ids(capture.responses(filter=Filter(touchpoints=("post-resolution",)))) == [mine.pk]
    assert ids(capture.responses(filter=ALL, account=mine.account_id)) == [mine.pk]


def test_an_unknown_attribute_is_named():
    with pytest.raises(BadFilter, match="planet"):
        capture.responses(filter=Filter(attributes=(("planet", ("Mars",)),)))


def test_search_looks_in_comments_accounts_and_contacts():
    comment = record(comment="The invoice was WRONG, 100% wrong")
    Account.objects.create(external_id="a1", name="Wrongly Ltd", revision=1)
    account = record(account="a1")
    contact = record(email="ada.wrong@example.org")
    record(comment="All fine")
    found = set(ids(capture.responses(filter=ALL, search="wrong")))
    assert found == {comment.pk, account.pk, contact.pk}
    assert ids(capture.responses(filter=ALL, search="100%")) == [comment.pk]
    assert ids(capture.responses(filter=ALL, search="nothing like it")) == []


def test_a_rare_word_is_found_however_old(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sought, "MOST_SEARCHED", 3)
    old = [record(days_ago=days, comment="needle").pk for days in (9, 10)]
    for days in (1, 2, 3, 4):
        record(days_ago=days)
    first = capture.responses(filter=ALL, search="needle", limit=1)
    assert (ids(first), first.searched_to) == (old[:1], None)
    second = capture.responses(filter=ALL, search="needle", limit=1, after_cursor=first.older)
    assert (ids(second), second.older) == (old[1:], None)


def test_what_is_frequent_is_looked_for_a_bounded_way_back_and_says_how_far(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sought, "MOST_SEARCHED", 3)
    monkeypatch.setattr(sought, "MOST_FOUND", 0)
    old = record(days_ago=9, comment="needle")
    for days in (1, 2, 3, 4):
        record(days_ago=days)
    first = capture.responses(filter=ALL, search="needle")
    assert (first.rows, first.searched_to) == ((), NOW - timedelta(days=3))
    second = capture.responses(filter=ALL, search="needle", after_cursor=str(first.older))
    assert ids(second) == [old.pk]
    assert second.older is None


@pytest.mark.parametrize("cursor", ["", "x", "1-", "-", "1-x", "9" * 40 + "-1"])
def test_a_cursor_that_is_none_is_refused(cursor: str):
    if cursor:
        with pytest.raises(NotPossible):
            capture.responses(filter=ALL, after_cursor=cursor)


def test_the_list_asks_once_however_long_it_is(django_assert_num_queries):
    for days in range(5):
        record(days_ago=days, account="acme", email="a@example.org")
    with django_assert_num_queries(1):
        for row in capture.responses(filter=ALL).rows:
            _ = (row.survey.name, row.account.name, row.contact.email, row.comment, row.attributes)


def test_one_answer_with_what_stands_behind_it():
    other = record(3, days_ago=30, account="acme")
    mine = record(account="acme", email="a@example.org")
    detail = capture.response_detail(mine.pk)
    assert (detail.response, detail.others) == (mine, (other,))
    with pytest.raises(NotFound):
        capture.response_detail(4711)
