"""A nineplus whose customers have been asked: a home with invitations, their links, and the server to answer to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.fixtures.site import free_port  # noqa: E402 - after the path to it

_FILL = """
import json, os
from datetime import timedelta
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
from nineplus.model.survey import Content, Plan
from nineplus.rules.links import seal
from nineplus.stages import capture
from nineplus.stages.capture.drawing import surveys
from django.db import transaction
from nineplus.store.bulk import insert_rows
from nineplus.store.models import Account, Code, CodePool, Contact, Invitation, Survey
call_command("migrate", verbosity=0)
now, count, together = timezone.now(), int(os.environ["ASKED"]), {"batch_size": 2_000}
content = Content()
if codes := int(os.environ["CODES"]):
    pool = CodePool.objects.create(name="Thanks", created_at=now)
    Code.objects.bulk_create((Code(pool=pool, code=f"T{n}") for n in range(codes)), **together)
    content = Content(code_pool=pool.pk)
survey = surveys.create(name="After a ticket", touchpoint="post-resolution", content=content, plan=Plan(), now=now)
surveys.publish(survey, now=now)
survey = surveys.switch(survey, state="active", now=now)
version = Survey.objects.get().current
accounts = Account.objects.bulk_create((Account(
    external_id=f"A{n}", revision=1, attributes={"plan": "Pro", "region": "EMEA", "tier": str(n % 3)},
) for n in range(count // 20 + 1)), **together)
with transaction.atomic():
    contacts = insert_rows(Contact, [{
        "external_id": f"C{n}", "email": f"c{n}@company.example", "account_id": accounts[n // 20].pk, "revision": 1,
        "attributes": '{"role": "admin"}',
    } for n in range(count)])
    asked = insert_rows(Invitation, [{
        "source": "nineplus", "external_id": f"{survey.pk}/{n}", "survey_id": survey.pk, "version_id": version.pk,
        "account_id": accounts[n // 20].pk, "contact_id": contact, "channel": "email", "language": "en",
        "fate": "sent", "sent_at": now, "due_at": now, "expires_at": now + timedelta(days=30), "revision": 1,
    } for n, contact in enumerate(contacts)])
key = capture.links_key()
tokens = [seal(number=one, purpose="answer", key=key) for one in asked]
print(json.dumps({"tokens": tokens, "public_id": survey.public_id, "survey": survey.pk}))
"""


@dataclass
class Asked:
    """Where it lies, and every link that was sent."""

    environment: dict[str, str]
    port: int
    tokens: list[str]
    public_id: str
    survey: int

    def python(self, program: str, **more: str) -> Any:
        """Run a program in its home; what it printed as JSON."""
        done = subprocess.run(
            [sys.executable, "-c", program], env={**self.environment, **more}, check=True, stdout=subprocess.PIPE
        )
        return json.loads(done.stdout)


def asked(home: Path, *, count: int, codes: int = 0, database: str = "", **settings: str) -> Asked:
    """Make the home with that many invitations sent, and with codes to thank for answers."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NINEPLUS_", "DJANGO_"))}
    environment = {
        **kept,
        "NINEPLUS_HOME": str(home),
        "NINEPLUS_LOG_FORMAT": "json",
        "NINEPLUS_VISITOR_LIMIT": "0",  # all of the load comes from one address
        "DJANGO_SETTINGS_MODULE": "nineplus.settings",
        "PORT": str(port),
        **({"NINEPLUS_DATABASE_URL": database} if database else {}),
        **settings,
    }
    made = Asked(environment, port, [], "", 0)
    found = made.python(_FILL, ASKED=str(count), CODES=str(codes))
    made.tokens, made.public_id, made.survey = found["tokens"], found["public_id"], found["survey"]
    return made


class Site:
    """`nineplus up` on such a home."""

    def __init__(self, asked: Asked, *words: str) -> None:
        self.asked, self.words = asked, words
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (Path(self.asked.environment["NINEPLUS_HOME"]) / "site.log").open("ab")
        command = [sys.executable, "-m", "nineplus.cli", "up", *self.words]
        self.process = subprocess.Popen(command, env=self.asked.environment, stdout=log, stderr=log)
        log.close()

    def wait(self, path: str = "/ready", seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.asked.port}{path}", timeout=2) as answer:
                    answer.read()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("nineplus did not become ready.")

    def processes(self, what: str = "") -> list[psutil.Process]:
        """All that belong to it, or those that are `web` or `worker`, youngest first."""
        assert self.process
        try:
            mine = psutil.Process(self.process.pid)
            found = [mine, *mine.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        return [one for one in reversed(found) if not what or what == _kind(one)]

    def kill(self) -> None:
        """End all of it at once, as a power cut does."""
        for one in self.processes():
            with suppress(psutil.NoSuchProcess):
                one.kill()
        assert self.process
        self.process.wait()

    def stop(self) -> None:
        assert self.process
        self.process.terminate()
        self.process.wait(40)


def _kind(process: psutil.Process) -> str:
    try:
        words = " ".join(process.cmdline())
    except psutil.Error:
        return ""
    return "web" if "granian" in words else "worker" if "nineplus.cli worker" in words else ""


@contextmanager
def database(name: str) -> Iterator[tuple[str, Any]]:
    """The URL of a durable database ("" is SQLite) and, with PostgreSQL, its server."""
    if name == "SQLite":
        yield "", None
        return
    from tests.fixtures.postgres import DURABLE, server

    with server(options=DURABLE) as running:
        yield running.url, running


def score(value: int, **more: object) -> bytes:
    """The body that the page's script sends."""
    signals: Mapping[str, object] = {"dwell_ms": 4200, "how": "press", "moved": True}
    return json.dumps({"score": value, "language": "en", "signals": signals, **more}).encode()
