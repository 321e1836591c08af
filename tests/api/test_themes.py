"""/api/themes and what was read in an answer: shown, corrected, drafted, applied, and who may."""

from __future__ import annotations

import pytest

from nineplus.stages.analyze.comments import reading, topics, versions
from nineplus.store.models import Response, Revision, Survey, ThemeLabel, ThemesVersion, Topic
from tests.api.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answer(settings, tmp_path) -> Response:
    """One answer, its comment read by words alone."""
    settings.HOME = tmp_path
    Revision.objects.get_or_create(pk=1, defaults={"number": 1})
    survey = Survey.objects.create(external_id="s", name="Quarterly", created_at=NOW, revision=1)
    one = Response.objects.create(
        external_id="r",
        survey=survey,
        score=2,
        comment="Slow response times from support.",
        answered_at=NOW,
        revision=1,
    )
    ThemesVersion.objects.filter(pk=versions.current().pk).update(mode="fast")
    versions._reader.cache_clear()
    reading.follow(now=NOW)
    return one


def test_what_was_read_is_shown_and_corrected(client_as, send, problem, answer):
    client = client_as("agent", "responses:read", "responses:write")
    told = client.get(f"/api/responses/{answer.pk}/themes").json()
    [speed] = [one for one in told["themes"] if one["counts"]]
    assert (told["sentiment"], speed["theme"], answer.comment[speed["start"] : speed["stop"]]) == (
        "negative",
        "support.speed",
        "Slow response times",
    )
    assert "says" in speed["why"]
    path = f"responses/{answer.pk}/themes"
    after = send(client, path, {"themes": {"support.speed": False, "billing": True}}, method="put").json()
    assert {one["theme"]: one["person"] for one in after["themes"]} == {"support.speed": False, "billing": True}
    whole = {"themes": {"pricing": True}, "whole": True, "sentiment": "mixed"}
    assert send(client, path, whole, method="put").json()["sentiment"] == "mixed"
    assert ThemeLabel.objects.filter(source="api", holds=True).values_list("theme", flat=True)[0] == "pricing"
    problem(send(client, path, {"themes": {"moonshine": True}}, method="put"), 404)
    problem(send(client, path, {"themes": {}, "sentiment": "mixed"}, method="put"), 400)
    problem(client.get("/api/responses/999/themes"), 404)
    problem(send(client_as("agent", "responses:read"), path, {"themes": {}}, method="put"), 403)
    problem(client.get("/api/themes/near", {"said": "costs"}), 400)


def test_a_taxonomy_goes_out_in_and_into_force(client_as, send, problem, answer):
    client = client_as("analyst", "analyses:read", "themes:write")
    document = client.get("/api/themes/document").json()
    document["theme"].append({"slug": "slowness", "name": "Slowness", "seeds": {"en": ["slow response"]}})
    problem(client.post("/api/themes/draft/apply"), 404)
    draft = send(client, "themes/draft", {"name": document["name"], "theme": document["theme"]}, method="put").json()
    assert (draft["number"], draft["state"]) == (2, "draft")
    assert client.get("/api/themes/draft").json()["preview"] is None
    assert client.get("/api/themes").json()["draft"]["number"] == 2
    problem(send(client, "themes/draft", {"theme": [{"slug": "No!"}]}, method="put"), 400)
    assert client.post("/api/themes/draft/apply").json()["state"] == "waiting"
    reading.run(now=NOW)
    now = client.get("/api/themes").json()
    assert (now["version"]["number"], now["version"]["current"], now["draft"]) == (2, True, None)
    assert "slowness" in [one["slug"] for one in now["themes"]]
    problem(client.post("/api/themes/2/cancel"), 409)
    send(client, "themes/draft", {"theme": document["theme"][:3]}, method="put")
    assert client.delete("/api/themes/draft").status_code == 204
    problem(client.delete("/api/themes/draft"), 404)
    assert client.get("/api/themes/quality").json()["enough"] is False
    problem(client_as("viewer").delete("/api/themes/draft"), 403)


def test_topics_are_decided(client_as, send, problem, answer):
    client = client_as("analyst")
    quote = [[answer.pk, 0, 13]]
    for name in ("slow, response", "open"):
        Topic.objects.create(key=name, name=name, accounts=5, clauses=6, quotes=quote, found_at=NOW)
    first, second = client.get("/api/themes/topics").json()
    assert first["quotes"] == ["Slow response"]
    Response.objects.filter(pk=answer.pk).update(consent_quote=False)
    assert [one["quotes"] for one in client.get("/api/themes/topics").json()] == [[], []]
    said = {"said": "theme", "name": "Waiting"}
    assert send(client, f"themes/topics/{first['id']}", said, method="put").status_code == 204
    assert "waiting" in versions.edited().slugs
    assert send(client, f"themes/topics/{second['id']}", {"said": "dismiss"}, method="put").status_code == 204
    assert topics.waiting() == []
    problem(send(client, "themes/topics/999", {"said": "dismiss"}, method="put"), 404)
