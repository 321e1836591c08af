"""nineplus feed: a secret once, what came, and what cannot be done in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from nineplus.cli import feed
from nineplus.store.models import Feed, FeedCall

pytestmark = pytest.mark.django_db(transaction=True)
Run = Callable[..., Result]


@pytest.fixture
def run(settings, tmp_path: Path) -> Run:
    settings.HOME = tmp_path
    app = typer.Typer()
    feed.register(app)
    return lambda *words, stdin="": CliRunner().invoke(app, ["feed", *words], input=stdin)


def test_added_listed_and_removed(run):
    made = json.loads(run("add", "typeform", "--survey", "Shop", "--setting", "email=mail", "--json").stdout)
    assert len(made["secret"]) > 20
    assert Feed.objects.get().settings == {"email": "mail"}
    own = run("add", "typeform", "--secret-stdin", stdin="our own long secret\n")
    assert (own.exit_code, own.stdout) == (0, "")
    FeedCall.objects.create(
        feed_id=made["id"], key="k", code="c", reason="r", body="{}", at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    rows = json.loads(run("list", "--json").stdout)
    assert [(row["survey"], row["taken"], row["unusable"]) for row in rows] == [("Shop", 0, 1), (None, 0, 0)]
    assert "1 calls could not be used" in run("list").stdout
    assert run("again", str(made["id"])).stdout == "0 of them are answers now.\n"
    assert run("remove", str(made["id"])).exit_code == 0
    assert "no such feed" in run("remove", str(made["id"])).stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "nothing"), 1, "typeform"),
        (("add", "typeform", "--touchpoint", "nowhere"), 1, "touchpoint"),
        (("add", "typeform", "--setting", "colour=red"), 2, "question"),
        (("add", "typeform", "--setting", "email"), 2, "NAME=VALUE"),
    ],
)
def test_what_will_not_do(run, words: tuple[str, ...], code: int, said: str):
    done = run(*words)
    assert done.exit_code == code
    assert said in done.stderr
