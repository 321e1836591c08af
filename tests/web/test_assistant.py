"""The assistant: off by default, asked only by a press, sent exactly what was shown, and never believed by itself."""

from __future__ import annotations

import html
import json
import re
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nineplus.stages.govern import assistant
from nineplus.store.models import Preference, Response, ThemesVersion, Topic
from tests.web.given import NOW
from tests.web.test_themes import read  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
SAID = ("No parking at your office.", "The parking is full, call +49 30 1234567.", "Parking costs too much.")


@pytest.fixture(scope="module")
def model():
    """A model's address that answers with `says`, and what it was sent."""

    class Told:
        says = '{"name": "Full parking"}'
        seen: list[dict] = []

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            Told.seen.append({"body": sent, "key": self.headers["Authorization"]})
            answer = json.dumps({"choices": [{"message": {"content": Told.says}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_said: object) -> None: ...

    running = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    Told.address = f"http://127.0.0.1:{running.server_port}/v1"
    with closing(running.socket):
        yield Told
        running.shutdown()
        thread.join()


@pytest.fixture
def on(model, db):
    model.says, model.seen = '{"name": "Full parking"}', []
    given = {"on": "yes", "address": model.address, "model": "small", "key": "sesame", "inside": "yes"}
    return assistant.change({**given, "language": "German"})


@pytest.fixture
def topic(answers):
    """What three people say; a fourth may not be quoted."""
    pks = answers[:4]
    for pk, comment in zip(pks, (*SAID, "Parking is a secret."), strict=True):
        Response.objects.filter(pk=pk).update(comment=comment)
    Response.objects.filter(pk=pks[3]).update(consent_quote=False)
    return Topic.objects.create(
        key="k", name="parking", phrases=["parking"], accounts=4, clauses=4, found_at=NOW,
        quotes=[[pk, 0, len(Response.objects.get(pk=pk).comment)] for pk in pks],
    )  # fmt: skip


def text(response) -> str:
    return html.unescape(response.content.decode())


def seal(page: str) -> str:
    return re.search('name="seal" value="([0-9a-f]+)"', page)[1]


def test_it_is_off_and_then_nothing_offers_it(client_of, topic):
    client = client_of("analyst")
    assert "Suggest a name" not in text(client.get("/themes/"))
    for address in (f"/themes/topics/{topic.pk}/suggest/", "/themes/pricing/sum-up/"):
        refused = client.get(address)
        assert refused.status_code == 400
        assert "No assistant is switched on" in text(refused)
    assert client.post(f"/themes/topics/{topic.pk}/suggest/send/").status_code == 400


def test_a_name_is_asked_for_as_it_was_shown_and_only_offered(client_of, topic, on, model, caplog):
    caplog.set_level("DEBUG")
    client = client_of("analyst")
    page = text(client.get(f"/themes/topics/{topic.pk}/suggest/"))
    assert "1234567" not in page
    assert "secret" not in page, "who may not be quoted is not sent either"
    shown = json.loads(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.S)[1])
    assert not model.seen, "showing sends nothing"
    answered = text(client.post(f"/themes/topics/{topic.pk}/suggest/send/", {"seal": seal(page)}))
    assert 'value="Full parking"' in answered
    assert model.seen == [{"body": shown, "key": "Bearer sesame"}]
    assert '"language": "de"' in shown["messages"][1]["content"]
    topic.refresh_from_db()
    assert (topic.state, topic.name) == ("new", "parking")
    assert not ThemesVersion.objects.filter(state="draft").exists()
    assert "parking" not in caplog.text.lower()


@pytest.mark.parametrize(
    ("says", "reason"), [('{"name": "PWNED"}', "uses no word that two"), ("Sure! Parking", "not JSON")]
)
def test_an_answer_that_does_not_count_is_told_with_its_reason(client_of, topic, on, model, says, reason):
    model.says = says
    client = client_of("analyst")
    page = text(client.get(f"/themes/topics/{topic.pk}/suggest/"))
    answered = text(client.post(f"/themes/topics/{topic.pk}/suggest/send/", {"seal": seal(page)}))
    assert reason in answered
    assert "PWNED" not in answered


def test_what_changed_since_it_was_shown_is_shown_again_and_not_sent(client_of, topic, on, model):
    client = client_of("analyst")
    page = text(client.get(f"/themes/topics/{topic.pk}/suggest/"))
    Response.objects.filter(pk=topic.quotes[0][0]).update(comment="Parking: none at your place.")
    for sealed in (seal(page), ""):
        again = client.post(f"/themes/topics/{topic.pk}/suggest/send/", {"seal": sealed})
        assert again.status_code == 409
        assert "Look again" in text(again)
    assert not model.seen


def test_a_theme_is_summed_up_from_the_parts_that_speak_of_it(read, client_of, on, model):  # noqa: F811
    client = client_of("analyst")
    page = client.get("/themes/support/sum-up/")
    assert page.status_code == 200
    assert "jo@example.org" not in text(page)
    model.says = '{"summary": "Support is slow to answer.", "rests_on": [0, 1]}'
    answered = text(client.post("/themes/support/sum-up/send/", {"seal": seal(text(page))}))
    assert "Support is slow to answer." in answered
    assert "Written by small, a language model, from 2 comments" in answered
    assert "Slow response times from support" in answered
    assert client.get("/themes/nonsense/sum-up/").status_code == 404
    assert client_of("agent").get("/themes/support/sum-up/").status_code == 403


def test_an_owner_sets_it_up_and_the_key_is_never_shown(client_of, model, db):
    owner = client_of("owner")
    form = {"setting_on": "yes", "setting_address": model.address, "setting_model": "small", "setting_key": "sesame"}
    outside = owner.post("/settings/assistant/change/", {**form, "setting_language": "English"})
    assert outside.status_code == 400
    assert "must begin with https://" in text(outside)
    assert not Preference.objects.filter(key="assistant").exists()
    form |= {"setting_inside": "yes", "setting_language": "English"}
    owner.post("/settings/assistant/change/", form)
    page = text(owner.get("/settings/assistant/"))
    assert "Switched on" in page
    assert "sesame" not in page
    assert "sesame" not in json.dumps(Preference.objects.get(key="assistant").value)
    model.says, model.seen = '{"name": "Full parking"}', []
    assert "It works" in text(owner.post("/settings/assistant/test/", follow=True))
    assert model.seen[0]["key"] == "Bearer sesame"
    model.says = "no"
    assert "not as asked" in text(owner.post("/settings/assistant/test/", follow=True))
    elsewhere = {**form, "setting_address": "http://127.0.0.1:9/v1", "setting_key": ""}
    assert "typed in again" in text(owner.post("/settings/assistant/change/", elsewhere))
    assert assistant.held().address == model.address
    owner.post("/settings/assistant/forget/")
    assert not assistant.held().on
    assert "Save an address" in text(owner.post("/settings/assistant/test/", follow=True))
    assert client_of("analyst").get("/settings/assistant/").status_code == 403


@pytest.mark.parametrize("address", ["https://127.0.0.1/v1", "https://a:b@example.org/v1", "nonsense", "https://[x/v1"])
def test_an_address_that_will_not_do_is_refused(db, address):
    from nineplus.stages.errors import NotPossible

    with pytest.raises(NotPossible):
        assistant.change({"on": "yes", "address": address, "model": "m", "language": "English"})
    assert not assistant.held().on
