"""Words for one ask: said to that person in message and page, and to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from nineplus.model.survey import Content, Plan, Policy, Texts
from nineplus.rules.links import seal
from nineplus.stages.capture import links_key
from nineplus.stages.capture.asking import planning
from nineplus.stages.capture.asking.contacts import keep_contact
from nineplus.stages.capture.drawing import surveys
from nineplus.stages.capture.drawing.worded import worded
from nineplus.stages.capture.sending import preparing
from nineplus.store.models import Invitation, Message, Sender

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_only_the_language_that_is_read_is_worded():
    content = Content(product="Shoes", texts={"de": Texts(subject="Alt", low="nie")})
    said = worded(content, {"subject": "Neu", "product": "Boots"}, language="de-AT")
    assert (said.product, said.texts["de"].subject, said.texts["de"].low) == ("Boots", "Neu", "nie")
    assert worded(content, {}, language="de") is content


@pytest.mark.django_db
def test_message_and_page_say_it():
    policy = Policy(quiet_from="00:00", quiet_to="00:00", weekdays=tuple(range(7)), skip_holidays=False)
    survey = surveys.create(
        name="Shop", touchpoint="custom", content=Content(product="Shoes"), plan=Plan(policy=policy), now=NOW
    )
    surveys.publish(survey, now=NOW)
    survey = surveys.switch(survey, state="active", now=NOW)
    words = {"product": "Red Boots", "subject": "About your boots", "intro": "Hello from the shop"}
    for name, said in (("ada", words), ("bob", None)):
        contact = keep_contact(email=f"{name}@customer.example", now=NOW)
        planning.ask(survey, contacts=[contact.pk], occasion=name, words=said, now=NOW)
    sender = Sender.objects.create(
        name="s", channel="outbox_folder", medium="email", from_address="nps@example.org", hook_key="k", created_at=NOW
    )
    ada, bob = (
        ready.write()
        for ready in preparing.prepare(Message.objects.order_by("pk"), sender=sender, now=NOW)
        if ready.write
    )
    assert ada.subject == "About your boots"
    assert "Hello from the shop" in ada.text
    assert "Red Boots" in ada.html
    assert "Red Boots" not in bob.html
    asked = Invitation.objects.get(contact__email="ada@customer.example")
    token = seal(number=asked.pk, purpose="answer", key=links_key())
    assert "Red Boots" in Client().get(f"/s/{token}/").content.decode()
