"""The official clients, unchanged but for the address, against a running nineplus."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fixtures.site import Site, running_site

ROOT = Path(__file__).resolve().parents[3]
_SURVEY = """
import sys
from nineplus.cli import use_store
use_store()
from django.utils import timezone
from nineplus.model.survey import Content, Plan, Policy
from nineplus.stages.capture.drawing import surveys
now = timezone.now()
survey = surveys.create(name=sys.argv[1], touchpoint="custom", content=Content(), plan=Plan(policy=Policy()), now=now)
surveys.publish(survey, now=now)
surveys.switch(survey, state="active", now=now)
"""


def key_for(site: Site, survey: str) -> str:
    made = subprocess.run([sys.executable, "-c", _SURVEY, survey], env=site.environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    # Their clients may erase people: a key made without the scope may not.
    return site.run("key", "create", survey, "--delighted", survey, "--scope", "people:everyone").stdout.strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Only while these tests run: an idle one takes a part of a processor, too."""
    with running_site(tmp_path_factory.mktemp("site") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def delighted() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it says at each import that its service ends
        return importlib.import_module("delighted")


@pytest.fixture
def client(delighted: Any, site: Site) -> Any:
    key = key_for(site, "For Python")
    assert len(key) == 32
    return delighted.Client(api_key=key, api_base_url=f"{site.url}/v1/")


def test_the_python_client(delighted: Any, client: Any):
    with_client = {"client": client}
    person = delighted.Person.create(
        email="Ada@Customer.Example",
        name="Ada",
        delay=3600,
        properties={"State": "CA", "locale": "de", "question_product_name": "Shoes"},
        **with_client,
    )
    assert person.email == "ada@customer.example"
    assert person.survey_scheduled_at
    assert person.properties == {"State": "CA"}
    again = delighted.Person.create(email="ada@customer.example", send=False, **with_client)
    assert again.id == person.id

    for n in range(4):
        delighted.Person.create(email=f"py{n}@customer.example", send=False, **with_client)
    pages = delighted.Person.list(per_page=2, auto_handle_rate_limits=True, **with_client)
    listed = [one.email for one in pages.auto_paging_iter()]
    assert listed.count("ada@customer.example") == 1
    assert {f"py{n}@customer.example" for n in range(4)} < set(listed)
    assert len(listed) == len(set(listed))
    [only] = delighted.Person.all(email="ada@customer.example", **with_client)
    assert only.next_survey_scheduled_at == person.survey_scheduled_at

    response = delighted.SurveyResponse.create(
        person=person.id, score=9, comment="Good", person_properties={"Store": "Berlin"}, **with_client
    )
    assert response.person_properties == {"State": "CA", "Store": "Berlin", "Delighted Source": "API"}
    found = delighted.SurveyResponse.retrieve(response.id, expand=["person"], **with_client)
    assert found.person.email == "ada@customer.example"
    found.score = 3
    found.person_properties = {"Store": "Rome"}
    saved = found.save(**with_client)
    assert (saved.score, saved.comment, saved.person_properties["Store"]) == (3, "Good", "Rome")
    [one] = delighted.SurveyResponse.all(order="desc", expand=["notes"], **with_client)
    assert (one.id, one.person, one.notes) == (response.id, person.id, [])
    assert delighted.Metrics.retrieve(**with_client) == {
        "nps": -100,
        "promoter_count": 0,
        "promoter_percent": 0,
        "passive_count": 0,
        "passive_percent": 0,
        "detractor_count": 1,
        "detractor_percent": 100,
        "response_count": 1,
    }

    ok = {"ok": True}
    assert delighted.SurveyRequest.delete_pending(person_email="ada@customer.example", **with_client) == ok
    [only] = delighted.Person.all(email="ada@customer.example", **with_client)
    assert only.next_survey_scheduled_at is None
    assert delighted.Unsubscribe.create(person_email="py1@customer.example", **with_client) == ok
    emails = [one.email for one in delighted.Unsubscribe.all(**with_client)]
    assert "py1@customer.example" in emails
    assert delighted.Bounce.all(**with_client) == []

    assert delighted.AutopilotConfiguration.retrieve("email", **with_client).active is False
    members = delighted.AutopilotMembership.forEmail()
    member = members.create(person_email="py2@customer.example", properties={"plan": "gold"}, **with_client)
    assert member.person["email"] == "py2@customer.example"
    assert [one.person["email"] for one in members.list(**with_client).auto_paging_iter()] == ["py2@customer.example"]
    assert members.delete(person_email="py2@customer.example", **with_client) == {"person": {"id": member.person["id"]}}
    assert list(members.list(**with_client).auto_paging_iter()) == []

    assert delighted.Person.delete(email="py3@customer.example", **with_client) == ok
    assert delighted.Person.all(email="py3@customer.example", **with_client) == []
    with pytest.raises(delighted.errors.ResourceValidationError):
        delighted.Person.create(email="nobody", **with_client)
    stranger = delighted.Client(api_key="a" * 32, api_base_url=client.api_base_url)
    with pytest.raises(delighted.errors.AuthenticationError):
        delighted.Metrics.retrieve(client=stranger)


def test_the_node_client(site: Site):
    key = key_for(site, "For Node")
    script = Path(__file__).with_name("client.mjs")
    port = str(urlsplit(site.url).port)
    ran = subprocess.run(["node", script, ROOT, key, port], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["person"]["survey_scheduled_at"]
    assert said["renamed"]["name"] == said["retrieved"]["name"] == "Node Two"
    emails = [one["email"] for one in said["people"]]
    assert len(emails) == len(set(emails)) >= 5
    assert (said["saved"]["score"], said["saved"]["comment"]) == (4, "Fine")
    assert said["expanded"][0]["person"]["email"] == "node@customer.example"
    assert said["metrics"]["detractor_count"] == said["metrics"]["response_count"] == 1
    assert said["withdrawn"] == said["deleted"] == {"ok": True}
    assert "node1@customer.example" in [one["email"] for one in said["unsubscribes"]]
    assert said["autopilot"]["platform_id"] == "email"
    assert [one["person"]["email"] for one in said["members"]] == ["node2@customer.example"]
    assert said["left"] == {"person": {"id": said["member"]["person"]["id"]}}
    assert said["by_sms"]["person"]["phone_number"] == "+15556667777"
    assert said["wrong"]["type"] == "ResourceValidationError"
