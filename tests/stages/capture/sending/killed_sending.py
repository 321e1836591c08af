"""A sending worker that is killed again and again. Run as a command by test_killed_sending.py; prints one JSON line."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta


def main(port: str, kills: int, messages: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections, transaction
    from django.utils import timezone

    from nineplus.model.survey import Content, Plan
    from nineplus.stages.capture.drawing import surveys
    from nineplus.stages.capture.sending import delivering, senders
    from nineplus.store.models import Contact, Invitation, Message, Revision

    call_command("migrate", verbosity=0)
    now = timezone.now()
    survey = surveys.create(name="S", touchpoint="custom", content=Content(), plan=Plan(), now=now)
    surveys.publish(survey, now=now)
    survey = surveys.switch(survey, state="active", now=now)
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "connections": "2"}
    senders.create(channel="smtp", settings=settings, from_address="cs@acme.example", now=now)
    with transaction.atomic():
        at = {"revision": Revision.next()}
        people = Contact.objects.bulk_create(
            Contact(external_id=str(n), email=f"p{n}@customer.example", **at) for n in range(messages)
        )
        asked = Invitation.objects.bulk_create(
            Invitation(source="nineplus", external_id=f"1/{p.pk}", survey=survey, contact=p, **at) for p in people
        )
        Message.objects.bulk_create(_message(one, now) for one in asked)
    senders.channels()  # loaded once, before the forks
    chance = random.Random(20260101)
    lease = timedelta(seconds=0.5)
    for _ in range(kills):
        connections.close_all()  # a connection must not cross a fork
        limit = chance.randrange(1, 40)
        child = os.fork()
        if child == 0:
            _die_after(limit)
            delivering.run(clock=timezone.now, lease=lease)
            os._exit(0)
        os.waitpid(child, 0)
        time.sleep(lease.total_seconds() / 5)
    ends = time.monotonic() + 30
    while Message.objects.filter(state__in=["waiting", "sending"]).exists() and time.monotonic() < ends:
        delivering.run(clock=timezone.now, lease=lease)
        time.sleep(0.1)
    states = dict(Message.objects.values_list("invitation__contact__email", "state"))
    print(json.dumps({"states": states, "fates": Counter(Invitation.objects.values_list("fate", flat=True))}))  # noqa: T201


def _die_after(results: int) -> None:
    """kill -9 of this process when it has heard of so many messages, with others in hand."""
    from nineplus.stages.capture.sending import delivering

    heard = delivering._Shift._put
    left = iter(range(results))

    def put(shift, ready, outcome):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return heard(shift, ready, outcome)

    delivering._Shift._put = put


def _message(invitation, now):
    from nineplus.stages.capture.sending.preparing import message_key
    from nineplus.store.models import Message

    key = message_key(invitation.pk)
    return Message(invitation=invitation, kind="invitation", medium="email", key=key, due_at=now, created_at=now)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
