"""The wizard, without a browser."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from nineplus.stages.connect import imports as stage
from nineplus.stages.govern import preferences
from nineplus.store.models import Import, Response, SavedMapping
from tests.connectors.surveys import exports
from tests.web.given import NOW

FILE = "score,when,what\n9,2026-01-31,Great\n3,2026-02-01,=cmd()\n11,2026-02-02,too much\n"


@pytest.fixture
def analyst(client_of):
    return client_of("analyst")


def send(client, text: str, name: str = "answers.csv") -> Import:
    response = client.post("/imports/new/", {"file": SimpleUploadedFile(name, text.encode()), "kind": ""})
    assert response.status_code == 302, response.content.decode()[-2000:]
    return Import.objects.get()


def test_a_file_goes_all_the_way_and_back(analyst):
    one = send(analyst, FILE)
    columns = analyst.get(f"/imports/{one.pk}/columns/")
    assert columns.context["mapping"].kind == "responses"
    assert "Great" in columns.content.decode()
    checked = analyst.post(f"/imports/{one.pk}/columns/", {"columns": "1", "c2": "comment", "survey": "Winter"})
    assert checked["Location"] == f"/imports/{one.pk}/check/"
    report = analyst.get(f"/imports/{one.pk}/check/?now=1").context["report"]
    assert (report.added, report.refused) == (2, 1)
    analyst.post(f"/imports/{one.pk}/run/", {"name": "Monthly"})
    assert "Waiting for the worker" in analyst.get(f"/imports/{one.pk}/").content.decode()
    stage.run(one.pk)
    assert set(Response.objects.values_list("score", "comment", "survey__name")) == {
        (9, "Great", "Winter"),
        (3, "=cmd()", "Winter"),
    }
    refused = b"".join(analyst.get(f"/imports/{one.pk}/refused.csv").streaming_content).decode()
    assert "too much" in refused
    analyst.post(f"/imports/{one.pk}/undo/")
    stage.undo(one.pk)
    assert not Response.objects.exists()
    assert SavedMapping.objects.get().name == "Monthly"


def test_what_was_chosen_stays_chosen_on_coming_back(analyst):
    one = send(analyst, FILE)
    analyst.get(f"/imports/{one.pk}/columns/")
    analyst.post(f"/imports/{one.pk}/columns/", {"columns": "1", "c2": "ignore"})
    again = analyst.get(f"/imports/{one.pk}/columns/").context["mapping"]
    assert again.columns["what"].field == "ignore"
    assert again.columns["score"].field == "score"


def test_a_mapping_without_scores_is_not_let_through(analyst):
    one = send(analyst, FILE)
    analyst.get(f"/imports/{one.pk}/columns/")
    page = analyst.post(f"/imports/{one.pk}/columns/", {"columns": "1", "c0": "ignore"})
    assert page.status_code == 200
    assert page.context["mapping"].problems


def test_another_kind_is_recognised_anew(analyst):
    one = send(analyst, "account,name\nA1,Acme\n")
    analyst.get(f"/imports/{one.pk}/columns/")
    page = analyst.post(f"/imports/{one.pk}/columns/", {"other_kind": "1", "kind": "accounts"})
    assert page.context["mapping"].kind == "accounts"


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "empty.csv"), (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "picture.csv")]
)
def test_what_is_no_table_is_said_in_words(analyst, content, name):
    page = analyst.post("/imports/new/", {"file": SimpleUploadedFile(name, content)})
    assert page.status_code == 400
    assert page.context["problem"]
    assert not Import.objects.exists()


def test_no_file_is_said_in_words(analyst):
    assert "Choose a file first." in analyst.post("/imports/new/", {}).content.decode()


def test_a_draft_can_be_forgotten_and_what_ran_cannot(analyst):
    one = send(analyst, FILE)
    analyst.get(f"/imports/{one.pk}/columns/")
    analyst.post(f"/imports/{one.pk}/run/")
    page = analyst.post(f"/imports/{one.pk}/discard/", follow=True).content.decode()
    assert "undo it instead" in page
    assert Import.objects.exists()


def test_cells_of_files_are_never_markup(analyst):
    one = send(analyst, "score,<script>alert(1)</script>\n9,<img src=x onerror=alert(1)>\n", name="<b>.csv")
    html = analyst.get(f"/imports/{one.pk}/columns/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_long_list_of_imports_is_turned_page_by_page(analyst, django_assert_max_num_queries):
    made = Import.objects.bulk_create(
        Import(file_name=f"file {number}.csv", kind="responses", state="done", created_at=NOW) for number in range(60)
    )
    with django_assert_max_num_queries(8):
        first = analyst.get("/imports/").content.decode()
    assert "file 59.csv" in first
    assert "file 9.csv" not in first
    older = f"?before={made[10].pk}"
    assert older in first
    rest = analyst.get(f"/imports/{older}").content.decode()
    assert "file 9.csv" in rest
    assert "file 10.csv" not in rest
    assert "Older imports" not in rest


def test_what_a_file_leaves_open_is_preset_as_settings_say(analyst):
    preferences.change(time_zone="Europe/Berlin")
    one = send(analyst, "score,when\n9,2026-01-31 10:00\n8,2026-01-30 11:30\n")
    shown = analyst.get(f"/imports/{one.pk}/columns/").content.decode()
    assert "<option selected>Europe/Berlin</option>" in shown
    assert "the time zone Europe/Berlin of Settings is used" in shown
    analyst.post(f"/imports/{one.pk}/columns/", {"columns": "1", "timezone": "Asia/Tokyo"})
    assert Import.objects.get().mapping["timezone"] == "Asia/Tokyo"


# -- exports of other survey tools -----------------------------------------------------------------------------------


def test_an_export_is_known_and_its_rules_and_question_are_the_persons_to_change(analyst):
    rows = [exports.qualtrics_row(n, status="Survey Preview" if n < 3 else "IP Address") for n in range(24)]
    one = send(analyst, exports.qualtrics(rows))
    here = f"/imports/{one.pk}/columns/"
    shown = analyst.get(here).content.decode()
    assert "This looks like an export of Qualtrics" in shown
    assert "3 header rows" in shown
    assert 'value="Q5" checked' in shown
    assert "Leave out previews and tests" in shown

    again = analyst.post(here, {"columns": "1", "rules": "1", "score_column": "Q7"})
    mapping = again.context["mapping"]
    assert again.status_code == 200
    assert (mapping.columns["Q7"].field, mapping.columns["Q5"].field) == ("score", "attribute")

    kept = {f"leave{number}": "on" for number, rule in enumerate(mapping.leave_out) if rule.code != "preview"}
    assert analyst.post(here, {"columns": "1", "rules": "1", **kept}).status_code == 302
    report = analyst.get(f"/imports/{one.pk}/check/?now=1").context["report"]
    assert (report.added, report.excluded) == (24, 0)

    analyst.post(here, {"read_as": "1", "vendor": "qualtrics"})
    report = analyst.get(f"/imports/{one.pk}/check/?now=1").context["report"]
    assert (report.added, report.excluded, report.faulty) == (21, 3, 0)
    assert not analyst.post(here, {"read_as": "1", "vendor": "none"}).context["mapping"].vendor


def test_a_field_given_to_another_column_is_taken_from_the_one_that_had_it(analyst):
    one = send(analyst, "score,other,when\n9,3,2026-01-31\n8,4,2026-01-30\n")
    analyst.get(f"/imports/{one.pk}/columns/")
    analyst.post(f"/imports/{one.pk}/columns/", {"columns": "1", "c1": "score"})
    columns = Import.objects.get().mapping["columns"]
    assert (columns["other"]["field"], columns["score"]["field"]) == ("score", "attribute")


def test_what_was_left_out_is_told_apart_from_what_was_refused(analyst):
    rows = [exports.qualtrics_row(n, score=("", "x", 9)[n % 3]) for n in range(9)]
    one = send(analyst, exports.qualtrics(rows))
    analyst.get(f"/imports/{one.pk}/columns/")
    analyst.post(f"/imports/{one.pk}/columns/", {"columns": "1"})
    analyst.post(f"/imports/{one.pk}/run/")
    stage.run(one.pk)
    page = analyst.get(f"/imports/{one.pk}/")
    assert (page.context["excluded"], page.context["faulty"]) == (3, 3)
    assert "Rows without an answer to the question were left out." in page.content.decode()
