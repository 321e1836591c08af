"""nineplus webhook: a secret once, JSON, and what cannot be done in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner, Result

from nineplus.cli import key, webhook
from nineplus.stages.govern import keys
from nineplus.store.models import Survey

pytestmark = pytest.mark.django_db(transaction=True)
Run = Callable[..., Result]


@pytest.fixture
def nineplus(settings, tmp_path: Path) -> Run:
    settings.HOME = tmp_path
    app = typer.Typer()
    for command in (key, webhook):
        command.register(app)
    return lambda *words, stdin="": CliRunner().invoke(app, list(words), input=stdin)


@pytest.fixture
def run(nineplus: Run) -> Run:
    return lambda *words, **more: nineplus("webhook", *words, **more)


def test_a_key_for_delighteds_clients(nineplus: Run):
    Survey.objects.create(name="Shop", external_id="1", created_at=timezone.now(), revision=0)
    token = nineplus("key", "create", "App", "--delighted", "Shop").stdout.strip()
    assert len(token) == 32
    assert keys.authenticate_bound(token, now=timezone.now()).survey.name == "Shop"
    assert keys.authenticate(token, now=timezone.now()) is None
    refused = nineplus("key", "create", "App", "--delighted", "Shopp")
    assert refused.exit_code == 1
    assert "'Shop'" in refused.stderr


def test_added_listed_and_removed(run):
    made = json.loads(run("add", "https://hooks.example.com/nps", "--json").stdout)
    assert len(made["secret"]) == 32
    own = json.loads(run("add", "https://crm.example.com/", "--secret-stdin", "--json", stdin="our own\n").stdout)
    assert own["secret"] is None
    rows = json.loads(run("list", "--json").stdout)
    assert [row["url"] for row in rows] == ["https://hooks.example.com/nps", "https://crm.example.com/"]
    assert run("remove", str(made["id"])).exit_code == 0
    refused = run("remove", str(made["id"]))
    assert refused.exit_code == 1
    assert "no such webhook" in refused.stderr


def test_what_will_not_do(run):
    for words, said in (
        (("add", "http://hooks.example.com/"), "https://"),
        (("add", "https://x.example/", "--event", "nothing"), "no event"),
        (("add", "https://x.example/", "--survey", "Nothing"), "no survey"),
    ):
        done = run(*words)
        assert done.exit_code == 1
        assert said in done.stderr
