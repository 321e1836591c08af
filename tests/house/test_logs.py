"""Logs are structured, carry the request's id and do not say who."""

from __future__ import annotations

import json
import logging

import pytest

from nineplus import logs


@pytest.fixture
def line(capsys, monkeypatch):
    """Log something, get the line that came out, as a dict."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.setattr(logging.getLogger("django.request"), "level", logging.ERROR)

    def log(message, *args, exc_info=None, **extra):
        logs.configure(level="INFO", format="json")
        logging.getLogger("some.place").warning(message, *args, exc_info=exc_info, extra=extra)
        return json.loads(capsys.readouterr().err.strip().splitlines()[-1])

    yield log
    root.handlers[:], root.level = before


def test_a_line_has_time_level_place_and_fields(line):
    said = line("import_done", rows=3)
    assert said["event"] == "import_done"
    assert said["level"] == "warning"
    assert said["logger"] == "some.place"
    assert said["rows"] == 3
    assert said["timestamp"].endswith("Z")


@pytest.mark.parametrize("field", ["email", "comment", "password", "username", "token", "row"])
def test_known_fields_are_hidden(line, field):
    said = line("x", **{field: "Ada Lovelace said no"})
    assert "Ada" not in json.dumps(said)


def test_fields_inside_fields_are_hidden(line):
    said = line("x", found={"deep": [{"email": "a@b.example", "n": 1}]})
    assert said["found"]["deep"] == [{"email": logs.HIDDEN, "n": 1}]


@pytest.mark.parametrize(
    "secret",
    ["ada.lovelace+nps@example.co.uk", "postgresql://ada:hunter22@db/x", "np_1a2b3c4d_s3cretS3cretS3cret"],
)
def test_addresses_passwords_and_keys_in_running_text_are_hidden(line, secret):
    said = json.dumps(line("could not use %s at all", secret))
    assert "could not use" in said
    for part in ("lovelace", "hunter22", "s3cret"):
        assert part not in said


def test_what_an_exception_quotes_is_hidden(line):
    try:
        raise ValueError("duplicate key: (email)=(ada@example.org)")
    except ValueError as problem:
        said = line("failed", exc_info=problem)
    assert "duplicate key" in said["exception"]
    assert "ada@" not in said["exception"]


def test_text_for_terminals_is_cleaned_too(capsys):
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.configure(level="INFO", format="text")
        try:
            raise ValueError("ada@example.org")
        except ValueError:
            logging.getLogger("x").exception("failed for %s", "bob@example.org")
    finally:
        root.handlers[:], root.level = before
    said = capsys.readouterr().err
    assert "failed for" in said
    assert "ada@" not in said
    assert "bob@" not in said


def test_a_request_that_failed_does_not_tell_the_survey_link_it_came_by(line):
    from django.test import RequestFactory

    token = "AAAAAAAAAAErkt5e00JGLWgT10I"
    said = line("Internal Server Error: %s", f"/s/{token}/", request=RequestFactory().get(f"/s/{token}/?score=9"))
    assert token not in json.dumps(said)
    assert "/s/[hidden]/?score=9" in said["request"]


def test_a_flood_of_lines_is_bounded_and_what_is_left_out_is_counted(line, capsys):
    line("begin")
    flood = logs.Flood(logging.getLogger("some.place"))
    flood._start = lambda: None  # nobody writes meanwhile
    for number in range(logs.Flood.MOST + 7):
        if not flood.full():
            flood.info("request", {"path": f"/{number}"})
    flood.flush()
    lines = [json.loads(one) for one in capsys.readouterr().err.splitlines()]
    assert [one["path"] for one in lines[:-1]] == [f"/{number}" for number in range(logs.Flood.MOST)]
    assert (lines[-1]["event"], lines[-1]["lines"]) == ("more_of_these", 7)
    flood.flush()
    assert capsys.readouterr().err == ""
