"""nineplus import: what a person types, what a script reads, and which way it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

TEXT = "id,score,date,region,comment\nR1,9,2024-01-02,N,fine\nR2,11,2024-01-03,S,=cmd()\nR3,4,2024-01-04,S,STOP\n"
TICKETS = "kind = 'tickets'\ncolumns.id = 'ticket'"


@pytest.fixture
def nineplus(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command on files that lie in the working folder."""
    import typer

    from nineplus.cli import imports

    app = typer.Typer()
    imports.register(app)
    app.command("other")(lambda: None)
    settings.HOME = tmp_path
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **files: str):
        for name, text in files.items():
            Path(name.replace("_csv", ".csv").replace("_toml", ".toml")).write_text(text)
        return CliRunner().invoke(app, ["import", *words])

    return run


@pytest.mark.django_db
def test_a_dry_run_shows_the_columns_and_writes_nothing(nineplus):
    from nineplus.store.models import Import, Response

    done = nineplus("responses", "a.csv", "--dry-run", a_csv=TEXT)
    assert done.exit_code == 0
    assert "Would add 2 rows" in done.output
    assert "line 3: The score '11' is outside 0 to 10." in done.output
    assert not Response.objects.exists()
    assert not Import.objects.exists()
    report = json.loads(nineplus("responses", "a.csv", "--dry-run", "--json").stdout)
    assert (report["added"], report["refused"]) == (2, 1)
    assert report["mapping"]["columns"]["region"]["field"] == "attribute"


@pytest.mark.django_db(transaction=True)
def test_import_list_rejected_and_undo(nineplus):
    from nineplus.store.models import Response

    done = nineplus("responses", "a.csv", "--json", "--save-map", "monthly", a_csv=TEXT)
    assert done.exit_code == 0, done.output
    one = json.loads(done.stdout)
    assert (one["state"], one["added"], one["refused"], one["refusals"]) == ("done", 2, 1, {"score_out_of_range": 1})
    again = json.loads(nineplus("responses", "a.csv", "--json", "--map", "monthly").stdout)
    assert (again["added"], again["same"]) == (0, 2)
    assert [row["id"] for row in json.loads(nineplus("list", "--json").stdout)] == [again["id"], one["id"]]
    assert "2 added" in nineplus("list").output
    assert nineplus("rejected", str(one["id"]), "-o", "out.csv").exit_code == 0
    assert Path("out.csv").read_text().splitlines()[1].endswith(",R2,11,2024-01-03,S,'=cmd()")
    assert "R2" in nineplus("rejected", str(one["id"])).stdout
    assert f"({one['file']}) is done" in nineplus("cancel", str(one["id"])).output  # what is over stays as it is
    assert nineplus("undo", str(one["id"])).exit_code == 0
    assert not Response.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "files", "says"),
    [
        (("responses", "none.csv"), {}, "no file"),
        (("responses", "a.csv"), {"a_csv": ""}, "empty"),
        (("responses", "a.csv"), {"a_csv": "score\n" + "4\n5\n" * 9}, "1 to 5"),
        (("responses", "a.csv"), {"a_csv": "score,date\n" + "9,03/04/2024\n" * 9}, "--date-order"),
        (
            ("responses", "a.csv", "--map", "m.toml"),
            {"a_csv": TEXT, "m_toml": "kind = 'tickets'\ncolumns.id = 'ticket'"},
            "for tickets",
        ),
        (("responses", "a.csv", "--map", "m.toml"), {"a_csv": TEXT, "m_toml": "x = ["}, "neither JSON nor TOML"),
        (("undo", "4711"), {}, "no import 4711"),
    ],
)
def test_what_cannot_be_done_ends_with_one_and_a_sentence(nineplus, words, files, says):
    from nineplus.store.models import Import

    done = nineplus(*words, **files)
    assert done.exit_code == 1
    assert says in done.output
    assert not Import.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_date_order_and_zone_are_obeyed(nineplus):
    from nineplus.store.models import Response

    text = "score,date\n" + "9,03/04/2024 12:00\n" * 9
    assert nineplus("responses", "a.csv", "--date-order", "mdy", "--timezone", "Asia/Tokyo", a_csv=text).exit_code == 0
    assert Response.objects.first().answered_at.isoformat() == "2024-03-04T03:00:00+00:00"


def test_wrong_usage_ends_with_two_and_help_has_examples(nineplus):
    assert nineplus("cars", "a.csv").exit_code == 2
    assert nineplus("responses").exit_code == 2
    assert "nineplus import tickets" in nineplus("tickets", "--help").output


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--preset", "nobody", "qualtrics"),
        ("--timezone", "Europe/Berln", "Europe/Berlin"),
        ("--date-order", "dym", "dmy"),
        ("--currency", "euro", "EUR"),
        ("--source", "My CRM", "lower-case"),
    ],
)
def test_an_option_that_no_file_makes_right_is_wrong_usage(nineplus, option, value, says):
    done = nineplus("movements", "a.csv", option, value, a_csv=TEXT)
    assert done.exit_code == 2
    assert says in done.stderr


@pytest.mark.django_db
def test_a_mapping_file_without_a_zone_is_in_that_of_settings(nineplus):
    from nineplus.stages.govern import preferences

    preferences.change(time_zone="Europe/Berlin")
    given = 'kind = "responses"\ncolumns.mark = "score"\ncolumns.day = "answered_at"\n'
    files = {"a_csv": "mark,day\n9,2026-01-31 12:00\n8,2026-02-28 12:00\n", "map_toml": given}
    report = json.loads(nineplus("responses", "a.csv", "--map", "map.toml", "--dry-run", "--json", **files).stdout)
    assert report["mapping"]["timezone"] == "Europe/Berlin"
    said = [note["message"] for note in report["notes"]]
    assert "Where the file does not say, the time zone Europe/Berlin of Settings is used." in said


@pytest.mark.django_db
def test_what_a_file_leaves_open_is_as_settings_say_unless_told(nineplus):
    from nineplus.stages.govern import preferences

    preferences.change(time_zone="Europe/Berlin", currency="EUR")
    file = "account,at,kind,amount\nA,2026-01-31 12:00,new,10\nB,2026-02-28 12:00,new,10\n"
    report = json.loads(nineplus("movements", "a.csv", "--dry-run", "--json", a_csv=file).stdout)
    assert (report["mapping"]["timezone"], report["mapping"]["currency"]) == ("Europe/Berlin", "EUR")
    said = [note["message"] for note in report["notes"]]
    assert "Where the file does not say, the time zone Europe/Berlin and the currency EUR of Settings is used." in said
    told = nineplus("movements", "a.csv", "--dry-run", "--json", "--timezone", "Asia/Tokyo", "--currency", "jpy")
    told = json.loads(told.stdout)
    assert (told["mapping"]["timezone"], told["mapping"]["currency"]) == ("Asia/Tokyo", "JPY")
    said = [note["message"] for note in told["notes"]]
    assert "Times without a zone were read as Asia/Tokyo." in said
    assert not any("Settings" in message for message in said)


@pytest.mark.django_db
def test_an_export_of_another_tool_is_read_as_such_unless_told(nineplus):
    head = "#,How likely to recommend us?,How likely to recommend the app?,Submit Date (UTC),Network ID\n"
    text = head + "".join(f"t{n},{n % 11},{10 - n % 11},2025-01-02 10:00,n{n}\n" for n in range(22))
    unclear = nineplus("responses", "a.csv", "--dry-run", a_csv=text)
    assert unclear.exit_code == 1
    assert "Say --score-column" in unclear.output
    told = nineplus("responses", "a.csv", "--dry-run", "--json", "--score-column", "How likely to recommend the app?")
    mapping = json.loads(told.stdout)["mapping"]
    assert mapping["vendor"] == "typeform"
    assert mapping["columns"]["How likely to recommend the app?"]["field"] == "score"
    nobodys = nineplus("responses", "a.csv", "--dry-run", "--json", "--preset", "none")
    assert json.loads(nobodys.stdout)["mapping"]["vendor"] == ""
