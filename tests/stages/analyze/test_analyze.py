"""Questions asked of the newest snapshot: from answers in the store to a Result, and the list that agrees with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nineplus.mart import delta
from nineplus.model import BadFilter, Filter
from nineplus.model.attribution import LinkRule
from nineplus.stages import analyze, capture
from nineplus.stages.analyze.choices import Offer, choices
from nineplus.stages.analyze.relinking import relink
from nineplus.stages.connect import attribution
from nineplus.stages.errors import NotPossible
from nineplus.store import sources
from nineplus.store.models import Attribute, Event, Response

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
EMEA = Filter(attributes=(("region", ("EMEA",)),))
Make = Callable[[], None]
of_the_mart = pytest.mark.one_database("what the mart does once it is filled; that it is filled alike, others ask")


def test_before_the_first_answer_every_question_is_refused(home: Path):
    for name in ("score", "distribution"):
        assert analyze.run(name, filter=Filter(), now=NOW).refused


def test_an_empty_store_makes_an_empty_mart(home: Path):
    analyze.refresh_mart(now=NOW)
    assert analyze.run("score", filter=Filter(), now=NOW).refused


def test_from_answers_to_a_score(home: Path, answers: Make):
    answers()
    snapshot = analyze.refresh_mart(now=NOW)
    result = analyze.run("score", filter=Filter(), now=NOW)
    assert (result.estimate.value, result.estimate.n) == (0.0, 60)
    assert result.snapshot == snapshot
    narrowed = analyze.run("score", filter=EMEA, now=NOW)
    assert (narrowed.estimate.value, narrowed.estimate.n, narrowed.filter) == (100.0, 30, EMEA)


def test_a_new_answer_is_there_after_the_next_refresh(home: Path, answers: Make):
    answers()
    before = analyze.refresh_mart(now=NOW)
    capture.record_response(score=10, survey="Relationship", answered_at=NOW, now=NOW)
    assert analyze.run("score", filter=Filter(), now=NOW).estimate.n == 60
    after = analyze.refresh_mart(now=NOW + timedelta(seconds=1))
    assert analyze.run("score", filter=Filter(), now=NOW).estimate.n == 61
    assert before.id != after.id


@of_the_mart
def test_the_attribute_to_look_at_first_is_the_one_that_tells_answers_apart(home: Path, answers: Make):
    answers()
    Attribute.objects.create(slug="alpha", label="Alpha", created_at=NOW)
    for number, one in enumerate(Response.objects.order_by("pk")):
        one.attributes["alpha"] = "AABB"[number % 4]
        one.save(update_fields=["attributes"])
    analyze.refresh_mart(now=NOW)
    offer = choices(now=NOW)
    assert [one.slug for one in offer.choices] == ["alpha", "region", "ticket_team"]
    assert offer.foremost == "region"
    assert next(one.explains for one in offer.choices if one.slug == "region") == pytest.approx(1)
    assert Offer().foremost == ""


def test_a_refresh_of_nothing_keeps_the_snapshot(home: Path, answers: Make):
    answers()
    first = analyze.refresh_mart(now=NOW)
    assert analyze.refresh_mart(now=NOW + timedelta(hours=1)) == first


def test_the_store_is_read_while_the_mart_is_held(home: Path, answers: Make, monkeypatch: pytest.MonkeyPatch):
    """Read before, a refresh could write over what another one had read later."""
    answers()
    opened, seen = sources.opened, []

    def busy() -> None:
        with pytest.raises(delta.MartBusy), delta.writing(analyze.folder(), patience=0.0):
            pass

    def watched():  # type: ignore[no-untyped-def]
        with ThreadPoolExecutor() as others:
            seen.append(others.submit(busy).result())
        return opened()

    monkeypatch.setattr(sources, "opened", watched)
    analyze.refresh_mart(now=NOW)
    analyze.rebuild_mart(now=NOW)
    assert len(seen) == 2


@of_the_mart
def test_a_lost_mart_is_made_anew(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    shutil.rmtree(home / "mart")
    lost = analyze.run("score", filter=Filter(), now=NOW)
    assert analyze.snapshot(now=NOW) is None
    assert "made anew" in lost.refusal  # never "no answers" while there are some
    assert Event.objects.filter(kind="mart.stale").exists()
    analyze.refresh_mart(now=NOW)
    assert analyze.run("score", filter=Filter(), now=NOW).estimate.n == 60


@of_the_mart
def test_a_damaged_mart_is_said_and_mended(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    for manifest in (home / "mart" / "snapshots").glob("*.json"):
        manifest.write_text("{")
    result = analyze.run("score", filter=Filter(), now=NOW)
    assert "made anew" in result.refusal
    with pytest.raises(NotPossible):
        capture.responses(filter=EMEA)
    assert len(capture.responses(filter=Filter()).rows) == 50  # without attributes the list needs no mart
    assert Event.objects.filter(kind="mart.stale").exists()
    analyze.refresh_mart(now=NOW)
    assert analyze.run("score", filter=Filter(), now=NOW).estimate.n == 60


@of_the_mart
@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:-9])])
def test_files_of_the_mart_lost_or_damaged_while_it_is_read_are_said_and_mended(home: Path, answers: Make, harm):
    answers()
    analyze.refresh_mart(now=NOW)
    assert analyze.run("score", filter=Filter(), now=NOW).estimate.n == 60
    for file in (home / "mart" / "responses").rglob("*.parquet"):
        harm(file)
    result = analyze.run("score", filter=Filter(), options={"confidence": "0.77"}, now=NOW)
    assert "made anew" in result.refusal
    analyze.refresh_mart(now=NOW)
    result = analyze.run("score", filter=Filter(), options={"confidence": "0.77"}, now=NOW)
    assert result.estimate.n == 60


@of_the_mart
def test_the_same_question_twice_is_computed_once(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    first = analyze.run("score", filter=EMEA, options={"confidence": "0.9"}, now=NOW)
    assert analyze.run("score", filter=EMEA, options={"confidence": "0.9"}, now=NOW) is first
    assert analyze.run("score", filter=EMEA, options={"confidence": "0.8"}, now=NOW) is not first
    analyze.rebuild_mart(now=NOW + timedelta(seconds=1))
    assert analyze.run("score", filter=EMEA, options={"confidence": "0.9"}, now=NOW) is not first


def test_options_come_as_text(home: Path):
    with pytest.raises(analyze.UnknownAnalysis, match="score"):
        analyze.run("astrology", filter=Filter(), now=NOW)
    with pytest.raises(analyze.BadOption, match="colour"):
        analyze.run("score", filter=Filter(), options={"colour": "red"}, now=NOW)
    with pytest.raises(analyze.BadOption, match="a number"):
        analyze.run("score", filter=Filter(), options={"confidence": "high"}, now=NOW)


@of_the_mart
def test_a_value_that_an_analysis_cannot_take_is_told(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    for wrong in ({"confidence": "95"}, {"confidence": "nan"}, {"method": "magic"}):
        with pytest.raises(BadFilter, match=r"between 0 and 1|score, adjusted_wald"):
            analyze.run("score", filter=Filter(), options=wrong, now=NOW)


@of_the_mart
def test_an_unknown_attribute_is_named(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    planet = Filter(attributes=(("planet", ("Mars",)),))
    with pytest.raises(BadFilter, match=r"planet.*region"):
        analyze.run("score", filter=planet, now=NOW)


def test_a_known_attribute_before_the_first_snapshot_is_a_refusal_and_no_error(home: Path, answers: Make):
    answers()
    assert analyze.run("score", filter=EMEA, now=NOW).refused
    assert capture.responses(filter=EMEA).rows == ()


def test_the_list_filtered_by_attribute_agrees_with_the_score(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    seen, cursor = [], None
    while True:
        page = capture.responses(filter=EMEA, after_cursor=cursor, limit=7)
        seen += page.rows
        if page.older is None:
            break
        cursor = str(page.older)
    assert len(seen) == analyze.run("score", filter=EMEA, now=NOW).estimate.n == 30
    assert [row.answered_at for row in seen] == sorted((row.answered_at for row in seen), reverse=True)
    assert {row.attributes["region"] for row in seen} == {"EMEA"}
    assert capture.newer_than(str(capture.Cursor(seen[3].answered_at, seen[3].pk)), filter=EMEA) == 3


def test_attribute_group_account_and_search_together(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    assert capture.responses(filter=EMEA, group="detractors").rows == ()
    one = Response.objects.get(external_id="r7")
    assert capture.responses(filter=EMEA, group="promoters", account=one.account_id).rows == (one,)
    assert capture.responses(filter=EMEA, search="number 7").rows == (one,)
    assert capture.responses(filter=EMEA, account=4711).rows == ()


def test_a_filter_by_ticket_finds_what_the_ticket_explains(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    red = Filter(attributes=(("ticket_team", ("Red",)),))
    assert [row.external_id for row in capture.responses(filter=red).rows] == ["r0", "r20", "r40"]


def test_the_tickets_behind_an_answer(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    [link] = capture.response_detail(Response.objects.get(external_id="r10").pk).tickets
    assert (link.ticket.external_id, link.tier, link.primary) == ("t10", "T2", True)
    assert link.age == timedelta(hours=6)
    assert capture.response_detail(Response.objects.get(external_id="r1").pk).tickets == ()


@of_the_mart
def test_every_analysis_answers_or_refuses(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    for name, found in analyze.catalogue().items():
        options = {option.name: "region" for option in found.options if option.required}
        result = analyze.run(name, filter=Filter(), options=options, now=NOW)
        assert result.says, name
        result.to_json()


def test_attributes_are_the_built_in_ones_and_the_companys(answers: Make):
    answers()
    slugs = [attribute.slug for attribute in analyze.attributes()]
    assert slugs[0] == "survey"
    assert slugs[-1] == "region"


def test_the_window_is_told_and_changes_only_when_all_is_linked_anew(home: Path, answers: Make):
    answers()
    analyze.refresh_mart(now=NOW)
    attribution.save(LinkRule(window_days=60), now=NOW)
    analyze.refresh_mart(now=NOW + timedelta(days=1))
    told = analyze.run("attribution", filter=Filter(), now=NOW).figures
    assert (told["window_days"], told["rule_version"]) == (30, 1)
    assert relink(now=NOW + timedelta(days=2))
    told = analyze.run("attribution", filter=Filter(), now=NOW).figures
    assert (told["window_days"], told["rule_version"]) == (60, 2)
