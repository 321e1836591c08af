"""Answers pour in while fifty rules are on: how long from an answer to the letter queued, also with the worker killed.

    python benchmarks/rules_live.py --answers 6000 --rate 200
    python benchmarks/rules_live.py --answers 2000 --rate 100 --kills 20

The worker is a process of its own. Ends with an error when a run, a case, a tag or a letter is lost or doubled. With
NINEPLUS_DATABASE_URL set to an empty PostgreSQL it runs there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta

RULES = 50


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--answers", type=int, default=6_000)
    options.add_argument("--rate", type=float, default=200.0, help="answers a second")
    options.add_argument("--kills", type=int, default=0, help="kill -9 of the worker, spread over the run")
    options.add_argument("--seconds", type=float, default=300.0, help="wait so long for the rest at most")
    given = options.parse_args()
    home = tempfile.mkdtemp(prefix="nineplus-rules-")
    os.environ |= {"NINEPLUS_HOME": home, "DJANGO_SETTINGS_MODULE": "nineplus.settings", "NINEPLUS_LOG_LEVEL": "ERROR"}
    try:
        if not measure(given):
            sys.exit("Something was lost or doubled.")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(given: argparse.Namespace) -> bool:
    import django

    django.setup()
    from django.core.management import call_command

    from nineplus.store.models import Message
    from table import write

    call_command("migrate", verbosity=0)
    people = prepare(given.answers)
    worker = Worker(kills=given.kills, over=given.answers / given.rate)
    worker.start()
    seen = Seen()
    seen.start()
    try:
        pour(people[:1], rate=1.0, first=0)
        while not seen.at:  # the worker is up
            time.sleep(0.05)
        settle()
        worker.begin_to_kill()  # not while it starts: it would never be seen at work
        given_at = pour(people[1:], rate=given.rate, first=1)
        expected = {pk for number, pk in enumerate(given_at, start=1) if number % 11 == 0}
        wanted = expected | {min(seen.at)}
        ends = time.monotonic() + given.seconds
        while len(seen.at) < len(expected) + 1 and time.monotonic() < ends:
            time.sleep(0.2)
        time.sleep(2.0)
    finally:
        worker.end()
        seen.stop()
    ok, wrong = judge(wanted)
    waited = sorted(seen.at[pk] - given_at[pk] for pk in expected if pk in seen.at)
    told = [f"{waited[int(len(waited) * share)]:.2f} s" for share in (0.5, 0.95, 0.99)] if waited else ["-"] * 3
    rate = len(given_at) / (max(given_at.values()) - min(given_at.values()))
    from django.db import connection

    write(
        f"rules-live-{connection.vendor}{'-killed' if given.kills else ''}",
        title=f"Fifty rules while answers come in ({connection.vendor}{', the worker killed' if given.kills else ''})",
        head=["answers", "a second", "kills", "letters", "half within", "95 of 100 within", "99 of 100", "wrong"],
        rows=[
            [f"{len(given_at):,}", f"{rate:.0f}", str(worker.killed), f"{Message.objects.count():,}", *told, str(wrong)]
        ],
        command=f"python benchmarks/rules_live.py --answers {given.answers} --rate {given.rate:g}"
        + (f" --kills {given.kills}" if given.kills else ""),
        note="From the answer written to the letter seen in the queue, looked for every 50 ms by another process than "
        "the one that works. Every eleventh answer fires one of the fifty rules: a case, a tag and a letter.",
    )
    return ok


def settle() -> None:
    """Wait until the worker has loaded its engines and looked at who is new, as one that runs for an hour has."""
    from django.utils import timezone

    from nineplus.stages.connect.identity import looking
    from nineplus.store.models import Event

    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 3.0:
        if Event.objects.filter(state__in=("waiting", "claimed")).exists() or looking.wanted(timezone.now()):
            quiet_since = time.monotonic()
        time.sleep(0.1)


def prepare(answers: int) -> list[tuple[int, int]]:
    """The rules, and a contact with an account for each answer: (contact, account)."""
    from django.utils import timezone

    from nineplus.stages.act.rules import keeping
    from nineplus.store.models import Account, Contact, Sender, Survey, User

    now = timezone.now()
    User.objects.create(email="ada@us.example", name="Ada", role="owner", created_at=now)
    Sender.objects.create(name="Mail", channel="outbox_folder", medium="email", is_default=True, created_at=now)
    Survey.objects.create(external_id="S", name="Relationship", created_at=now, revision=1)
    for number in range(RULES):
        field = ("language", "country", "account", "previous_score", "monthly")[number % 5]
        asked = {"field": "answers", "is": "at_least", "value": 1}
        if field in ("language", "country", "account"):
            asked = {"field": field, "is": "is_not", "value": f"nothing {number}"}
        document = {
            "name": f"Rule {number}",
            "when": "response.scored",
            "if": {
                "all": [
                    {"field": "score", "is": "is", "value": 0 if number == 0 else 10},
                    {"field": "answers", "is": "at_least", "value": 1 if number == 0 else number + 5},
                    asked,
                ]
            },
            "then": [
                {"do": "open_case", "with": {"reason": "detractor"}},
                {"do": "tag_answer", "with": {"tag": "called"}},
                {"do": "email_colleague", "with": {"to": "ada@us.example"}},
            ],
            "limits": {"per_hour": 100_000},
        }
        kept = keeping.save(document, by=None, now=now)
        keeping.tried(kept.version, {"of": 0, "examples": []})
        keeping.switch(kept.workflow.pk, on=True, now=now - timedelta(seconds=1))
    Account.objects.bulk_create(
        [Account(external_id=f"A{n}", name=f"Company {n}", revision=1) for n in range(answers)], batch_size=2_000
    )
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    Contact.objects.bulk_create(
        [Contact(external_id=f"C{n}", account_id=pk, revision=1) for n, pk in enumerate(accounts)], batch_size=2_000
    )
    return list(Contact.objects.order_by("pk").values_list("pk", "account"))


def pour(people: list[tuple[int, int]], *, rate: float, first: int) -> dict[int, float]:
    """Keep one answer after the other as the web server's intake does, those that came meanwhile together.

    When each was kept, by its id.
    """
    from django.utils import timezone

    from nineplus.stages.capture.answering.intake import APART
    from nineplus.stages.capture.answering.keeping import Answer, Parties, Program, keep
    from nineplus.store.models import Survey

    survey, began, last, written = Survey.objects.get().pk, time.monotonic(), 0.0, {}

    def given(number: int) -> Answer:
        contact, account = people[number]
        to = Program(lambda _: Parties(survey, account, contact), "nineplus", f"R{first + number}")
        name = first + number
        return Answer(to, 0 if name % 11 == 0 else 7 + name % 4, timezone.now())

    done = 0
    while done < len(people):
        time.sleep(max(0.0, began + done / rate - time.monotonic(), last + APART - time.monotonic()))
        last = time.monotonic()
        came = min(len(people), 1 + int((time.monotonic() - began) * rate))
        kept = keep([given(number) for number in range(done, max(came, done + 1))])
        now = time.monotonic()
        written |= {one.response: now for one in kept if one.response is not None}
        done += len(kept)
    return written


class Seen(threading.Thread):
    """Looks every 50 ms which answers' letters are queued by now."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.at: dict[int, float] = {}
        self._stopped = threading.Event()

    def run(self) -> None:
        from django.db import connection

        from nineplus.store.models import WorkflowStep

        last = 0
        while not self._stopped.wait(0.05):
            rows = WorkflowStep.objects.filter(pk__gt=last - 200, place="3")
            now = time.monotonic()
            for pk, response in rows.order_by("pk").values_list("pk", "run__response"):
                self.at.setdefault(response, now)
                last = max(last, pk)
        connection.close()

    def stop(self) -> None:
        self._stopped.set()
        self.join(5)


class Worker:
    """The worker's process, killed now and then and started again at once."""

    def __init__(self, *, kills: int, over: float) -> None:
        self.kills, self.every, self.killed = kills, over / (kills + 1), 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._kill, daemon=True)

    def start(self) -> None:
        self._process = self._run()

    def begin_to_kill(self) -> None:
        self._thread.start()

    def _run(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "nineplus.cli", "worker"], stderr=subprocess.DEVNULL)

    def _kill(self) -> None:
        while self.killed < self.kills and not self._stopped.wait(self.every):
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = self._run()
            self.killed += 1

    def end(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(30)
        self._process.terminate()
        self._process.wait(30)


def judge(expected: set[int]) -> tuple[bool, int]:
    """Is there one run, one case, one tag and one letter of each answer that fires a rule, and of no other?"""
    from nineplus.store.models import CaseAnswer, Message, Response, WorkflowRun

    runs = Counter(WorkflowRun.objects.filter(state="done").values_list("response", flat=True))
    other = WorkflowRun.objects.exclude(state="done").count()
    cases = Counter(CaseAnswer.objects.filter(case__reason="detractor").values_list("response", flat=True))
    tagged = {pk for pk, tags in Response.objects.exclude(tags=[]).values_list("pk", "tags") if tags == ["called"]}
    wrong = other + len(tagged ^ expected) + abs(Message.objects.count() - len(expected))
    for found in (runs, cases):
        wrong += sum(found[pk] != 1 for pk in expected) + sum(1 for pk in found if pk not in expected)
    return wrong == 0, wrong


if __name__ == "__main__":
    main()
