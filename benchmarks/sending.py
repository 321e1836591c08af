"""Invitations a second through an SMTP server, beside the same messages pushed at it by a bare smtplib loop.

    python benchmarks/sending.py --messages 2000

The server (aiosmtpd, in another process) takes everything and keeps nothing. Both use the same number of kept
connections. nineplus claims, looks at each again, renders, writes durably what it hands over, sends, and writes what
became of it; the loop has its messages ready as bytes and keeps the server's core busy: the first row says how many the
server could take if it never waited. Rounds alternate; the medians are shown, the share as the median of the shares of
each round in the one before it. With NINEPLUS_DATABASE_URL set to a PostgreSQL it runs there.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import smtplib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from table import write

CONNECTIONS = 4


def serve() -> None:
    """The server, until its input ends. Prints its port."""
    import asyncio
    import logging

    from aiosmtpd.smtp import SMTP

    logging.disable(logging.CRITICAL)

    class Take:
        async def handle_DATA(self, server, session, envelope):
            return "250 OK queued as X"

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Take(), loop=loop), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)

    asyncio.run(run())


def bare(port: int, messages: list[tuple[str, bytes]]) -> float:
    """Seconds to push them all."""
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    for message in messages:
        waiting.put(message)
    for _ in range(CONNECTIONS):
        waiting.put(None)

    def push() -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            while (item := waiting.get()) is not None:
                address, raw = item
                smtp.sendmail("cs@acme.example", [address], raw)

    threads = [threading.Thread(target=push) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--messages", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    home = tempfile.mkdtemp(prefix="nineplus-benchmark-")
    os.environ |= {"NINEPLUS_HOME": home, "DJANGO_SETTINGS_MODULE": "nineplus.settings", "NINEPLUS_LOG_LEVEL": "ERROR"}
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        measure(int(server.stdout.readline()), server.pid, given.messages, given.rounds)
    finally:
        server.stdin.close()
        server.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def spent(pid: int) -> float:
    """Seconds of processor that this process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(port: int, server: int, count: int, rounds: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from nineplus.channels import _mime
    from nineplus.stages.capture.sending import delivering, senders
    from nineplus.stages.capture.sending.preparing import prepare
    from nineplus.store.models import Message

    call_command("migrate", verbosity=0)
    settings = {"host": "127.0.0.1", "port": str(port), "security": "none", "connections": str(CONNECTIONS)}
    sender = senders.create(channel="smtp", settings=settings, from_address="cs@acme.example", now=timezone.now())
    survey = make_survey()
    queue_up(survey, 200, 0)
    ready = prepare(list(Message.objects.all()), sender=sender, now=timezone.now())
    size = statistics.mean(len(_mime.compose(one.write())) for one in ready)
    raw = [(one.of.address, _mime.compose(one.write())) for one in ready]
    delivering.run(clock=timezone.now)  # warm
    bare(port, raw)
    loop_rates, our_rates, processor, pushing, taking = [], [], [], [], []
    for number in range(1, rounds + 1):
        worked, took = time.process_time(), spent(server)
        loop_rates.append(count / bare(port, (raw * (count // len(raw) + 1))[:count]))
        pushing.append((time.process_time() - worked) / count * 1e3)
        taking.append((spent(server) - took) / count * 1e3)
        queue_up(survey, count, number)
        began, worked = time.perf_counter(), time.process_time()
        sent = delivering.run(clock=timezone.now)["sent"]
        our_rates.append(sent / (time.perf_counter() - began))
        processor.append((time.process_time() - worked) / sent * 1e3)
        assert sent == count, sent
    loop, ours = statistics.median(loop_rates), statistics.median(our_rates)
    share = statistics.median(mine / alone for mine, alone in zip(our_rates, loop_rates, strict=True))
    alone = statistics.median(taking)
    database = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    write(
        f"sending-{database.lower()}",
        title=f"Sending invitations, {database}",
        head=["", "messages/s", "share of the loop", "processor ms a message"],
        rows=[
            ["the server, were its core never idle", f"{1000 / alone:,.0f}", "", f"{alone:.2f}"],
            ["smtplib loop, messages ready as bytes", f"{loop:,.0f}", "1", f"{statistics.median(pushing):.2f}"],
            [
                "nineplus, from queued row to written result",
                f"{ours:,.0f}",
                f"{share:.2f}",
                f"{statistics.median(processor):.2f}",
            ],
        ],
        command=f"python benchmarks/sending.py --messages {count}",
        note=f"{CONNECTIONS} kept connections each, {size / 1000:.1f} kB a message, medians of {rounds} alternating "
        f"rounds; the server is aiosmtpd in another process, on the same {os.cpu_count()} cores.",
    )


def make_survey():
    from django.utils import timezone

    from nineplus.model.survey import Content, Plan
    from nineplus.stages.capture.drawing import surveys

    now = timezone.now()
    survey = surveys.create(name="S", touchpoint="custom", content=Content(product="Acme"), plan=Plan(), now=now)
    surveys.publish(survey, now=now)
    return surveys.switch(survey, state="active", now=now)


def queue_up(survey, count: int, number: int) -> None:
    """So many contacts with an invitation each and a message that is due."""
    from django.db import transaction
    from django.utils import timezone

    from nineplus.store.models import Contact, Invitation, Message, Revision

    now = timezone.now()
    with transaction.atomic():
        at = {"revision": Revision.next()}
        people = Contact.objects.bulk_create(
            Contact(external_id=f"{number}/{n}", name=f"Ada {n}", email=f"p{number}.{n}@customer.example", **at)
            for n in range(count)
        )
        asked = Invitation.objects.bulk_create(
            Invitation(source="nineplus", external_id=f"{survey.pk}/{p.pk}", survey=survey, contact=p, **at)
            for p in people
        )
        Message.objects.bulk_create(_message(one, now) for one in asked)


def _message(invitation, now):
    from nineplus.stages.capture.sending.preparing import message_key
    from nineplus.store.models import Message

    address, key = invitation.contact.email, message_key(invitation.pk)
    return Message(
        invitation=invitation, kind="invitation", medium="email", address=address, key=key, due_at=now, created_at=now
    )


if __name__ == "__main__":
    serve() if "--serve" in sys.argv else main()
