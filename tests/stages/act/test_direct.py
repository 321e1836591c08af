"""Direct messages in Slack: to whom wants them, known by their address, not in quiet hours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.jobs.kinds import HANDLERS
from nineplus.stages.act.alerts import choosing, telling
from nineplus.stages.act.cases import owning, working
from nineplus.stages.act.chat import outbox, personal, places, workspace
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Alert, ChatPerson, ChatPlace, ChatPost, Event, User
from nineplus.store.models.chat import PostState
from tests.fixtures.slack_server import TOKEN, SlackServer
from tests.stages.act import world
from tests.stages.act.chatting import NOW, SIGNING, Clock, channel, colleague, deliver, text_of

pytestmark = pytest.mark.django_db


def wants(user: User, **more: object) -> User:
    choosing.choose(user, wanted=["overdue_case", "case_assigned"], mailed="never", slack=True, now=NOW, **more)
    return user


def late(*people: User, number: int = 1) -> None:
    telling.tell(
        kind="overdue_case",
        subject=f"case-{number}",
        period="1",
        title=f"Late {number}",
        path="/loop/1/",
        whom=[one.pk for one in people],
        now=NOW,
    )


def assigned() -> None:
    """The worker hears of everything twice, as after a crash."""
    for event in Event.objects.filter(kind__in=("case.opened", "case.changed")).order_by("pk"):
        for handler in [one for one in HANDLERS[event.kind] if one.__name__ == "alert_assigned"] * 2:
            handler(event.data, now=NOW, stopping=lambda: False)


def test_an_alert_goes_to_whom_wants_it_and_is_known(slack: SlackServer):
    ada, bea, cy = (colleague(slack, name) for name in ("Ada", "Bea", "Cy"))
    wants(ada), wants(cy)
    ChatPerson.objects.create(external_id="UCy", email=cy.email, seen_at=NOW)  # who pressed a button before
    late(ada, bea, cy)
    assert personal.due(NOW)
    assert outbox.due(NOW)
    deliver(Clock())
    assert {name: len(told) for name, told in slack.posted.items() if told} == {"DUAda": 1, "DUCy": 1}
    assert [values["email"] for method, values in slack.calls if method == "users.lookupByEmail"] == [ada.email]
    late(ada, number=2)
    deliver(Clock(NOW + timedelta(minutes=1)))
    assert "*Late 2*" in text_of(slack.posted["DUAda"][1])
    assert sum(method == "conversations.open" for method, _ in slack.calls) == 2  # asked once a person
    assert not places.every()  # no channel


def test_a_case_given_to_somebody_is_told_with_its_buttons_and_changes_when_it_is_closed(slack: SlackServer):
    ada, bea = (wants(colleague(slack, name, seat=name == "Ada")) for name in ("Ada", "Bea"))
    case = world.case(by=world.person(at=world.company()))  # in turn
    owning.assign(case.pk, to=None, by=None, now=NOW)
    owning.claim(case.pk, by=bea, now=NOW)  # who takes it knows
    assigned()
    assert not Alert.objects.exists()
    owning.assign(case.pk, to=ada.pk, by=bea, why="Your product.", now=NOW)
    assigned()
    deliver(clock := Clock())
    [message] = slack.posted["DUAda"]
    assert f"*Case {case.pk} (Acme) was given to you by Bea*" in text_of(message)
    assert "Your product." in text_of(message)
    assert '"close"' in text_of(message)
    working.close(case.pk, outcome="solved", root_cause="none", note="Done.", by=ada, now=NOW)
    for handler in [one for one in HANDLERS["case.closed"] if one.__name__ == "post_changes_of_case"]:
        handler({"case": case.pk}, now=NOW, stopping=lambda: False)
    deliver(clock)
    assert '"close"' not in text_of(message)
    assert not slack.posted["DUBea"]


def test_in_turn_is_told_too(slack: SlackServer):
    ada = wants(colleague(slack, "Ada"))
    world.case(by=world.person(at=world.company()))
    assigned()
    assert Alert.objects.get().user == ada


def test_quiet_hours_are_kept_and_what_was_read_meanwhile_is_not_told_again(slack: SlackServer):
    ada = wants(colleague(slack, "Ada"), quiet_from=8, quiet_to=12, time_zone="UTC")
    late(ada), late(ada, number=2)
    choosing.read(ada, Alert.objects.earliest("pk").pk, now=NOW)
    deliver(Clock())
    assert not slack.posted["DUAda"]
    deliver(Clock(NOW.replace(hour=12)))
    [message] = slack.posted["DUAda"]
    assert "Late 2" in text_of(message)


def test_what_waited_for_slack_does_not_come_at_night(slack: SlackServer):
    ada = wants(colleague(slack, "Ada"), quiet_from=10, quiet_to=12, time_zone="UTC")
    late(ada)
    personal.put_due(now=NOW)
    deliver(Clock(NOW.replace(hour=10)))
    assert not slack.posted["DUAda"]
    deliver(Clock(NOW.replace(hour=12)))
    assert len(slack.posted["DUAda"]) == 1


def test_who_is_not_found_is_told_so_and_channels_go_on(slack: SlackServer):
    ada, place = wants(world.agent("Ada")), channel(wants=["overdue_case"])
    late(ada)
    [handler] = [one for one in HANDLERS["alert.raised"] if one.__name__ == "post_alert"]
    handler(Event.objects.get(kind="alert.raised").data, now=NOW, stopping=lambda: False)
    deliver(clock := Clock())
    assert len(slack.posted[place.channel]) == 1
    assert "Nobody in Slack has the address" in personal.trouble(ada)
    assert personal.people() == (1, 1)
    with pytest.raises(NotPossible, match="Nobody in Slack"):
        personal.connect(ada, now=NOW)
    slack.people["UAda"] = {"id": "UAda", "profile": {"email": ada.email}}
    assert ada.email in personal.connect(ada, now=NOW)
    deliver(clock)
    assert len(slack.posted["DUAda"]) == 1
    assert not personal.trouble(ada)


def test_an_app_that_may_not_write_to_people_still_writes_to_channels(slack: SlackServer):
    ada = wants(colleague(slack, "Ada"))
    slack.direct = False
    late(ada)
    deliver(clock := Clock())
    assert "make it again" in personal.trouble(ada)
    assert workspace.works()
    slack.direct = True
    workspace.connect(token=TOKEN, signing=SIGNING)
    deliver(clock)
    assert len(slack.posted["DUAda"]) == 1


@pytest.mark.parametrize("change", ["unwanted", "gone", "forgotten"])
def test_who_wants_it_no_more_gets_nothing(slack: SlackServer, change: str):
    ada = wants(colleague(slack, "Ada"))
    late(ada)
    if change == "unwanted":
        choosing.choose(ada, wanted=["overdue_case"], mailed="never", now=NOW)
    elif change == "gone":
        User.objects.filter(pk=ada.pk).update(is_active=False)
    else:
        workspace.forget()
    deliver(Clock())
    assert not slack.posted["DUAda"]
    assert not personal.due(NOW)


def test_a_message_that_waits_is_dropped_when_its_reader_wants_it_no_more(slack: SlackServer):
    ada = wants(colleague(slack, "Ada"))
    late(ada)
    personal.put_due(now=NOW)
    choosing.choose(ada, wanted=["overdue_case"], mailed="never", now=NOW)
    deliver(Clock())
    assert ChatPost.objects.get().state == PostState.DROPPED


def test_a_line_that_breaks_is_looked_up_in_the_direct_messages(slack: SlackServer):
    ada = wants(colleague(slack, "Ada"))
    late(ada)
    personal.connect(ada, now=NOW)
    slack.faults.append("cut")
    deliver(clock := Clock())
    clock.at += timedelta(days=2)
    deliver(clock)
    assert len(slack.posted["DUAda"]) == 1
    assert ChatPlace.objects.get().channel == "DUAda"
