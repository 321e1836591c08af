"""Colleagues, a worker, a mail server and Slack that fail when told to, and what becomes of alerts among them."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min

from nineplus import channels
from nineplus.connectors import Reconnect, Retry
from nineplus.connectors.slack.client import Unsure
from nineplus.stages.act.alerts import choosing, telling
from nineplus.stages.act.alerts.timing import choice_of
from nineplus.stages.act.chat import outbox
from nineplus.stages.capture.sending import delivering
from nineplus.store.models import Alert, ChatPlace, ChatPost, Message, Preference, Sender, User
from tests.stages.act import world

KINDS = ("overdue_case", "rising_theme")
MAIL_FAULTS = {
    "busy": channels.Retry("Busy"),
    "away": channels.Retry("Away", away=True),
    "refused": channels.GiveUp("No such mailbox"),
    "unknown": channels.Unknown("The line broke"),
    "wrong password": channels.Reconnect("Wrong password"),
}
SLACK_FAULTS = ("busy", "lost", "cut", "revoked")


class Mail:
    """The other side of a sender: what it took, in order, and what goes wrong next."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.faults: deque[str] = deque()

    def open(self, settings: object) -> Mail:
        return self

    def send(self, outgoing: channels.Outgoing) -> channels.Sent:
        if self.faults:
            raise MAIL_FAULTS[self.faults.popleft()]
        self.taken.append((outgoing.address, f"{outgoing.subject}\n{outgoing.text}"))
        return channels.Sent("T")

    def close(self) -> None:
        """Nothing is held."""


class Slack:
    """The same of Slack: what was posted, by its key."""

    def __init__(self) -> None:
        self.posted: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.faults: deque[str] = deque()

    def called(self, email: str, *, team: str) -> SimpleNamespace:
        return SimpleNamespace(id=email)

    def direct(self, there: str) -> str:
        return there

    def find(self, channel: str, *, key: str, since: float, thread: str) -> str:
        return next((key for known, _ in self.posted[channel] if known == key), "")

    def post(self, channel: str, *, text: str, blocks: object, key: str, thread: str) -> str:
        fault = self.faults.popleft() if self.faults else ""
        if fault == "busy":
            raise Retry("Busy")
        if fault == "revoked":
            raise Reconnect("The token was revoked")
        if fault != "lost":
            self.posted[channel].append((key, text))
        if fault:
            raise Unsure("The line broke")
        return key


class House:
    """Two colleagues, one of them in a zone that changes its clock that night."""

    def __init__(self, start: datetime) -> None:
        self.now, self.mail, self.slack, self._number = start, Mail(), Slack(), 0
        Sender.objects.create(name="Mail", medium="email", channel="outbox_folder", is_default=True, created_at=start)
        Preference.objects.update_or_create(pk="slack", defaults={"value": {"team": "T1", "name": "Us", "locked": ""}})
        self.people = [world.agent(name, seat=False).pk for name in ("Ada", "Bea")]
        self.ever: dict[int, set[str]] = defaultdict(set)
        """Of each alert, what was true of its reader at any time since it was told."""

    def person(self, who: int) -> User:
        return User.objects.select_related("alert_choice").get(pk=self.people[who])

    def do(self, what: str, who: int, detail: Any) -> None:
        getattr(self, what)(who, detail)
        self._note()

    # -- what may happen ------------------------------------------------------------------------------------------

    def tell(self, who: int, kind: str) -> None:
        """Twice, as after a crash; of a customer, so that a viewer is not to hear of it."""
        self._number += 1
        said = {"kind": kind, "subject": f"case-{self._number}", "title": f"Late {self._number}!", "path": "/loop/1/"}
        for _ in range(2):
            telling.tell(**said, period="1", whom=self.people[: who + 1], now=self.now)

    def choose(self, who: int, choice: dict[str, Any]) -> None:
        choosing.choose(self.person(who), **choice, now=self.now)

    def wait(self, who: int, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def work(self, who: int, times: int) -> None:
        """What the worker does in each turn, when a cheap look says that there is anything to do."""
        for _ in range(times):
            before = set(Message.objects.values_list("pk", flat=True))
            if telling.due(self.now):
                telling.mail_due(now=self.now)
            for letter in Message.objects.exclude(pk__in=before):
                assert not self._is_quiet(letter), "a letter was queued in quiet hours"
            if delivering.due(self.now):
                delivering.run(clock=lambda: self.now)
            if outbox.due(self.now):
                outbox.deliver_due(clock=lambda: self.now)
            self.now += timedelta(seconds=2)

    def read(self, who: int, _: object) -> None:
        person = self.person(who)
        if newest := choosing.told(person, limit=1):
            choosing.read_all(person, to=newest[0].pk, now=self.now)

    def mail_fails(self, who: int, fault: str) -> None:
        self.mail.faults.append(fault)

    def slack_fails(self, who: int, fault: str) -> None:
        self.slack.faults.append(fault)

    def employ(self, who: int, is_there: bool) -> None:
        User.objects.filter(pk=self.people[who]).update(is_active=is_there)

    def role(self, who: int, role: str) -> None:
        User.objects.filter(pk=self.people[who]).update(role=role)

    def app(self, who: int, is_there: bool) -> None:
        team = "T1" if is_there else ""
        Preference.objects.update_or_create(pk="slack", defaults={"value": {"team": team, "name": "Us", "locked": ""}})

    def sender(self, who: int, is_there: bool) -> None:
        Sender.objects.update(is_default=is_there)

    # -- how it ends ----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Whatever was broken is mended, and time passes until nothing waits any more."""
        self.mail.faults.clear()
        self.slack.faults.clear()
        self.app(0, True)
        Sender.objects.update(is_default=True, error="")
        ChatPlace.objects.update(error="")
        ends = self.now + timedelta(days=16)
        while (due := self._next()) and self.now < ends:
            self.now = max(self.now + timedelta(minutes=5), due)
            self.do("work", 0, 1)

    def _next(self) -> datetime | None:
        """The next moment at which something is due that waits."""
        under_way = ("waiting", "sending")
        waiting = (
            Alert.objects.filter(mailed_at=None).aggregate(at=Min("mail_at")),
            Alert.objects.aggregate(at=Min("chat_at")),
            Message.objects.filter(state__in=under_way).aggregate(at=Min("due_at")),
            ChatPost.objects.filter(state__in=under_way).aggregate(at=Min("due_at")),
        )
        return min((one["at"] for one in waiting if one["at"]), default=None)

    def judge(self) -> None:
        assert set(Alert.objects.values_list("pk", flat=True)) == self.ever.keys(), "one was lost"
        for row in Alert.objects.select_related("user", "letter", "raised"):
            letters = [text for address, text in self.mail.taken if address == row.user.email and row.title in text]
            self._judge_mail(row, len(letters))
            self._judge_chat(row, sum(row.title in text for _, text in self.slack.posted[row.user.email]))

    def _judge_mail(self, row: Alert, taken: int) -> None:
        if row.mail_not:
            assert row.mail_not in self.ever[row.pk], f"it says {row.mail_not}, and that was never so"
            assert (taken, row.letter, row.mail_at) == (0, None, None)
            return
        assert row.mailed_at, "it still waits for a letter"
        assert row.letter, "nobody knows in which letter it went"
        assert taken == {"sent": 1, "failed": 0, "unsure": 0, "dropped": 0}[row.letter.state]

    def _judge_chat(self, row: Alert, posted: int) -> None:
        assert row.chat_at is None, "it still waits to go to Slack"
        if row.chat_not:
            reason = "no_slack" if row.chat_not == "never" else row.chat_not
            assert reason in self.ever[row.pk], f"it says {row.chat_not}, and that was never so"
            assert posted == 0
            return
        assert row.raised
        post = ChatPost.objects.get(place__user=row.user, key=f"alert {row.raised.pk}")
        assert posted == {"sent": 1, "failed": 0, "dropped": 0}[post.state]
        if post.state == "dropped":
            assert {"no_slack", "gone"} & self.ever[row.pk]

    def _note(self) -> None:
        for row in Alert.objects.select_related("user__alert_choice"):
            choice = choice_of(row.user)
            said = {
                "never": choice.mailed == "never",
                "no_slack": not choice.slack,
                "kind": row.kind in choice.unwanted,
                "read": row.read_at is not None,
                "gone": not row.user.is_active,
                "hidden": row.user.role == "viewer",
                "no_app": not Preference.objects.get(pk="slack").value["team"],
            }
            self.ever[row.pk] |= {name for name, is_so in said.items() if is_so}

    def _is_quiet(self, letter: Message) -> bool:
        choice = choice_of(User.objects.get(email=letter.address))
        if choice.quiet_from is None or choice.quiet_to is None:
            return False
        hour = self.now.astimezone(ZoneInfo(choice.time_zone or "UTC")).hour
        hours = {(choice.quiet_from + n) % 24 for n in range((choice.quiet_to - choice.quiet_from) % 24)}
        return hour in hours


NIGHTS = tuple(datetime(2026, month, day, 21, 30, tzinfo=UTC) for month, day in ((3, 28), (10, 24), (6, 10)))
"""Before the clocks go forward in Berlin, before they go back, and before any other night."""
assert Counter(night.weekday() for night in NIGHTS) == {5: 2, 2: 1}
