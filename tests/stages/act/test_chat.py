"""Slack and Teams: posted once, whatever breaks; pressed by people who are known, and as they may."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from nineplus.connectors import Forged
from nineplus.connectors.chat import Said
from nineplus.jobs.kinds import HANDLERS, TICKS
from nineplus.jobs.worker import Worker
from nineplus.stages.act.actions import actions
from nineplus.stages.act.alerts import telling as alerts
from nineplus.stages.act.cases import owning, working
from nineplus.stages.act.chat import acting, outbox, places, telling, workspace
from nineplus.stages.capture.people import erasing
from nineplus.stages.connect.identity import merging
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Case, CaseEntry, ChatPost, Event, Preference, Raised
from nineplus.store.models.chat import PostState
from tests.connectors.slack.signed import headers
from tests.fixtures.slack_server import TEAM, TOKEN, SlackServer
from tests.stages.act import world
from tests.stages.act.chatting import SIGNING, Clock, channel, colleague, deliver, text_of

pytestmark = pytest.mark.django_db(transaction=True)
NOW = world.NOW


def opened(case: Case) -> None:
    """The worker hears of everything twice, as after a crash."""
    for event in Event.objects.filter(kind__in=("case.opened", "case.changed", "case.closed")).order_by("pk"):
        for handler in [one for one in HANDLERS[event.kind] if one.__name__.startswith("post_")] * 2:
            handler(event.data, now=NOW, stopping=lambda: False)


def press(name: str, case: Case, *, by: str = "UAda", choice: str = "", team: str = TEAM) -> acting.Heard:
    value = {"selected_option": {"value": f"{choice} {case.pk}"}} if choice else {"value": str(case.pk)}
    payload = {
        "type": "block_actions",
        "user": {"id": by},
        "team": {"id": team},
        "channel": {"id": "C1"},
        "message": {"ts": "1.2"},
        "trigger_id": "T.1",
        "actions": [{"action_id": name, **value}],
    }
    return acting.pressed(payload, now=NOW)


def whispered(slack: SlackServer) -> list[str]:
    return [values["text"] for method, values in slack.calls if method == "chat.postEphemeral"]


# -- posted ---------------------------------------------------------------------------------------------------------


def test_a_case_is_posted_once_with_buttons_and_changes_when_it_is_taken_and_closed(slack: SlackServer):
    ada = colleague(slack)
    channel(wants=[places.CASES])
    channel(to="C2")
    case = world.case(by=world.person("<Bo>", at=world.company("A & B")))
    owning.assign(case.pk, to=None, by=None, now=NOW)
    clock = Clock()
    opened(case)
    deliver(clock)
    [message] = slack.posted["C1"]
    assert not slack.posted["C2"]
    assert "A &amp; B gave 4" in text_of(message)
    assert '"claim"' in text_of(message)
    press("claim", case)
    case.refresh_from_db()
    assert case.owner == ada
    deliver(clock)
    assert "Ada" in text_of(message)
    assert '"claim"' not in text_of(message)
    press("close", case)
    view = next(values["view"] for method, values in slack.calls if method == "views.open")
    answers = {"outcome": {"outcome": {"selected_option": {"value": "solved"}}}}
    answers |= {"cause": {"cause": {"selected_option": {"value": "none"}}}, "note": {"note": {"value": "They called."}}}
    sent = {"type": "view_submission", "user": {"id": "UAda"}, "team": {"id": TEAM}}
    window = {"private_metadata": view["private_metadata"], "state": {"values": answers}}
    assert acting.pressed({**sent, "view": window}, now=NOW + timedelta(hours=1)).answer == {}
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "solved")
    deliver(clock)
    assert "Closed: A &amp; B gave 4" in text_of(message)
    assert '"close"' not in text_of(message)
    again = acting.pressed({**sent, "view": window}, now=NOW + timedelta(hours=1)).answer
    assert "closed" in again["errors"]["note"]
    assert len(slack.posted["C1"]) == 1


def test_the_worker_posts_what_is_due_once(slack: SlackServer):
    channel(wants=[places.CASES, "overdue_case"])
    world.case(by=world.person(at=world.company()))
    worker = Worker()
    worker.burst()
    [tick] = [one for one in TICKS if one.kind == "chat.due"]
    for _ in range(2):
        assert tick.wanted(datetime.now(UTC)) == (not slack.posted["C1"])
        Event.publish_once(kind=tick.kind, now=NOW)
        worker.burst()
    assert len(slack.posted["C1"]) == 1


def test_an_alert_goes_where_it_is_wanted_by_app_webhook_and_teams(slack: SlackServer):
    channel(wants=["overdue_case"])
    channel("slack_webhook", url=slack.webhook, wants=["overdue_case"])
    channel("teams", url=slack.webhook.replace("B1", "B2"), wants=["overdue_case"])
    channel(to="C2", wants=["score_fall"])
    alerts.tell(kind="overdue_case", subject="case-1", period="1", title="Late", path="/loop/1/", whom=(), now=NOW)
    event = Event.objects.get(kind="alert.raised")
    for handler in [one for one in HANDLERS["alert.raised"] if one.__name__ == "post_alert"] * 2:
        handler(event.data, now=NOW, stopping=lambda: False)
    assert outbox.due(NOW)
    deliver(Clock())
    assert not outbox.due(NOW + timedelta(days=1))
    assert len(slack.posted["C1"]) == 1
    hook, teams = slack.posted["webhook"]
    assert "*Late*" in text_of(hook)
    assert '"button"' not in text_of(hook)
    assert teams["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"


def test_one_message_a_second_and_channel(slack: SlackServer):
    place = channel()
    for number in range(3):
        telling.say(place, Said(f"{number}"), key=f"{number}", now=NOW)
    assert outbox.deliver_due(clock=lambda: NOW) == 1
    assert not outbox.due(NOW)
    assert outbox.deliver_due(clock=lambda: NOW + timedelta(seconds=1)) == 1
    slack.faults.append((429, "ratelimited", {"Retry-After": "30"}))
    assert outbox.deliver_due(clock=lambda: NOW + timedelta(seconds=2)) == 0
    assert outbox.deliver_due(clock=lambda: NOW + timedelta(seconds=20)) == 0
    assert ChatPost.objects.get(key="2").attempts == 0  # it asked us to wait: that is no failed try
    assert outbox.deliver_due(clock=lambda: NOW + timedelta(seconds=33)) == 1
    assert [one["text"] for one in slack.posted["C1"]] == ["0", "1", "2"]


def test_a_day_without_slack_loses_and_doubles_nothing(slack: SlackServer):
    place = channel()
    clock = Clock()
    telling.say(place, Said("Hello"), key="1", now=NOW)
    slack.faults.extend([(503, "down", {})] * 200)
    while clock.at < NOW + timedelta(days=1):
        outbox.deliver_due(clock=clock)
        clock.at += timedelta(hours=1)
    assert not slack.posted["C1"]
    slack.faults.clear()
    while clock.at < NOW + timedelta(days=3):
        outbox.deliver_due(clock=clock)
        clock.at += timedelta(hours=1)
    assert len(slack.posted["C1"]) == 1


def test_after_a_day_without_slack_all_goes_once_in_order_and_says_that_it_is_late(slack: SlackServer):
    place, case = channel(wants=["overdue_case"]), world.case(by=world.person(at=world.company()))
    late = {"kind": "overdue_case", "subject": f"case-{case.pk}", "period": "1", "title": "Overdue", "path": "/"}
    alerts.tell(**late, whom=(), now=NOW)
    telling.alert(Raised.objects.get().pk, now=NOW)
    slack.faults.extend([(503, "down", {})] * 500)
    clock, hour = Clock(), 0
    while clock.at < NOW + timedelta(hours=24):
        if hour % 6 == 0:
            telling.say(place, Said(f"Message {hour}"), key=f"m{hour}", now=clock.at)
        if hour in (1, 20):
            telling.say(place, Said(f"Digest {hour}"), key=f"d{hour}", what="digest", now=clock.at)
        for _ in range(3):  # as often as the worker looks does not matter: the channel rests
            outbox.deliver_due(clock=clock)
            clock.at += timedelta(minutes=20)
        hour += 1
    working.close(case.pk, outcome="solved", root_cause="none", note="Done.", by=None, now=clock.at)
    assert len(slack.calls) < 80
    telling.say(place, Said("Now"), key="now", now=clock.at)
    slack.faults.clear()
    clock.at += timedelta(minutes=31)
    deliver(clock)
    there = [text_of(one) for one in slack.posted["C1"]]
    said = [one["text"] for one in slack.posted["C1"]]
    assert said == [
        "Message 0",
        "Message 6",
        "Message 12",
        "Message 18",
        "Digest 20",
        "Now",
    ]  # what is over is not told
    assert ["Late: this was for" in one for one in there] == [True] * 5 + [False]
    assert "Late: this was for Tue 17 Nov, 09:00" in there[0]


def test_a_message_that_alone_is_not_taken_does_not_hold_up_the_others(slack: SlackServer):
    clock, place, other = Clock(), channel(), channel(to="C2")
    telling.say(place, Said("Odd"), key="1", now=NOW)
    telling.say(place, Said("Fine"), key="2", now=NOW)
    for hour in range(12):
        slack.faults.append((500, "internal_error", {}))
        outbox.deliver_due(clock=clock)
        slack.faults.clear()
        telling.say(other, Said("Else"), key=f"{hour}", now=clock.at)
        outbox.deliver_due(clock=lambda: clock.at)
        clock.at += timedelta(minutes=31)
    assert ChatPost.objects.get(place=place, key="1").state == PostState.FAILED
    assert [one["text"] for one in slack.posted["C1"]] == ["Fine"]


def test_what_is_never_taken_is_parked_and_can_be_sent_again(slack: SlackServer):
    place = channel()
    clock = Clock()
    telling.say(place, Said("Hello"), key="1", now=NOW)
    slack.faults.extend([(500, "fatal_error", {})] * 200)
    while clock.at < NOW + timedelta(days=5):
        outbox.deliver_due(clock=clock)
        clock.at += timedelta(hours=2)
    [seen] = places.every()
    assert (seen.parked, seen.waiting) == (1, 0)
    slack.faults.clear()
    places.try_again(place.pk, now=clock.at)
    deliver(clock)
    assert len(slack.posted["C1"]) == 1


def test_a_line_that_breaks_after_it_was_taken_is_looked_up_and_nothing_is_doubled(slack: SlackServer):
    telling.say(channel(), Said("Hello"), key="1", now=datetime.now(UTC))
    slack.posted["C1"] += [{"ts": f"{datetime.now(UTC).timestamp():.6f}"} for _ in range(3)]  # of others
    slack.page = 2
    slack.faults.append("cut")
    clock = Clock(datetime.now(UTC))
    outbox.deliver_due(clock=clock)
    assert ChatPost.objects.get().state == PostState.SENT
    clock.at += timedelta(days=2)
    deliver(clock)
    assert len(slack.posted["C1"]) == 4


def test_what_slack_shows_late_is_looked_for_again_and_not_sent_twice(slack: SlackServer):
    telling.say(channel(), Said("Hello"), key="1", now=datetime.now(UTC))
    slack.faults.append("slow")
    clock = Clock(datetime.now(UTC))
    outbox.deliver_due(clock=clock)
    assert ChatPost.objects.get().state == PostState.SENDING
    clock.at += timedelta(seconds=16)
    deliver(clock)
    assert (ChatPost.objects.get().state, len(slack.posted["C1"])) == (PostState.SENT, 1)


def test_what_never_came_is_sent_again_after_three_looks(slack: SlackServer):
    telling.say(channel(), Said("Hello"), key="1", now=datetime.now(UTC))
    slack.faults.append("lost")
    clock = Clock(datetime.now(UTC))
    outbox.deliver_due(clock=clock)
    for seconds in (16, 61, 11):
        assert not slack.posted["C1"]
        clock.at += timedelta(seconds=seconds)
        outbox.deliver_due(clock=clock)
    looks = [method for method, _ in slack.calls if method == "conversations.history"]
    assert (ChatPost.objects.get().state, len(slack.posted["C1"]), len(looks)) == (PostState.SENT, 1, 3)


def test_where_nobody_can_look_for_three_days_a_person_decides(slack: SlackServer):
    place = channel()
    telling.say(place, Said("Hello"), key="1", now=NOW)
    slack.faults.extend(["cut", *[(200, "missing_scope", {})] * 100])
    clock = Clock()
    while clock.at < NOW + timedelta(days=4):
        outbox.deliver_due(clock=clock)
        clock.at += timedelta(hours=6)
    row = ChatPost.objects.get()
    assert (row.state, places.every()[0].parked, workspace.works()) == (PostState.UNSURE, 1, True)
    assert row.error.startswith("It may be there, and nobody could look: The app lacks a right")
    assert not outbox.due(clock.at)


def test_a_reminder_whose_line_breaks_is_looked_up_in_its_thread(slack: SlackServer):
    case = world.case(by=world.person(at=world.company()))
    now = datetime.now(UTC)
    telling.put(channel(), key="1", what="reminder", about={"thread": "1.2", "user": 0}, case=case, now=now)
    slack.faults.append("cut")
    clock = Clock(now)
    outbox.deliver_due(clock=clock)
    clock.at += timedelta(days=2)
    deliver(clock)
    assert (ChatPost.objects.get().state, len(slack.posted["C1"])) == (PostState.SENT, 1)


def test_what_changes_while_its_message_is_sent_is_said_afterwards(slack: SlackServer):
    case = world.case(by=world.person(at=world.company()))
    telling.put(channel(), key="1", what="case", case=case, now=NOW)
    ChatPost.objects.update(state=PostState.SENDING)
    telling.put(channel("slack_webhook", url=slack.webhook), key="2", what="case", case=case, now=NOW)
    assert telling.changed(case.pk) == 1
    assert ChatPost.objects.filter(stale=True).get().key == "1"


def test_what_a_dead_worker_held_is_looked_up_or_sent(slack: SlackServer):
    telling.say(channel(), Said("Hello"), key="1", now=NOW)
    ChatPost.objects.update(state=PostState.SENDING, attempts=1, due_at=NOW)
    clock = Clock(NOW)
    for _ in range(4):
        clock.at += timedelta(minutes=1)
        deliver(clock)
    assert len(slack.posted["C1"]) == 1


def test_of_a_webhook_nobody_knows_so_a_person_decides(slack: SlackServer):
    place = channel("slack_webhook", url=slack.webhook)
    telling.say(place, Said("Hello"), key="1", now=NOW)
    slack.faults.append("cut")
    clock = Clock()
    deliver(clock)
    assert ChatPost.objects.get().state == PostState.UNSURE
    places.try_again(place.pk, now=clock.at)
    deliver(clock)
    assert ChatPost.objects.get().state == PostState.SENT


def test_a_channel_that_is_gone_is_said_and_what_is_for_it_waits(slack: SlackServer):
    place = channel()
    slack.channels.discard("C1")
    telling.say(place, Said("Hello"), key="1", now=NOW)
    clock = Clock()
    deliver(clock)
    [seen] = places.every()
    assert "/invite @nineplus" in seen.place.error
    assert seen.waiting == 1
    assert not outbox.due(clock.at)
    with pytest.raises(NotPossible):
        outbox.test(place, now=NOW)
    slack.channels.add("C1")
    places.change(place.pk, name="cs", wants=[], digest="")
    deliver(clock)
    assert len(slack.posted["C1"]) == 1


def test_a_revoked_token_is_said_and_everything_waits(slack: SlackServer):
    telling.say(channel(), Said("Hello"), key="1", now=NOW)
    slack.faults.append((200, "token_revoked", {}))
    clock = Clock()
    deliver(clock)
    assert "revoked" in workspace.held().error
    assert not slack.posted["C1"]
    workspace.connect(token="", signing="")
    deliver(clock)
    assert len(slack.posted["C1"]) == 1
    assert TOKEN not in json.dumps(Preference.objects.get(pk="slack").value)


def test_keys_put_in_while_the_old_ones_are_refused_stay(slack: SlackServer):
    telling.say(channel(), Said("Hello"), key="1", now=NOW)
    value = Preference.objects.get(pk="slack").value

    def put_in():  # by an owner, between the call and its answer
        workspace.connect(token="", signing=SIGNING)
        connection.close()
        return 200, "token_revoked", {}

    slack.faults.append(put_in)
    clock = Clock()
    outbox.deliver_due(clock=clock)
    assert workspace.works()
    assert Preference.objects.get(pk="slack").value["locked"] != value["locked"]
    deliver(clock)
    assert len(slack.posted["C1"]) == 1
    workspace.broke("The token was revoked.", of=workspace.in_use())
    assert not workspace.works()


# -- pressed --------------------------------------------------------------------------------------------------------


def test_who_is_not_known_or_may_not_is_told_so_kindly(slack: SlackServer):
    case = world.case(by=world.person(at=world.company()))
    slack.people["UBo"] = {"id": "UBo", "profile": {"email": "nobody@else.example"}}
    slack.people["UBot"] = {"id": "UBot", "is_bot": True, "profile": {"email": world.agent("Cy").email}}
    colleague(slack, "Vi", seat=False, role="viewer")
    slack.people["UFar"] = {"id": "UFar", "team_id": "T9", "profile": {"email": world.agent("Di").email}}
    for person in ("UBo", "UBot", "UFar", "UVi"):
        press("claim", case, by=person)
    press("claim", case, by="UVi", team="T2")
    said = whispered(slack)
    assert ["does not know you" in one for one in said] == [True, True, True, False, False]
    assert "takes the role agent" in said[3]
    assert "another workspace" in said[4]
    assert Case.objects.get().state == "open"


def test_of_two_who_press_at_once_one_has_it_and_the_other_is_told_who(slack: SlackServer):
    names = ("Ada", "Bea")
    for name in names:
        colleague(slack, name, seat=False)
    case = world.case(by=world.person(at=world.company()))
    barrier = Barrier(2)

    def run(name: str) -> None:
        barrier.wait()
        press("claim", case, by=f"U{name}")
        connection.close()

    threads = [Thread(target=run, args=(name,)) for name in names]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    case.refresh_from_db()
    other = next(name for name in names if name != case.owner.name)
    assert case.owner.name in names
    [said] = [values for method, values in slack.calls if method == "chat.postEphemeral"]
    assert said["user"] == f"U{other}"
    assert said["text"].startswith(f"{case.owner.name} has it.")


def test_put_off_is_reminded_in_the_thread_and_stays_due(slack: SlackServer):
    colleague(slack)
    channel(wants=[places.CASES])
    case = world.case(by=world.person(at=world.company()))
    due = case.next_at
    press("snooze", case, choice="60")
    press("snooze", case, choice="60")  # pressed twice
    press("snooze", case, choice="7")
    assert "You are reminded here on" in whispered(slack)[0]
    assert "That cannot be done." in whispered(slack)[-1]
    assert Case.objects.get().next_at == due
    assert CaseEntry.objects.filter(text__startswith="Put off in Slack").count() == 1
    clock = Clock()
    deliver(clock)
    assert not slack.posted["C1"]
    clock.at += timedelta(hours=1)
    deliver(clock)
    [message] = slack.posted["C1"]
    assert message["thread_ts"] == "1.2"
    press("snooze", case, choice="240")
    working.close(case.pk, outcome="solved", root_cause="none", note="Done.", by=None, now=clock.at)
    clock.at += timedelta(hours=5)
    deliver(clock)
    assert len(slack.posted["C1"]) == 1  # nobody is reminded of what is done


@pytest.mark.parametrize("payload", [{}, {"type": "block_actions", "user": {"id": "U"}, "actions": []}, {"user": 3}])
def test_what_is_no_payload_is_refused(slack: SlackServer, payload: dict[str, Any]):
    with pytest.raises(NotPossible):
        acting.pressed(payload, now=NOW)


def test_a_call_is_taken_once(slack: SlackServer):
    signed = headers(at=NOW, secret=SIGNING, body=b"x")
    acting.take(headers=signed, body=b"x", now=NOW)
    with pytest.raises(Forged):
        acting.take(headers=signed, body=b"x", now=NOW)
    with pytest.raises(Forged):
        acting.take(headers=headers(at=NOW, secret="else", body=b"y"), body=b"y", now=NOW)


# -- by rules -------------------------------------------------------------------------------------------------------


def test_a_rule_writes_to_a_channel_by_its_name_or_to_a_webhook(slack: SlackServer):
    case = world.case(by=world.person("Bo", at=world.company()))
    about = {"key": "run 1", "rule": "Unhappy", "customer": "Acme", "now": NOW, "contact": case.contact}
    answer = SimpleNamespace(pk=7, score=2, comment="Slow & dear")
    [run, check] = [actions()["slack"].run, actions()["slack"].check]
    channel()
    doing = SimpleNamespace(**about, response=answer, case=None, about=None)
    for _ in range(2):
        assert run(doing, {"channel": "#CS", "text": "Look"}).says == "A message for cs was queued."
    run(
        SimpleNamespace(**{**about, "key": "run 2"}, response=answer, case=case, about=case.pk),
        {"channel": "cs", "text": "Call <now>"},
    )
    run(doing, {"url": slack.webhook})
    deliver(Clock())
    first, second = slack.posted["C1"]
    assert "Slow &amp; dear" in text_of(first)
    assert '"close"' in text_of(second)
    assert "Call &lt;now&gt;" in text_of(second)
    owning.assign(case.pk, to=None, by=None, now=NOW)
    telling.changed(case.pk)
    deliver(Clock(NOW + timedelta(minutes=1)))
    assert "Call &lt;now&gt;" in text_of(second)
    assert "Acme gave 2" in text_of(slack.posted["webhook"][0])
    with pytest.raises(NotPossible):
        run(doing, {"channel": "gone"})
    assert [bool(check(one)) for one in ({}, {"channel": "cs"}, {"channel": "cs", "url": "https://x.example/"})] == [
        True,
        False,
        True,
    ]


# -- erased ---------------------------------------------------------------------------------------------------------


def test_who_was_erased_leaves_no_words_in_channels(slack: SlackServer):
    bo = world.person("Bo Secret", at=None)
    place = channel(wants=["score_fall"])
    telling.say(place, Said("Bo Secret gave 2"), key="1", contact=bo.pk, now=NOW)
    clock = Clock()
    deliver(clock)
    telling.say(place, Said("Bo Secret again"), key="2", contact=bo.pk, now=NOW)
    erasing.erase(contact=bo.pk, now=NOW)
    deliver(clock)
    [message] = slack.posted["C1"]
    assert "Secret" not in text_of(message)
    assert "Secret" not in json.dumps(list(ChatPost.objects.values_list("about", flat=True)))


def test_who_became_one_with_another_is_erased_with_them(slack: SlackServer):
    place, bo, twin = channel(), world.person("Bo"), world.person("B. O.")
    telling.say(place, Said("B. O. gave 2"), key="1", contact=twin.pk, now=NOW)
    alerts.tell(
        kind="score_fall", subject="x", period="1", title="B. O. fell", path="/", whom=(), contact=twin.pk, now=NOW
    )
    merging.merge(table="contact", kept=bo.pk, gone=twin.pk, now=NOW)
    erasing.erase(contact=bo.pk, now=NOW)
    assert ChatPost.objects.get().about == {}
    assert "B. O." not in Raised.objects.get().title


# -- set up ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "irc"},
        {"kind": "slack", "channel": "#general"},
        {"kind": "teams", "url": "ftp://x.example/"},
        {"kind": "slack_webhook", "url": "https://user:pass@x.example/"},
        {"kind": "slack", "channel": "C1", "wants": ["rain"]},
        {"kind": "slack", "channel": "C1", "digest": "hourly"},
    ],
)
def test_what_cannot_be_set_up_is_said(wrong: dict[str, Any]):
    with pytest.raises(NotPossible):
        places.add(name="x", now=NOW, **wrong)


@pytest.mark.parametrize(("token", "signing"), [("xoxp-1", SIGNING), ("xoxb-1", "short"), ("xoxb-wrong", SIGNING)])
def test_an_app_that_slack_does_not_know_is_not_kept(slack: SlackServer, token: str, signing: str):
    workspace.forget()
    with pytest.raises(NotPossible):
        workspace.connect(token=token, signing=signing)
    assert not workspace.held().connected
    assert not workspace.works()
