"""You said, we did: who asked hears of it once, by the letter they get, and says whether it helped."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nineplus.model import Filter
from nineplus.stages.act.cases import opening
from nineplus.stages.act.changes import asking, keeping, telling, trying
from nineplus.stages.act.changes.words import Said, filled
from nineplus.stages.capture.people import erasing, suppression
from nineplus.stages.capture.sending import delivering, senders
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern import keys, people
from nineplus.store.models import Case, ChangeNews, Contact, Event, Message, Response, Sender, Suppression
from tests.stages.act.said import SLOW, wrote
from tests.stages.act.world import NOW, agent, noon
from tests.web.given import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
LETTER = Said("You told us", "Hello {name},\n\nyou wrote “{said}”. Now we answer sooner.\n{company}")


@pytest.fixture
def said(settings, tmp_path) -> dict[str, Contact]:
    settings.HOME = tmp_path
    return wrote()


@pytest.fixture
def outbox(settings, tmp_path) -> Sender:
    folder = tmp_path / "outbox"
    folder.mkdir()
    delivering._RESTS.clear()
    return senders.create(
        channel="outbox_folder", settings={"folder": str(folder)}, from_address="cs@acme.example", now=NOW
    )


def drawn(**changes: object) -> keeping.Drawn:
    given = {"title": "Sooner", "theme": "support.speed", "tone": "complaints", "filter": Filter()}
    return keeping.Drawn(**{**given, "words": {"en": LETTER}, **changes})


def test_who_asked_is_known_by_address_once_and_nobody_else(said):
    found = asking.who("support.speed", tone="complaints", filter=Filter(), now=NOW)
    assert sorted(one.contact.name for one in found) == ["Ada", "Bo", "Cy", "Di"]
    assert {one.said for one in found} == {SLOW.rstrip(".")}
    assert asking.who("pricing", tone="anything", filter=Filter(), now=NOW) == []
    for theme, tone in (("no.such", "complaints"), ("support.speed", "loudly")):
        with pytest.raises(NotPossible):
            asking.who(theme, tone=tone, filter=Filter(), now=NOW)


def test_each_is_told_once_and_says_whether_it_helped(said, outbox):
    german = Said("Sie sagten es", "Guten Tag {name}, wir antworten schneller.")
    change = keeping.save(drawn(words={"en": LETTER, "de": german}), by=None, now=NOW)
    seen = trying.preview(drawn(), now=NOW)
    assert (seen.reached, seen.refused, seen.trouble) == (3, {"no_consent": 1}, "")
    assert [str(one) for one in seen.readers] == [
        "English: 3, with 1 who reads German and 2 of whom nobody knows what they read"
    ]
    two = trying.preview(keeping.drawn(change), now=NOW).readers
    assert [(one.language, one.own, one.others) for one in two] == [("en", 0, {"": 2}), ("de", 1, {})]
    assert telling.begin(change.pk, by=None, now=NOW) == 4
    with pytest.raises(Conflict):
        telling.begin(change.pk, by=None, now=NOW)
    assert Event.objects.filter(kind="change.tell").count() == 1
    suppression.suppress(medium="email", address=said["Bo"].email, reason="unsubscribed", now=NOW)
    assert not telling.write_letters(change.pk, now=NOW, stopping=lambda: True)
    assert telling.write_letters(change.pk, now=NOW, stopping=lambda: False)
    assert telling.write_letters(change.pk, now=NOW, stopping=lambda: False), "safe to repeat"
    bodies = {one.address: one.body for one in Message.objects.filter(kind="letter")}
    assert bodies.keys() == {said["Ada"].email, said["Di"].email} or bodies.keys() == {
        said["Ada"].email.upper(),
        said["Di"].email,
    }
    assert bodies[said["Di"].email]["text"].startswith("Guten Tag Di, wir antworten schneller.\n\nHat es geholfen?")
    assert f"“{SLOW.rstrip('.')}”" in next(body["text"] for to, body in bodies.items() if to != said["Di"].email)
    assert delivering.run(clock=lambda: NOW)["sent"] == 2
    now = keeping.standing(keeping.one(change.pk))
    assert (now.change.state, now.sent, now.refused) == ("told", 2, {"no_consent": 1, "unsubscribed": 1})
    assert now.helped is None

    link = re.search(r"http\S+(/n/[\w-]{27}/)\?helped=no", bodies[said["Di"].email]["text"]).group(1)
    customer = Client()
    assert "Hat es geholfen?" in customer.get(link + "?helped=yes").content.decode()
    assert not ChangeNews.objects.exclude(helped="").exists(), "opening a link keeps nothing"
    assert "Danke" in customer.post(link, {"helped": "yes"}).content.decode()
    customer.post(link, {"helped": "partly", "comment": "Nachts nicht.\x00"})
    assert customer.post(link, {"helped": "nonsense"}).status_code == 200
    kept = ChangeNews.objects.exclude(helped="").get()
    assert (kept.contact, kept.helped, kept.comment) == (said["Di"], "partly", "Nachts nicht.")
    assert customer.get("/n/" + "A" * 27 + "/").status_code == 404
    share = keeping.standing(keeping.one(change.pk)).helped
    assert (share[0], share[1]) == (0, 0)
    assert share[2] == pytest.approx(0.7935, abs=1e-3), "Wilson, 0 of 1"
    erasing.erase(contact=said["Di"].pk, now=NOW)
    kept.refresh_from_db()
    assert (kept.comment, kept.said) == ("", "")
    customer.post(link, {"helped": "yes", "comment": "It is me again."})
    kept.refresh_from_db()
    assert (kept.helped, kept.comment) == ("yes", ""), "of whoever was erased no words are kept"


def test_what_is_in_the_way_is_said_and_it_goes_on_or_stops(said, outbox):
    change = keeping.save(drawn(), by=None, now=NOW)
    telling.begin(change.pk, by=None, now=NOW)
    Sender.objects.update(error="The password is wrong.")
    with pytest.raises(NotPossible, match="password"):
        telling.write_letters(change.pk, now=NOW, stopping=lambda: False)
    assert "password" in keeping.one(change.pk).fault
    Sender.objects.update(error="")
    telling.go_on(change.pk, now=NOW)
    assert telling.write_letters(change.pk, now=NOW, stopping=lambda: False)
    assert telling.stop(change.pk, now=NOW) == 3
    assert set(Message.objects.values_list("state", flat=True)) == {"dropped"}
    now = keeping.standing(keeping.one(change.pk))
    assert (now.change.state, now.sent, now.not_sent) == ("stopped", 0, 3)
    with pytest.raises(Conflict):
        telling.stop(change.pk, now=NOW)
    with pytest.raises(Conflict):
        keeping.save(drawn(), pk=change.pk, by=None, now=NOW)


def test_whoever_is_in_hand_when_it_is_stopped_gets_no_letter(said, outbox, monkeypatch):
    change = keeping.save(drawn(), by=None, now=NOW)
    telling.begin(change.pk, by=None, now=NOW)
    refused = telling.personal.refused

    def stopped_meanwhile(*given, **more):
        telling.stop(change.pk, now=NOW)
        return refused(*given, **more)

    monkeypatch.setattr(telling.personal, "refused", stopped_meanwhile)
    assert telling.write_letters(change.pk, now=NOW, stopping=lambda: False)
    assert not Message.objects.exists()


def test_a_blank_without_a_value_goes():
    assert filled("Hello {name}, {said}", {"name": "", "said": "x"}) == "Hello, x"


def test_a_change_is_drawn_up_and_told_in_the_browser(said, outbox):
    analyst = people.create_person(email="a@us.example", name="An", role="analyst", password=PASSWORD, now=NOW)
    client = Client()
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    assert "Nobody was told of a change yet" in client.get("/loop/changes/").content.decode()
    query = "theme=support.speed&tone=complaints"
    page = client.get(f"/loop/changes/new/?{query}").content.decode()
    assert "<strong>4 people</strong>" in page
    assert "They do not want to be contacted." in page
    form = {"title": "Sooner", "language": ["en", ""], "subject": ["You told us", ""], "text": [LETTER.text, ""]}
    wrong = client.post(f"/loop/changes/create/?{query}", {**form, "text": ["", ""]})
    assert wrong.status_code == 400
    assert "needs a subject and a text" in wrong.content.decode()
    made = client.post(f"/loop/changes/create/?{query}", form)
    one = made.headers["Location"]
    assert "<strong>3</strong> people get one letter each" in client.get(one).content.decode()
    assert client.get(one + "edit/", follow=True).status_code == 200
    client.post(one + "test/", {"to": "me@us.example"})
    client.post(one + "test/", {"to": "nobody"})
    test = Message.objects.get(kind="test")
    assert (test.address, test.body["subject"]) == ("me@us.example", "[Test] You told us")
    assert f"“{SLOW.rstrip('.')}”" in test.body["text"]
    client.post(one + "tell/")
    assert telling.write_letters(keeping.every()[0].change.pk, now=NOW, stopping=lambda: False)
    delivering.run(clock=noon)
    assert "3 of 4 who asked for it were told" in client.get(one).content.decode()
    assert "Told" in client.get("/loop/changes/").content.decode()


def test_words_are_kept_in_each_language_and_none_is_lost_by_mistake(said, outbox, client):
    client.force_login(agent("An", role="analyst"))
    first = client.get("/loop/changes/new/")
    assert first.headers["Location"].startswith("/loop/changes/new/?from=")
    assert "<b>Last 12 months</b>" in client.get(first.headers["Location"]).content.decode()
    query = "theme=support.speed&tone=complaints"

    def form(*letters: tuple[str, str], otherwise: int = 0) -> dict[str, object]:
        codes, texts = zip(*letters, strict=True)
        subjects = [text and "You told us" for text in texts]
        return {"title": "Sooner", "language": codes, "subject": subjects, "text": texts, "otherwise": otherwise}

    for given, why in (
        (form(("en", "Now."), ("", "Jetzt.")), "Say in which language"),
        (form(("en", "Now."), ("en", "Jetzt.")), "two letters in English"),
        (form(("en", "Now."), ("", ""), otherwise=1), "Choose which letter"),
    ):
        wrong = client.post(f"/loop/changes/create/?{query}", given)
        assert wrong.status_code == 400
        assert why in wrong.content.decode()
        assert "Now." in wrong.content.decode()
        assert ("Jetzt." in wrong.content.decode()) == (given["text"][1] == "Jetzt.")
    made = client.post(f"/loop/changes/create/?{query}", form(("en", "Now."), ("de", "Jetzt."), otherwise=1))
    change = keeping.every()[0].change
    assert (change.language, change.words["de"]["text"]) == ("de", "Jetzt.")
    page = client.get(f"/loop/changes/{change.pk}/").content.decode()
    assert "<li>German: 3, with 2 of whom nobody knows what they read</li><li>English: 0</li>" in page
    edit = client.get(made.headers["Location"] + "edit/", follow=True).content.decode()
    assert "Now." in edit
    assert 'value="0" checked' in edit, "the letter for the rest comes first"
    client.post(f"/loop/changes/{change.pk}/change/?{query}", form(("de", ""), ("en", "Now."), otherwise=1))
    change.refresh_from_db()
    assert (change.language, list(change.words)) == ("en", ["en"]), "an emptied letter is gone"


def test_a_test_to_oneself_keeps_nothing(said, outbox):
    german = Said("Sie sagten es", "Guten Tag {name}, wir antworten schneller.")
    change = keeping.save(drawn(words={"en": LETTER, "de": german}), by=None, now=NOW)
    message = trying.send_test(change.pk, to="me@us.example", language="de", now=NOW)
    assert message.body["text"].startswith("Guten Tag Di,"), "as the first who gets it in that language"
    for wrong in ({"language": "fr", "to": "me@us.example"}, {"to": "me"}):
        with pytest.raises(NotPossible):
            trying.send_test(change.pk, **wrong, now=NOW)
    assert delivering.run(clock=noon)["sent"] == 1
    link = re.search(r"http\S+(/n/[\w-]{27}/\?helped=no\S*)", message.body["text"]).group(1)
    customer = Client()
    assert "Hat es geholfen?" in customer.get(link).content.decode()
    assert "nothing is kept" in customer.post(link, {"helped": "no"}).content.decode()
    leave = re.search(r"http\S+(/u/[\w-]{27}/)", message.body["text"]).group(1)
    customer.post(leave)
    assert not ChangeNews.objects.exists()
    assert not Suppression.objects.exists()
    assert keeping.one(change.pk).state == "draft"


def test_a_change_is_drawn_up_and_told_over_the_api(said, outbox):
    token = keys.create(name="K", role="analyst", now=NOW).token

    def ask(method: str, path: str = "", body: object = None, status: int = 200) -> dict:
        headers = {"Authorization": f"Bearer {token}"}
        more = {"data": body, "content_type": "application/json"} if body is not None else {}
        got = getattr(Client(), method)(f"/api/changes{path}", **more, headers=headers)
        assert got.status_code == status, got.content
        return got.json() if got.content else {}

    words = {"en": {"subject": LETTER.subject, "text": LETTER.text}}
    new = {"title": "Sooner", "theme": "support.speed", "words": words}
    assert ask("post", "/preview", new)["reached"] == 3
    assert ask("post", "/preview?from=2030-01-01", new)["reached"] == 0
    made = ask("post", "", new, status=201)
    assert ask("post", f"/{made['id']}/test", {"to": "me@us.example"}) == {"to": "me@us.example"}
    gone = ask("post", "", new, status=201)
    ask("delete", f"/{gone['id']}", status=204)
    ask("post", "", {**new, "theme": "no.such"}, status=400)
    assert ask("post", f"/{made['id']}/tell")["state"] == "telling"
    ask("delete", f"/{made['id']}", status=409)
    assert ask("post", f"/{made['id']}/stop")["state"] == "stopped"
    assert [one["asked"] for one in ask("get")["items"]] == [4]
    ask("get", "/999", status=404)
    assert Response.objects.count() == 8


def test_whoever_waits_for_an_answer_of_ours_gets_no_news_of_something_else(said, outbox):
    waiting = opening.open_case(account=None, contact=said["Bo"], reason="by_hand", now=NOW).case
    change = keeping.save(drawn(), by=None, now=NOW)
    assert trying.preview(drawn(), now=NOW).refused == {"no_consent": 1, "open_case": 1}
    telling.begin(change.pk, by=None, now=NOW)
    opening.open_case(account=None, contact=said["Di"], reason="by_hand", now=NOW)  # after the list was made
    telling.write_letters(change.pk, now=NOW, stopping=lambda: False)
    assert Message.objects.filter(kind="letter").count() == 1
    assert keeping.standing(keeping.one(change.pk)).refused == {"no_consent": 1, "open_case": 2}
    Case.objects.filter(pk=waiting.pk).update(state="closed", slot="", closed_at=NOW, outcome="solved")
    assert trying.preview(drawn(), now=NOW).refused == {"no_consent": 1, "open_case": 1}


def test_of_few_answers_the_counts_are_told(said, outbox, client):
    change = keeping.save(drawn(), by=None, now=NOW)
    telling.begin(change.pk, by=None, now=NOW)
    telling.write_letters(change.pk, now=NOW, stopping=lambda: False)
    ChangeNews.objects.filter(contact=said["Di"]).update(helped="yes", helped_at=NOW)
    client.force_login(agent("Olga", role="owner"))
    for address in (f"/loop/changes/{change.pk}/", "/loop/changes/"):
        page = client.get(address).content.decode()
        assert "100" not in page.split("<main")[1].split("</main>")[0], address
    assert "1 of the 1 who answered said that it helped" in client.get(f"/loop/changes/{change.pk}/").content.decode()
    assert keeping.standing(change).answers == {"yes": 1, "partly": 0, "no": 0}
