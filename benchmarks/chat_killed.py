"""Messages to Slack under kill -9: the worker dies again and again while it posts, and Slack breaks lines and is away.

    python benchmarks/chat_killed.py --kills 20

In the end every message must be there once. Ends with an error when one is lost or doubled.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from table import write

FAULTS = ("cut", (503, "down", {}), (429, "ratelimited", {"Retry-After": "1"}))
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--channels", type=int, default=40)
    parser.add_argument("--each", type=int, default=25)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nineplus-chat-") as folder:
        return survive(Path(folder), given)


def survive(folder: Path, given: argparse.Namespace) -> int:
    from tests.fixtures.slack_server import SlackServer

    server = SlackServer()
    server.channels = {f"C{number}" for number in range(given.channels)}
    env = {
        **os.environ,
        "NINEPLUS_HOME": str(folder),
        "NINEPLUS_SLACK_URL": server.base,
        "PYTHONPATH": str(ROOT / "src"),
    }
    os.environ.update(env, DJANGO_SETTINGS_MODULE="nineplus.settings")
    sys.path.insert(0, str(ROOT / "src"))
    put(given.channels, given.each)
    command = [sys.executable, "-m", "nineplus.cli", "worker"]
    chance, killed, began = random.Random(9), 0, time.monotonic()
    while True:
        worker = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if killed == given.kills:
            break
        before = len(server.calls)
        while len(server.calls) == before and worker.poll() is None:  # until it posts
            time.sleep(0.01)
        server.faults.extend(chance.choices(FAULTS, k=2))
        time.sleep(chance.uniform(0.0, 1.5))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed += 1
    whole = given.channels * given.each
    ends = time.monotonic() + 400
    while time.monotonic() < ends and waiting():
        time.sleep(1)
    took = time.monotonic() - began
    worker.terminate()
    worker.wait(30)
    posted = Counter(one["text"] for messages in server.posted.values() for one in messages)
    lost, doubled = whole - len(posted), sum(posted.values()) - len(posted)
    server.stop()
    write(
        "chat-killed",
        title="Messages to Slack while the worker is killed",
        head=["messages", "channels", "kills", "lost", "doubled", "seconds"],
        rows=[[f"{whole:,}", str(given.channels), str(killed), str(lost), str(doubled), f"{took:.0f}"]],
        command=f"python benchmarks/chat_killed.py --kills {given.kills}",
        note="Each kill comes while messages are posted; beside each, two calls are broken off after they were taken, "
        "answered 503 or told to wait. One message a second and channel; what was in hand is looked up later.",
    )
    return 1 if lost or doubled else 0


def put(channels: int, each: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from nineplus.connectors.chat import Said
    from nineplus.stages.act.chat import places, telling, workspace

    call_command("migrate", verbosity=0)
    now = timezone.now()
    workspace.connect(token="xoxb-test-token", signing="0123456789abcdef0123456789abcdef")
    for channel in range(channels):
        place = places.add(kind="slack", name=f"c{channel}", channel=f"C{channel}", now=now)
        for number in range(each):
            telling.say(place, Said(f"{channel}-{number}"), key=f"{number}", now=now)


def waiting() -> int:
    from nineplus.store.models import ChatPost

    return ChatPost.objects.exclude(state="sent").count()


if __name__ == "__main__":
    sys.exit(main())
