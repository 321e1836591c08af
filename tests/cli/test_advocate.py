"""nineplus advocate: who there is, who would be asked, acts moved, rewards settled, promoters counted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from nineplus.cli import _advocates_told, advocate
from nineplus.stages.act.advocates import acts, asking, rewards
from nineplus.store.models import Event, Redemption
from tests.stages.act.advocates.world import programme, rich, sender
from tests.stages.act.world import agent, answer, company, person

pytestmark = pytest.mark.django_db


def test_advocates_at_the_command_line(settings, tmp_path):
    settings.HOME = tmp_path
    app = typer.Typer()
    advocate.register(app)

    def run(*words, ends=0):
        got = CliRunner().invoke(app, ["advocate", *words])
        assert got.exit_code == ends, got.output
        return got

    assert "Nobody speaks" in run("list").stderr
    assert "no programmes" in run("programmes").stderr
    assert "No request waits" in run("reward").stderr
    assert "nobody is known; the 90 days of 0" in run("conversion").stdout
    ada, of = person("Ada", at=company()), programme("reference", points=10, least_score=9)
    now = timezone.now()
    answer(10, by=ada, at=now - timedelta(days=10))
    answer(3, by=person("Bo"), at=now - timedelta(days=10))
    assert "1 would be asked." in (dry := run("ask", "REFERENCE", "--dry-run")).stdout
    assert "1 not: Their last score is below" in dry.stdout
    assert "no e-mail sender" in dry.stderr
    assert "no e-mail sender" in run("ask", "reference", ends=1).stderr
    run("ask", "Nothing", ends=1)
    assert not Event.objects.filter(kind=asking.KIND).exists()
    sender(tmp_path)
    assert json.loads(run("ask", "reference", "--json").stdout)["asked"]
    assert Event.objects.filter(kind=asking.KIND).count() == 1

    agent("Ben")
    made = acts.begin(of.pk, contact=ada.pk, by=None, now=now)
    shown = run("act", str(made.pk), "--stage", "done", "--note", "Talked", "--owner", "ben@us.example").stdout
    assert shown == f"{made.pk}: reference, done, ben@us.example\n"
    assert json.loads(run("act", str(made.pk), "--owner", "-", "--json").stdout)["owner"] is None
    for wrong in (("9999",), (str(made.pk), "--stage", "lost"), (str(made.pk), "--owner", "x@us.example")):
        run("act", *wrong, ends=1)
    assert "1 done  Ada" in run("list").stdout
    [row] = json.loads(run("list", "--json").stdout)
    assert (row["points"], row["acts"]) == (10, {"done": 1})
    assert "+10  reference" in run("show", str(row["id"])).stdout
    run("show", "9999", ends=1)
    assert "not bounded" in run("budget", "reference").stdout
    run("budget", "reference", "500", "--currency", "Euro", ends=1)
    spent = run("budget", "reference", "500", "--currency", "EUR", "--per", "year").stdout
    assert spent == "0 of 500 EUR in minor units are spent this year.\n"
    assert json.loads(run("terms", "Reference", "--json").stdout) == {
        "name": "reference",
        "cool_off_days": 7,
        "answers_within_days": 180,
        "asks_in_90_days": 1,
        "rest_days": 30,
    }
    run("terms", "reference", "--answers-within", "6", ends=1)
    assert "within 14 days after another" in run("terms", "reference", "--rest", "14").stdout
    assert "on answers 7 to 9 days old" in run("terms", "reference", "--answers-within", "9").stdout
    assert "longer ago than the programme" in run("ask", "reference", "--dry-run").stdout
    assert "no limits" in run("limit").stderr
    run("limit", "reference", ends=1)
    run("limit", "bribe", "1", ends=1)
    assert run("limit", "reference", "2").stdout == "reference: at most 2 a quarter\n"
    assert json.loads(run("limit", "reference", "0", "--json").stdout) == {}
    [told] = json.loads(run("programmes", "--json").stdout)
    assert (told["done"], told["budget"]["left_minor"]) == (1, 500)
    assert json.loads(run("budget", "reference", "--lift", "--json").stdout) is None
    assert "1 asked" in run("programmes").stdout
    found = json.loads(run("conversion", "--year", str((now - timedelta(days=10)).year), "--json").stdout)
    assert (found["all"]["known"], found["all"]["not_known"]) == (0, 1)

    mug = rewards.offer(name="Mug", points=10, cost_minor=1, currency="EUR", budget_minor=100)
    mine = rich("", 20, who=ada)
    first, second = (rewards.redeem(mine, reward=mug.pk, now=now) for _ in range(2))
    assert "waiting  Mug" in run("reward").stdout
    run("reward", str(first.pk), ends=1)
    assert "given  Mug" in run("reward", str(first.pk), "--give", "--code", "M1").stdout
    assert json.loads(run("reward", str(second.pk), "--refuse", "Out", "--json").stdout)[0]["state"] == "refused"
    run("reward", str(second.pk), "--give", ends=1)
    assert list(Redemption.objects.order_by("pk").values_list("code", flat=True)) == ["M1", ""]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ({"value": None}, "nobody is known"),
        (
            {"did": 81, "known": 263, "value": 81 / 263, "low": 0.2553, "high": 0.3662},
            "81 of 263 promoters, 30.8 % (26 to 37 %)",
        ),
    ],
)
def test_a_share_is_said_with_its_range(share, words):
    assert _advocates_told.in_words(share) == words
