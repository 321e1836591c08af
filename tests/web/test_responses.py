"""The live list."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.model.survey import Content, Extra, ExtraTexts, Texts
from nineplus.questions.choice import settle
from nineplus.stages.capture import record_response
from nineplus.store.models import Attribute, Response, SurveyVersion
from tests.web.given import NOW

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(client_of):
    return client_of("agent")


def text_of(download) -> str:
    return b"".join(download.streaming_content).decode("utf-8-sig")


def ids(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-item href="/responses/(\d+)/', html)]


def test_the_list_goes_on_page_by_page_and_loses_nobody(agent, answers):
    first = agent.get("/responses/")
    older = re.search(r'hx-get="(/responses/\?[^"]*after=[^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = agent.get(older, headers=HTMX)
    assert ids(first.content.decode()) + ids(second.content.decode()) == answers
    assert "<html" not in second.content.decode()
    assert ids(agent.get(older).content.decode()) == answers[50:]  # the same address as a whole page


def test_comments_are_text_and_never_markup(agent, answers):
    html = agent.get("/responses/?q=FAILED").content.decode()
    assert "&lt;b&gt;<mark>failed</mark>&lt;/b&gt;" in html
    assert "<b>failed" not in html


@pytest.mark.parametrize(
    ("group", "scores"), [("promoters", {9, 10}), ("passives", {7, 8}), ("detractors", set(range(7)))]
)
def test_groups(agent, answers, group, scores):
    html = agent.get(f"/responses/?group={group}").content.decode()
    assert {int(found) for found in re.findall(r'aria-label="(\d+), ', html)} == scores


def test_survey_and_account_narrow_the_list(agent, answers):
    account = Response.objects.get(pk=answers[3]).account_id
    assert ids(agent.get(f"/responses/?account={account}").content.decode()) == answers[3::7]
    assert len(ids(agent.get("/responses/?survey=Relationship").content.decode())) == 50
    nobody = agent.get("/responses/?survey=Other").content.decode()
    assert ids(nobody) == []
    assert "Nobody said this" in nobody


def test_new_answers_come_without_reload(agent, answers):
    page = agent.get("/responses/").content.decode()
    poll = re.search(r'hx-get="(/responses/news/[^"]*)"', page)[1].replace("&amp;", "&")
    assert agent.get(poll, headers=HTMX).status_code == 204
    new = record_response(score=10, survey="Relationship", answered_at=NOW + timedelta(minutes=1), now=NOW)
    news = agent.get(poll, headers=HTMX).content.decode()
    assert ids(news) == [new.response.pk]
    assert "1 new answer." in news
    again = re.search(r'hx-get="(/responses/news/[^"]*)"', news)[1].replace("&amp;", "&")
    assert agent.get(again, headers=HTMX).status_code == 204


def test_new_answers_outside_the_filter_stay_out(agent, answers):
    page = agent.get("/responses/?group=detractors").content.decode()
    poll = re.search(r'hx-get="(/responses/news/[^"]*)"', page)[1].replace("&amp;", "&")
    record_response(score=10, survey="Relationship", answered_at=NOW + timedelta(minutes=1), now=NOW)
    assert agent.get(poll, headers=HTMX).status_code == 204


def test_one_answer_shows_what_stands_behind_it(agent, answers):
    html = agent.get(f"/responses/{answers[1]}/").content.decode()
    assert "Account 1" in html
    assert "person1@example.org" in html
    assert "Other answers of this customer" in html
    part = agent.get(f"/responses/{answers[1]}/", headers=HTMX).content.decode()
    assert "<html" not in part
    assert "Account 1" in part


def test_an_answer_that_is_not_there(agent):
    response = agent.get("/responses/999999/")
    assert response.status_code == 404
    assert "There is no such response." in response.content.decode()


def test_the_export_is_whole_and_harmless(agent, answers):
    record_response(score=3, survey="Relationship", comment="=cmd()", answered_at=NOW + timedelta(minutes=1), now=NOW)
    lines = text_of(agent.get("/responses/responses.csv")).strip().split("\r\n")
    assert len(lines) == 1 + 61
    assert ",'=cmd()," in lines[1]


def test_the_export_has_attributes_and_runs_nothing_in_them(agent, answers):
    for slug, label in (("plan", "Plan"), ("channel", "Channel of sale"), ("region", "Region")):
        Attribute.objects.create(slug=slug, label=label, created_at=NOW)
    Response.objects.filter(pk=answers[0]).update(attributes={"plan": "@SUM(1+1)", "channel": "partner", "other": "x"})
    rows = list(csv.DictReader(io.StringIO(text_of(agent.get("/responses/responses.csv")))))
    assert list(rows[0])[-3:] == ["a.channel", "plan", "region"]
    assert (rows[0]["plan"], rows[0]["a.channel"], rows[0]["channel"]) == ("'@SUM(1+1)", "partner", "")
    assert rows[1]["plan"] == rows[0]["region"] == ""
    assert "x" not in rows[0].values()


def test_a_long_export_holds_one_page_at_a_time(agent, answers, monkeypatch, django_assert_num_queries):
    """It is made as it is read: before the second piece is asked for, the second page is not."""
    monkeypatch.setattr("nineplus.web.pages.responses.capture.MOST_ROWS", 20)
    pieces = agent.get("/responses/responses.csv").streaming_content
    next(pieces)
    with django_assert_num_queries(1):
        assert next(pieces).count(b"\r\n") == 20
    assert sum(piece.count(b"\r\n") for piece in pieces) == 20


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=31/12/2026", "is not a day"),
        ("from=2026-02-01&to=2026-01-01", "ends"),
        ("group=friends", "There is no group"),
        ("after=nonsense", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(agent, answers, query, words):
    response = agent.get(f"/responses/?{query}")
    assert response.status_code == 400
    assert words in response.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_list(agent, answers):
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert agent.get(path).status_code == 200
        return len(asked)

    one = f"/responses/{answers[0]}/"
    queries("/responses/")
    whole, of_nine = queries("/responses/"), queries(one)
    assert Response.objects.filter(account=Response.objects.get(pk=answers[0]).account).count() == 9
    Response.objects.exclude(pk__in=[answers[0], answers[1], answers[7]]).delete()  # 7 is of the same account as 0
    assert (queries("/responses/"), queries(one)) == (whole, of_nine)


@pytest.mark.parametrize(
    "address", ["/responses/?q=%00", "/responses/?a.region=%00", "/?survey=a%00b", "/responses/?%00=1"]
)
def test_the_character_nul_is_refused_in_words(agent, address):
    answer = agent.get(address)
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()


def test_a_download_that_cannot_be_made_is_refused_before_it_begins(agent, answers):
    for wrong in ("group=neutral", "a.nowhere=x"):
        answer = agent.get(f"/responses/responses.csv?{wrong}")
        assert answer.status_code == 400
        assert not answer.streaming


def test_an_answer_shows_all_that_was_said_and_what_speaks_for_a_machine(agent, answers):
    content = Content(
        texts={"en": Texts(extras={"use": ExtraTexts(wording="What do you use?", options={"api": "Our <API>"})})},
        extras=(Extra(slug="use", kind="choice", settings=settle({"options": ["api", "board"], "other": True})),),
    )
    response = Response.objects.get(pk=answers[0])
    response.version = SurveyVersion.objects.create(
        survey=response.survey, number=3, content=content.model_dump(mode="json"), created_at=NOW
    )
    response.extras = {"use": {"options": ["api", "other"], "other": "the garden"}, "gone": 4}
    response.consent_contact, response.consent_quote = True, False
    response.channel, response.language, response.tags = "kiosk", "de", ["beta"]
    response.notes = [{"id": "1", "text": "Called <back>", "by": "cs@example.org"}]
    response.raw = {"beside": {"Why <so>?": "Because"}, "payload": {"hidden": "x"}}
    response.signals = {"dwell_ms": 20, "earlier": [{"score": 4, "until": "2026-11-19T10:00:00+00:00"}]}
    response.save()
    html = re.sub(r"\s*<[^>]+>\s*", "|", agent.get(f"/responses/{answers[0]}/", headers=HTMX).content.decode())
    said = re.sub(r"\|+", "|", html)
    for expected in (
        "|What do you use?|Our &lt;API&gt;, Other: the garden|",
        "|Gone|4|",
        "|May be contacted about it|yes|",
        "|May be quoted|not asked|",
        "|Score before it was changed|4|",
        "|Tags|beta|",
        "|What else its file said|Why &lt;so&gt;?|Because|",
        "|Called &lt;back&gt;|cs@example.org|",
        "· at a kiosk · Deutsch|",
        "Relationship · version 3",
        "it came quicker than anybody can read.",
    ):
        assert expected in said


def test_nothing_is_said_of_a_machine_when_nothing_speaks_for_one(agent, answers):
    html = agent.get(f"/responses/{answers[0]}/", headers=HTMX).content.decode()
    assert "machine" not in html
    assert "May be" not in html
