"""Settings → Senders: what was typed stays, and what the folder sender wrote can be looked at."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.urls import reverse

from nineplus.channels import Outgoing, Picture
from nineplus.stages.capture.sending import senders
from nineplus.stages.govern import troubles
from nineplus.store.models import Sender
from tests.web.given import NOW

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def owner(client_of):
    return client_of("owner")


@pytest.fixture
def folder(tmp_path):
    settings = {"folder": str(tmp_path / "out")}
    return senders.create(channel="outbox_folder", settings=settings, from_address="cs@acme.example", now=NOW)


def write(folder: Sender, key: str, **more: object) -> None:
    plug, settings = senders.opened(folder)
    line = plug.open(settings)
    line.send(
        Outgoing(
            key=key, address="jo@kunde.example", sender_name="Acme", sender_address="cs@acme.example", at=NOW, **more
        )
    )


def test_what_the_folder_sender_wrote_is_shown_as_its_recipient_sees_it(owner, folder):
    address = reverse("settings-senders-one", args=[folder.pk])
    page = owner.get(address).text
    assert "Nothing yet." in page
    assert "setting_connections" not in page
    html = '<p>How likely? <img src="cid:logo"></p><script>1</script>'
    write(
        folder, "a", subject="Würden Sie? <b>", text="How likely?", html=html, pictures=(Picture("logo", "png", PNG),)
    )
    page = owner.get(address).text
    assert "Würden Sie? &lt;b&gt;" in page
    assert "to jo@kunde.example" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    shown = owner.get(reverse("settings-senders-message", args=[folder.pk, "a.eml"]))
    assert 'src="data:image/png;base64,' in shown.text
    assert "script-src 'none'" in shown["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["none.eml", "..%2Fsecret.eml", ".a.eml", "a.txt"])
def test_nothing_but_its_messages_is_shown(owner, folder, name):
    write(folder, "a", subject="S", text="T")
    address = reverse("settings-senders-message", args=[folder.pk, "x"]).replace("/x/", f"/{quote(name, safe='%')}/")
    assert owner.get(address).status_code == 404


def test_a_refused_change_keeps_what_was_typed_and_says_it_at_the_field(owner):
    given = {"host": "mail.acme.example"}
    made = senders.create(channel="smtp", settings=given, from_address="cs@acme.example", now=NOW)
    address = reverse("settings-senders-change", args=[made.pk])
    typed = {"name": "Ours", "from_address": "cs@acme.example", "setting_host": "", "setting_user": "typed"}
    page = owner.post(address, typed)
    assert page.status_code == 400
    assert 'value="Ours"' in page.text
    assert 'value="typed"' in page.text
    assert 'id="setting_host_wrong"' in page.text
    page = owner.post(address, typed | {"setting_host": "m.example", "from_address": "nobody"}).text
    assert 'id="from_wrong"' in page
    made.refresh_from_db()
    assert made.name != "Ours"


def test_a_mailbox_that_cannot_be_read_is_said_on_the_senders_page(owner, folder):
    address = reverse("settings-senders-one", args=[folder.pk])
    Sender.objects.update(settings={**folder.settings, "inbox_host": "mail.acme.example"})
    assert "cannot be read" not in owner.get(address).text
    troubles.not_read(folder.pk, says="It refuses the <password>.", now=NOW)
    page = owner.get(address).text
    assert "Mail that comes back cannot be read since" in page
    assert "refuses the &lt;password&gt;." in page
