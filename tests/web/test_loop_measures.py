"""Loop, Measures: page, API and command line say the numbers of the analyses, and those follow the cases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from nineplus.cli import playbook
from nineplus.model import Filter
from nineplus.stages import analyze
from nineplus.stages.act.cases import working
from nineplus.stages.govern import keys
from nineplus.store.models import Case
from tests.stages.act.world import HOUR, NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def test_page_api_and_command_line_say_the_numbers_of_the_analyses(settings, tmp_path, client_of, client):
    settings.HOME = tmp_path
    ada = agent("Ada", team="West")
    for number in range(6):  # of those called four come back; of those left alone three of six
        who = person(at=company())
        made = case(at=NOW, by=who, score=4)
        working.contact(made.pk, way="call", by=ada, now=NOW + (number + 1) * HOUR)
        answer(9 if number < 4 else 5, by=who, at=NOW + 30 * DAY)
        other = person(at=company())
        answer(4, by=other, at=NOW)
        answer(8 if number < 3 else 3, by=other, at=NOW + 30 * DAY)
    waits = case(at=NOW)
    analyze.refresh_mart(now=NOW + 31 * DAY)
    soon, promised, back = (
        analyze.run(name, filter=Filter(), now=NOW) for name in ("follow-up-time", "follow-up-sla", "recovery")
    )
    assert (soon.figures["n"], soon.figures["waiting"], soon.figures["median_hours"]) == (7, 1, 4)
    assert (promised.figures["kept"], promised.figures["due"]) == (6, 7)
    assert [row["value"] for row in promised.table("by_value").rows] == ["West"]
    assert back.figures["lift"] == pytest.approx(100 / 6)

    page = client_of("agent").get("/loop/measures/").content.decode()
    assert all(result.says.split(" (")[0] in page for result in (soon, promised, back))
    assert "Evidence" in page
    cut = client_of("owner").get("/loop/measures/?by=priority").content.decode()
    assert ">Normal<" in cut
    assert ">normal<" not in cut
    headers = {"Authorization": f"Bearer {keys.create(name='K', role='analyst', now=timezone.now()).token}"}
    told = client.get("/api/playbooks/loop", headers=headers).json()
    assert (told["cases"], told["waiting"], told["hours"]["median"]) == (7, 1, 4)
    assert told["kept"][0] | {"low": 0, "high": 1} == {"team": "West", "kept": 6, "due": 7, "low": 0, "high": 1}
    assert (told["recovered"]["difference"], told["nps"]["observed"]) == pytest.approx((100 / 6, 100 * 2 / 6))
    app = typer.Typer()
    playbook.register(app)
    said = json.loads(CliRunner().invoke(app, ["playbook", "loop", "--json"]).stdout)
    assert (said["says"], said["recovered"], said["kept"][0]["kept"]) == (soon.says, back.says, 6)

    working.contact(waits.pk, way="call", by=ada, now=NOW + 20 * HOUR)  # only the case changed
    assert Case.objects.get(pk=waits.pk).revision == 0
    analyze.refresh_mart(now=NOW + 31 * DAY)
    later = analyze.run("follow-up-time", filter=Filter(), now=NOW).figures
    assert (later["contacted"], later["waiting"]) == (7, 0)


def test_without_answers_the_page_says_what_it_will_say(client_of, settings, tmp_path):
    settings.HOME = tmp_path
    assert "There are no answers yet" in client_of("agent").get("/loop/measures/").content.decode()
