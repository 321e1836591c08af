"""The theme pages: what they show, the draft and its life, the review, corrections where an answer is read, labels."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from nineplus.jobs.worker import Worker
from nineplus.model import Column, Estimate, Table
from nineplus.stages import analyze
from nineplus.stages.analyze.comments import bringing, previewing, reading, versions
from nineplus.store.models import CommentReview, Response, ThemeLabel, ThemesVersion
from nineplus.web.pages.overview import _extremes
from tests.web.given import NOW

pytestmark = pytest.mark.django_db(transaction=True)
SAID = (
    "Slow response times from support.",
    "Far too expensive for us.",
    "Great product, easy to use.",
    "Bad support, I wrote to jo@example.org twice.",
)


@pytest.fixture
def read(answers, settings, tmp_path):
    """Sixty answers, every second with one of four comments, read by words alone."""
    settings.HOME = tmp_path
    for number, one in enumerate(Response.objects.order_by("pk")):
        Response.objects.filter(pk=one.pk).update(comment=SAID[number // 2 % 4] if number % 2 else "")
    ThemesVersion.objects.filter(pk=versions.current().pk).update(mode="fast")
    versions._reader.cache_clear()
    reading.follow(now=NOW)
    analyze.rebuild_mart(now=NOW)


def text(response) -> str:
    return response.content.decode()


def test_themes_say_what_is_talked_about_and_cover_personal_data(read, client_of):
    viewer = client_of("viewer")
    page = text(viewer.get("/themes/"))
    assert "Pricing" in page
    assert "jo@example.org" not in page
    assert "Review comments" not in page, "a viewer does not read single comments"
    one = text(viewer.get("/themes/support.speed/"))
    assert "Slow response" in one
    assert "/responses/" not in one.partition("<main")[2]
    agent = client_of("agent")
    assert "Person" not in one
    assert "All in Responses" in text(agent.get("/themes/support.speed/"))
    assert viewer.get("/themes/nonsense/").status_code == 404
    silent = viewer.get("/themes/security/")
    assert silent.status_code == 200, "a theme that nobody speaks of has a page"
    assert "Nobody spoke of it in this selection" in text(silent)
    assert viewer.get("/themes/pricing/?by=nonsense").status_code == 400


def test_overview_shows_what_costs_most_and_what_brings_most(read, client_of):
    client = client_of("viewer")
    assert client.get("/overview/themes/?survey=S")["Location"] == "/themes/?survey=S", "without htmx the whole page"
    part = text(client.get("/overview/themes/", headers={"hx-request": "true"}))
    assert "<html" not in part
    assert "at least 100 scored answers" in part
    rows = [
        ("a", -9.0, False),
        ("b", -3.0, True),
        ("c", -2.0, True),
        ("d", -1.0, False),
        ("e", 1.0, True),
        ("f", 4, False),
    ]
    table = Table(
        "themes",
        "Themes",
        (Column("title", "Theme"),),
        tuple(
            {"title": name, "impact": Estimate(value, None, None, n=9, n_eff=9), "clear": clear}
            for name, value, clear in rows
        ),
    )
    assert [row["title"] for row in _extremes(table).rows] == ["a", "b", "c", "e"]


def test_responses_are_narrowed_to_a_theme_and_to_none(read, client_of):
    client = client_of("agent")
    page = re.sub("</?mark[^>]*>", "", text(client.get("/responses/?theme=pricing")))
    assert page.count("Far too expensive") == 8
    assert "Great product" not in page
    assert "Only comments that speak of Pricing" in page
    assert "Slow response times</mark>" in text(client.get("/responses/?theme=support&tone=negative")), (
        "what is under it"
    )
    assert "expensive" not in text(client.get("/responses/?theme=-"))


def test_an_answer_shows_why_and_is_corrected_in_place(read, client_of):
    client = client_of("agent")
    one = Response.objects.filter(comment=SAID[0]).first()
    page = text(client.get(f"/responses/{one.pk}/"))
    assert '<mark class="tone-negative"' in page
    assert "says “" in page
    part = client.post(f"/themes/label/{one.pk}/", {"theme": "billing", "holds": "yes"}, headers={"hx-request": "true"})
    assert "Billing" in text(part)
    assert "<html" not in text(part)
    client.post(f"/themes/label/{one.pk}/", {"theme": "support.speed", "holds": "no"})
    assert set(ThemeLabel.objects.values_list("theme", "holds")) == {("billing", True), ("support.speed", False)}
    client.post(f"/themes/label/{one.pk}/", {"take_back": "1"})
    assert not ThemeLabel.objects.exists()
    assert client_of("viewer").post(f"/themes/label/{one.pk}/", {"take_back": "1"}).status_code == 403
    assert client.post("/themes/label/999999/", {"theme": "billing", "holds": "yes"}).status_code == 404


def test_a_draft_is_made_previewed_applied_and_read_by(read, client_of):
    client = client_of("analyst")
    client.post("/themes/edit/add/", {"name": "Slowness", "seeds": "twice", "bad": "It is slow.\nSlow again."})
    client.post("/themes/edit/theme/billing/rename/", {"name": "Invoices", "description": "What we bill"})
    client.post("/themes/edit/theme/support.speed/merge/", {"into": "support.competence"})
    client.post("/themes/edit/theme/pricing/words/", {"bad": "Too dear.", "seeds-en": "dear, expensive"})
    parts = {"name-1": "Waiting", "seeds-1": "waiting", "name-2": "Lag", "examples-2": "It lags."}
    client.post("/themes/edit/theme/slowness/split/", parts)
    assert "Slow again." in text(client.get("/themes/edit/theme/slowness/"))
    page = text(client.get("/themes/edit/"))
    assert "Past comments are being read by the draft" in page
    for word in ("Added Slowness.", "is called Invoices.", "Merged", "Split Slowness into Waiting, Lag."):
        assert word in page
    ThemesVersion.objects.filter(state="draft").update(mode="fast")
    previewing.run(now=NOW)
    shown = text(client.get("/themes/edit/draft/"))
    assert "Slowness" in shown
    assert "jo@example.org" not in shown
    client.post("/themes/edit/apply/")
    assert "read by version 2" in text(client.get("/themes/"))
    assert 'role="status"' in text(client.get("/themes/job/"))
    Worker().burst()
    assert versions.current().number == 2
    assert "Slowness" in text(client.get("/themes/"))
    assert client.get("/themes/support.speed/").status_code == 200, "an old address leads to what it became"
    assert "Version 2" in text(client.get("/themes/edit/"))


@pytest.mark.parametrize(
    ("address", "form", "said"),
    [
        ("/themes/edit/add/", {"name": ""}, "needs a name"),
        ("/themes/edit/add/", {"name": "Empty"}, "Give a few examples"),
        ("/themes/edit/theme/support/remove/", {}, "has themes under it"),
        ("/themes/edit/theme/billing/split/", {"name-1": "One", "seeds-1": "one"}, "two parts"),
        ("/themes/edit/apply/", {}, "no draft"),
        ("/themes/edit/discard/", {}, "no draft"),
        ("/themes/edit/pack/", {"pack": "moon"}, "no pack"),
        ("/themes/edit/bring/", {}, "Choose a file"),
        ("/themes/quality/learn/", {}, "no corrections"),
        ("/themes/quality/use/", {}, "Nothing was learned"),
        ("/themes/labels/bring/", {}, "Choose a file"),
        ("/themes/topics/9/", {"said": "dismiss"}, "no such topic"),
        ("/themes/job/9/cancel/", {}, "no version 9"),
    ],
)
def test_what_cannot_be_done_is_said(client_of, db, address, form, said):
    answer = client_of("analyst").post(address, form, follow=True)
    assert said in text(answer)
    assert not ThemesVersion.objects.filter(state="draft").exists()


def test_themes_go_out_as_a_file_and_come_in_again(client_of, db):
    client = client_of("analyst")
    document = json.loads(client.get("/themes/edit/themes.json").content)
    document["theme"] = [one for one in document["theme"] if one["slug"] != "competitor"]
    file = SimpleUploadedFile("themes.json", json.dumps(document).encode())
    client.post("/themes/edit/bring/", {"file": file})
    assert "competitor" not in versions.edited().slugs
    bad = SimpleUploadedFile("themes.json", b"\xff\x00 no")
    assert "no file of themes" in text(client.post("/themes/edit/bring/", {"file": bad}, follow=True))


def test_the_review_goes_comment_by_comment_and_measures_what_was_drawn(read, client_of):
    client = client_of("agent")
    page = text(client.get("/themes/review/?queue=drawn"))
    assert 'data-key="1"' in page
    [pk] = {int(part.partition("/")[0]) for part in page.split("/themes/review/")[1:] if part[0].isdigit()}
    client.post(f"/themes/review/{pk}/", {"theme": ["pricing"], "sentiment": "negative", "queue": "drawn"})
    told = CommentReview.objects.get()
    assert (told.response_id, told.themes, told.sentiment, told.drawn) == (pk, ["pricing"], "negative", True)
    again = text(client.get("/themes/review/?queue=drawn"))
    assert f"/themes/review/{pk}/" not in again
    skipped = text(client.get(f"/themes/review/?queue=unsure&skip={pk}"))
    assert f'name="skip" value="{pk}"' in skipped
    quality = text(client.get("/themes/quality/"))
    assert "Of 1 comments drawn at random" in quality
    assert client.get("/themes/review/?queue=best").status_code == 400


def test_labels_go_out_and_in_and_what_was_not_used_can_be_downloaded(read, client_of):
    client = client_of("analyst")
    one = Response.objects.filter(comment=SAID[1]).first()
    rows = (
        "text,themes,sentiment\n"
        f'"{SAID[0]}",Billing and contract,negative\n'
        '"Nobody wrote this",pricing,\n'
        f'"{SAID[1]}",moonshine,\n'
        f'"{SAID[2]}",pricing,angry\n'
    )
    page = text(client.post("/themes/labels/bring/", {"file": SimpleUploadedFile("l.csv", rows.encode())}, follow=True))
    assert "1 comments labelled, 3 lines not used" in page
    refused = text(client.get("/themes/labels/not-used.csv"))
    assert [line.partition(",")[0] for line in refused.split("\r\n")[1:4]] == ["3", "4", "5"]
    assert ThemeLabel.objects.filter(theme="billing", holds=True).count() == 8, "every answer with that very text"
    client.post(f"/themes/label/{one.pk}/", {"theme": "pricing", "holds": "no"})
    out = client.get("/themes/labels/labels.csv").content.decode("utf-8-sig")
    assert out.splitlines()[0] == "response,text,themes,not_themes,sentiment,drawn,by,at"
    ThemeLabel.objects.all().delete()
    CommentReview.objects.all().delete()
    client.post("/themes/labels/bring/", {"file": SimpleUploadedFile("l.csv", out.encode())})
    assert ThemeLabel.objects.filter(theme="pricing", holds=False, response=one).exists()
    assert ThemeLabel.objects.filter(theme="billing", holds=True).count() == 8
    for broken, said in ((b"no,columns\n1,2\n", "has a column themes"), (b"\xff\xfe\x00", "no CSV in UTF-8")):
        file = SimpleUploadedFile("l.csv", broken)
        assert said in text(client.post("/themes/labels/bring/", {"file": file}, follow=True))


def test_a_large_file_of_labels_is_taken_in_by_the_worker(read, client_of, monkeypatch):
    monkeypatch.setattr(bringing, "LARGE", 10)
    monkeypatch.setattr(bringing, "_STEP", 2)
    monkeypatch.setattr(bringing, "_TURN", 2)
    client = client_of("analyst")
    rows = f"text,themes\n{SAID[0]},billing\nNobody wrote this,pricing\n{SAID[1]},moonshine\n"

    def bring() -> str:
        file = SimpleUploadedFile("many.csv", rows.encode())
        return text(client.post("/themes/labels/bring/", {"file": file}, follow=True))

    assert "many.csv: waiting for the worker" in bring()
    assert "Another file of labels is being taken in" in bring()
    assert len(list(bringing.folder().iterdir())) == 1
    client.post("/themes/labels/job/stop/")
    assert "It was stopped" in text(client.get("/themes/labels/job/"))
    assert "No file of labels is being taken in" in text(client.post("/themes/labels/job/stop/", follow=True))
    bring()
    assert not bringing.run(now=NOW, stopping=lambda: True)
    assert bringing.run(now=NOW)
    assert "2 of 3 lines read, 1 used, 1 not used …" in text(client.get("/themes/labels/job/"))
    Worker().burst()
    page = text(client.get("/themes/quality/"))
    assert "3 of 3 lines read, 1 used, 2 not used." in page
    assert "/themes/labels/job/not-used.csv" in page
    refused = text(client.get("/themes/labels/job/not-used.csv"))
    assert [line.partition(",")[0] for line in refused.split("\r\n")[1:3]] == ["3", "4"]
    assert ThemeLabel.objects.filter(theme="billing", holds=True, by__isnull=False).count() == 8
    assert not list(bringing.folder().iterdir())
    assert client_of("viewer").get("/themes/labels/job/not-used.csv").status_code == 403
    bring()
    for path in bringing.folder().iterdir():
        path.unlink()
    Worker().burst()
    assert "no longer kept. Bring it again" in text(client.get("/themes/labels/job/"))


def test_a_search_by_meaning_is_narrowed_like_any_list(read, client_of, monkeypatch):
    found = list(Response.objects.exclude(comment="").order_by("pk").values_list("pk", flat=True))[:8]
    monkeypatch.setattr("nineplus.stages.analyze.comments.meaning.search", lambda text, most=100: found[::-1])
    client = client_of("agent")
    page = text(client.get("/responses/?q=costs&how=meaning"))
    at = [page.index(f'href="/responses/{pk}/') for pk in found[::-1]]
    assert at == sorted(at), "the nearest first"
    assert "mean much as" in page
    narrow = text(client.get("/responses/?q=costs&how=meaning&theme=pricing"))
    assert narrow.count('class="answer"') == 2
    assert text(client.get("/responses/?q=costs&how=meaning&group=promoters")).count('class="answer"') < 8


@pytest.mark.django_db
def test_overview_says_that_comments_are_still_being_read(client_of, monkeypatch):
    monkeypatch.setattr("nineplus.web.pages.overview.health.unread", lambda: 7)
    part = text(client_of("viewer").get("/overview/themes/", headers={"hx-request": "true"}))
    assert "7 comments are still being read" in part
