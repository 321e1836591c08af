"""nineplus match: pairs, decisions and undoing, as words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from nineplus.cli import match
from nineplus.store.models import Contact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(settings, tmp_path: Path) -> Callable[..., Result]:
    settings.HOME = tmp_path
    app = typer.Typer()
    match.register(app)
    return lambda *words: CliRunner().invoke(app, ["match", *words])


def test_a_pair_is_found_joined_and_parted(run: Callable[..., Result]):
    for number, email in enumerate(("ann@acme.example", "ann+nps@acme.example")):
        Contact.objects.create(external_id=f"X{number}", email=email, name="Ann", revision=10**6)
    assert json.loads(run("look", "--json").stdout)["suggested"] == 1
    [pair] = json.loads(run("list", "--json").stdout)
    assert (pair["reason"], pair["confidence"]) == ("spelling", 95)
    assert "Ann" in run("list").stdout
    assert run("accept").exit_code == 2
    made = json.loads(run("accept", str(pair["id"]), "--keep", str(pair["right"]["id"]), "--json").stdout)
    assert Contact.objects.get().pk == made["kept"] == pair["right"]["id"]
    assert json.loads(run("merges", "--json").stdout)[0]["id"] == made["merge"]
    assert "Taken back" in run("undo", str(made["merge"])).stdout
    assert Contact.objects.count() == 2
    again = run("refuse", str(pair["id"]))
    assert again.exit_code == 1
    assert "decided" in again.stderr
