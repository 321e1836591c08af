"""Who chooses anew how they are told: what waits follows, is lost nowhere and told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nineplus.stages.act.alerts import choosing, sentences, telling
from nineplus.stages.capture.people import erasing
from nineplus.stages.capture.sending import delivering
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Alert, Message, Sender, User
from nineplus.store.models.asking import MessageState
from tests.stages.act import world
from tests.stages.act.advocates.world import sender as folder

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 17, 10, tzinfo=UTC)
KIND, OTHER = "overdue_case", "rising_theme"


@pytest.fixture(autouse=True)
def sender():
    Sender.objects.create(name="Mail", medium="email", channel="smtp", is_default=True, created_at=TUESDAY)


@pytest.fixture
def ada():
    return world.agent("Ada")


def chooses(user: User, *, now: datetime, wanted: tuple[str, ...] = (KIND, OTHER), **more: Any) -> None:
    choosing.choose(user, wanted=wanted, now=now, **{"mailed": "daily", **more})
    user.refresh_from_db()  # with what they chose


def told(user: User, number: int = 1, *, at: datetime = TUESDAY, kind: str = KIND) -> Alert:
    said = {"kind": kind, "subject": f"case-{number}", "title": f"Late {number}", "path": f"/loop/{number}/"}
    telling.tell(**said, period="1", whom=[user.pk], now=at)
    return Alert.objects.get(user=user, subject=f"case-{number}")


def again(row: Alert) -> Alert:
    return Alert.objects.get(pk=row.pk)


@pytest.mark.parametrize(
    ("new", "moved"),
    [
        ({"mailed": "at_once"}, "17 12"),
        ({"mailed": "at_once", "quiet_from": 11, "quiet_to": 15}, "17 15"),
        ({"digest_hour": 14}, "17 14"),
        ({"digest_hour": 11}, "18 11"),
        ({"mailed": "weekly", "digest_day": "friday", "digest_hour": 7}, "20 07"),
        ({"mailed": "weekly", "digest_day": "tuesday", "digest_hour": 13}, "17 13"),
        ({"time_zone": "Asia/Tokyo"}, "17 23"),
        ({"quiet_from": 6, "quiet_to": 9}, "18 09"),
        ({}, "18 08"),
        ({"mailed": "never"}, ""),
    ],
)
def test_what_waits_for_the_morning_goes_when_its_reader_wants_it_now(ada: User, new: dict[str, Any], moved: str):
    chooses(ada, now=TUESDAY)
    row = told(ada)
    assert f"{row.mail_at:%d %H}" == "18 08"
    chooses(ada, now=TUESDAY + timedelta(hours=2), **new)
    at = again(row).mail_at
    assert (f"{at:%d %H}" if at else "") == moved
    assert again(row).mail_not == ("" if moved else "never")


def test_saving_the_same_again_moves_nothing(ada: User):
    chooses(ada, now=TUESDAY)
    row = told(ada)
    chooses(ada, now=TUESDAY + timedelta(days=1))  # it is due, and not sent yet
    assert again(row).mail_at == row.mail_at


def test_a_kind_not_wanted_any_more_leaves_the_letter_and_says_so(ada: User):
    chooses(ada, now=TUESDAY)
    row, other = told(ada), told(ada, 2, kind=OTHER)
    chooses(ada, now=TUESDAY, wanted=(KIND,))
    assert (again(other).mail_at, again(other).mail_not) == (None, "kind")
    assert sentences.told_by(again(other)) == "Not by e-mail: you did not want this kind any more."
    assert telling.mail_due(now=TUESDAY + timedelta(days=1)) == 1
    assert "Late 2" not in Message.objects.get().body["text"]
    assert again(row).letter == Message.objects.get()


def test_never_by_mistake_loses_nothing(ada: User):
    chooses(ada, now=TUESDAY)
    row, old = told(ada), told(ada, 2, at=TUESDAY - timedelta(days=2))
    Alert.objects.filter(pk=old.pk).update(read_at=TUESDAY)
    chooses(ada, now=TUESDAY, mailed="never")
    chooses(ada, now=TUESDAY + timedelta(minutes=1))
    assert again(row).mail_at == row.mail_at
    assert again(old).mail_not == "never"  # they had read it
    chooses(ada, now=TUESDAY + timedelta(minutes=2), mailed="never")
    chooses(ada, now=TUESDAY + timedelta(minutes=3), mailed="at_once")
    assert again(row).mail_not == "never"  # it was told long before


def test_slack_follows_too(ada: User):
    chooses(ada, now=TUESDAY, mailed="never", slack=True, quiet_from=9, quiet_to=15)
    row = told(ada)
    assert row.chat_at == TUESDAY.replace(hour=15)
    chooses(ada, now=TUESDAY, mailed="never", slack=True, quiet_from=9, quiet_to=12)
    assert again(row).chat_at == TUESDAY.replace(hour=12)
    chooses(ada, now=TUESDAY, mailed="never")
    assert (again(row).chat_at, again(row).chat_not) == (None, "never")
    chooses(ada, now=TUESDAY, mailed="never", slack=True, quiet_from=9, quiet_to=13)
    assert (again(row).chat_at, again(row).chat_not) == (TUESDAY.replace(hour=13), "")


def test_what_could_not_be_sent_before_the_night_waits_for_its_end(ada: User):
    chooses(ada, now=TUESDAY, mailed="at_once", quiet_from=20, quiet_to=7)
    row = told(ada)
    assert telling.mail_due(now=TUESDAY.replace(hour=23)) == 0  # nobody was there to send it
    assert again(row).mail_at == TUESDAY.replace(day=18, hour=7)
    assert telling.mail_due(now=TUESDAY.replace(day=18, hour=7)) == 1


def test_what_is_not_mailed_says_why(ada: User):
    bea = world.agent("Bea", seat=False)
    gone, hidden = told(ada), told(bea, 2)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    User.objects.filter(pk=bea.pk).update(role="viewer")
    assert telling.mail_due(now=TUESDAY) == 0
    assert [again(row).mail_not for row in (gone, hidden)] == ["gone", "hidden"]
    assert not Message.objects.exists()


def test_a_letter_that_could_not_be_sent_is_told_of(ada: User):
    row = told(ada)
    telling.mail_due(now=TUESDAY)
    assert sentences.told_by(again(row)) == "Told by e-mail."
    Message.objects.update(state=MessageState.FAILED, error="No such mailbox")
    assert sentences.told_by(again(row)) == "Its letter could not be sent: No such mailbox."


def test_some_of_it_is_changed_and_the_rest_stays(ada: User):
    chooses(ada, now=TUESDAY, mailed="weekly", digest_day="friday", quiet_from=20, quiet_to=7)
    held = choosing.change(ada, on=["score_fall"], off=[KIND], digest_hour=17, now=TUESDAY)
    assert (held.mailed, held.digest_day, held.digest_hour, held.quiet_from) == ("weekly", "friday", 17, 20)
    assert KIND in held.unwanted
    assert not {OTHER, "score_fall"} & set(held.unwanted)
    for wrong in ({"on": ["rain"]}, {"on": [KIND], "off": [KIND]}, {"digest_hour": 24}, {"digest_day": "someday"}):
        with pytest.raises(NotPossible):
            choosing.change(ada, now=TUESDAY, **wrong)


def test_what_others_said_goes_in_another_letter_when_one_of_them_is_erased(ada: User):
    bo = world.person("Bo Berger")
    rest = told(ada)
    about = {"kind": KIND, "subject": "case-2", "title": "Bo Berger is late", "path": "/loop/2/"}
    telling.tell(**about, period="1", contact=bo.pk, whom=[ada.pk], now=TUESDAY)
    assert telling.mail_due(now=TUESDAY) == 1
    erasing.erase(contact=bo.pk, now=TUESDAY)
    assert Message.objects.get().state == MessageState.DROPPED
    assert [telling.mail_due(now=TUESDAY), telling.mail_due(now=TUESDAY)] == [1, 0]
    letter = Message.objects.latest("pk")
    assert (letter.state, letter.body["subject"]) == (MessageState.WAITING, "Late 1")
    assert again(rest).letter == letter


def test_a_letter_whose_sender_was_away_does_not_come_at_night(ada: User, settings, tmp_path):
    settings.HOME = tmp_path
    Sender.objects.all().delete()
    folder(tmp_path)
    chooses(ada, now=TUESDAY, mailed="at_once", quiet_from=20, quiet_to=7, time_zone="Europe/Berlin")
    told(ada)
    assert telling.mail_due(now=TUESDAY) == 1
    assert delivering.run(clock=lambda: TUESDAY.replace(hour=22))["sent"] == 0  # it was away until now
    morning = TUESDAY.replace(day=18, hour=6)  # 7 in Berlin
    assert Message.objects.get().due_at == morning
    assert delivering.run(clock=lambda: morning)["sent"] == 1
