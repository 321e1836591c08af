"""A whole HubSpot account read through the frame into the store, and what is new in it afterwards.

    python benchmarks/syncing.py --tickets 100000 --contacts 50000 --companies 5000

The HubSpot is the suite's test server in another process: it keeps to HubSpot's limits (190 calls in 10 seconds, 5
searches a second) and refuses what exceeds them. Beside it stands the same account read by the connector alone, with
nothing kept: what the line and the limits allow. With NINEPLUS_DATABASE_URL set to a PostgreSQL it runs there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import write

ROOT = Path(__file__).parents[1]
ALLOWED = 19.0
"""Calls a second that HubSpot allows a private app."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("tickets", 100_000), ("contacts", 50_000), ("companies", 5_000)):
        options.add_argument(f"--{name}", type=int, default=usual)
    options.add_argument("--without-line", action="store_true", help="leave out the connector alone")
    given = options.parse_args()
    home = tempfile.mkdtemp(prefix="nineplus-benchmark-")
    os.environ |= {"NINEPLUS_HOME": home, "DJANGO_SETTINGS_MODULE": "nineplus.settings", "NINEPLUS_LOG_LEVEL": "ERROR"}
    sizes = [f"--{name}={getattr(given, name)}" for name in ("tickets", "contacts", "companies")]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.fixtures.hubspot_server", *sizes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        measure(server, given)
    finally:
        server.stdin.close()
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def told(server: subprocess.Popen, words: str = "calls") -> dict[str, int]:
    server.stdin.write(f"{words}\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


def memory() -> float:
    """The most this process ever held, MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(server: subprocess.Popen, given: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection as database
    from django.utils import timezone

    from nineplus.stages.connect.syncing import connections, running
    from nineplus.store.models import Account, Contact, Ticket, TicketEvent

    call_command("migrate", verbosity=0)
    url = server.stdout.readline().strip()
    sys.path.insert(0, str(ROOT))
    from tests.fixtures.hubspot_server import TOKEN

    made = connections.add(
        connector="hubspot", settings={"token": TOKEN, "api_url": url, "private": "yes"}, now=timezone.now()
    )
    rows = []
    if not given.without_line:
        calls, began = told(server)["calls"], time.perf_counter()
        items = 0
        with connections.opened(made) as session:
            for stream in ("owners", "accounts", "contacts", "tickets"):
                items += sum(len(portion.items) for portion in session.read(stream, {}))
        rows.append(line("the connector alone, nothing kept", items, time.perf_counter() - began, told(server), calls))
        time.sleep(10)
    calls, began = told(server)["calls"], time.perf_counter()
    run = running.sync(made, clock=timezone.now)
    took = time.perf_counter() - began
    assert run.state == "done", run.error
    kept = sum(model.objects.count() for model in (Account, Contact, Ticket, TicketEvent))
    assert Ticket.objects.count() == given.tickets
    after = told(server)
    rows.append(line("nineplus, kept in the store", kept, took, after, calls))
    told(server, "touch 100")
    time.sleep(10)
    calls, began = told(server)["calls"], time.perf_counter()
    again = running.sync(made, clock=timezone.now)
    changed = again.counts["tickets"]["changed"]
    assert changed == 100, again.counts
    rows.append(line("nineplus, after 100 changes", changed, time.perf_counter() - began, told(server), calls))
    name = "PostgreSQL" if database.vendor == "postgresql" else "SQLite"
    write(
        f"syncing-{name.lower()}",
        title=f"Reading a HubSpot account, {name}",
        head=["", "records", "seconds", "records/s", "calls", "share of what HubSpot allows", "refused"],
        rows=[*rows, [f"Peak memory of nineplus: {memory():,.0f} MB", "", "", "", "", "", ""]],
        command=f"python benchmarks/syncing.py --tickets {given.tickets} --contacts {given.contacts} "
        f"--companies {given.companies}",
    )


def line(what: str, records: int, seconds: float, now: dict[str, int], before: int) -> list[str]:
    calls = now["calls"] - before
    return [
        what,
        f"{records:,}",
        f"{seconds:.1f}",
        f"{records / seconds:,.0f}",
        f"{calls:,}",
        f"{calls / seconds / ALLOWED:.2f}",
        f"{now['refused']:,}",
    ]


if __name__ == "__main__":
    main()
