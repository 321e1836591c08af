"""Answers under kill -9: web, worker, the database and everything at once, again and again while answers pour in.

    python benchmarks/answers_killed.py --kills 20

Who gets no answer sends again, as the page does. In the end every acknowledged answer must be there once, with its
event. Ends with an error when one is lost or doubled.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import random
import struct
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import load
from asked import Asked, Site, asked, database, score
from table import write

_COUNT = """
import json, collections
import django
django.setup()
from nineplus.store.models import Code, Event, Invitation, Response
rows = list(Response.objects.values_list("id", "invitation_id", "external_id", "source", "score"))
scored = Event.objects.filter(kind="response.scored").values_list("data", flat=True)
events = collections.Counter(data["response"] for data in scored)
print(json.dumps({
    "links": [[i, s] for _, i, _, _, s in rows if i], "keys": [[e, s] for _, i, e, _, s in rows if not i],
    "events": [events.get(row[0], 0) for row in rows], "strange": len(set(events) - {row[0] for row in rows}),
    "codes": list(Code.objects.filter(given_at__isnull=False).values_list("response_id", flat=True)),
    "unmarked": Invitation.objects.filter(response__isnull=False).exclude(fate="answered").count(),
}))
"""


class Killer:
    """Kills one part after the other while the load runs, and starts again what does not do so by itself."""

    def __init__(
        self, site: Site, server: object, *, parts: Sequence[str], kills: int, every: float, seed: int
    ) -> None:
        self.site, self.server, self.left, self.every = site, server, kills, every
        self.random = random.Random(seed)
        self.parts = itertools.cycle(part for part in parts if part != "database" or server)
        self.done: list[str] = []
        self.next = time.monotonic() + every

    def __call__(self) -> None:
        if not self.left or time.monotonic() < self.next:
            return
        part = next(self.parts)
        if part == "everything":
            self.site.kill()
            self.site.start()
        elif part == "database":
            self.server.kill()  # type: ignore[attr-defined]
            self.server.start()  # type: ignore[attr-defined]
        else:
            found = self.site.processes(part)
            if not found:  # not up again yet
                self.next = time.monotonic() + 0.2
                self.parts = itertools.chain([part], self.parts)
                return
            found[0].kill()
        self.done.append(part)
        self.left -= 1
        self.next = time.monotonic() + self.every * self.random.uniform(0.7, 1.3)


def survive(name: str, chosen: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """One run: what was killed and what was found; and whether all is well."""
    with tempfile.TemporaryDirectory(prefix="nineplus-killed-") as folder, database(name) as (url, server):
        processes = {"NINEPLUS_WEB_WORKERS": str(chosen.web_workers)}
        made = asked(Path(folder) / "home", count=chosen.asked, codes=chosen.asked, database=url, **processes)
        site = Site(made, *([] if "worker" in chosen.parts else ["--no-worker"]))
        site.start()
        try:
            site.wait()
            kinds = {"parts": chosen.parts, "kills": chosen.kills, "every": chosen.every, "seed": chosen.seed}
            killer = Killer(site, server, **kinds)
            supply = _requests(made, until=lambda: not killer.left and time.monotonic() > killer.next)
            run = load.run(supply, port=made.port, connections=32, rate=chosen.rate, insist=True, tick=killer)
            if server is not None:
                server.wait()
        finally:
            site.stop()
        found = made.python(_COUNT)
    return _judge(made, run, found, killer.done)


def _requests(made: Asked, until):  # type: ignore[no-untyped-def]
    """Links and the anonymous link in turn, each request once; the anonymous one alone when every link is used."""
    for number in range(20 * len(made.tokens)):
        if until():
            return
        token = _token(made, number)
        if token:
            yield load.post(f"/s/{token}/score", score(number % 11))
        else:
            yield load.post(f"/a/{made.public_id}/score", score(number % 11, key=f"k-{number:020d}"))


def _token(made: Asked, number: int) -> str:
    """The link that this request goes to; empty: the anonymous one."""
    turn, rest = divmod(number, 2)
    return made.tokens[turn] if rest and turn < len(made.tokens) else ""


def _judge(made: Asked, run: load.Load, found: dict, killed: list[str]) -> tuple[dict[str, object], bool]:  # type: ignore[type-arg]
    links, keys = dict(found["links"]), {key.rpartition("/")[2]: score for key, score in found["keys"]}
    acknowledged = sorted(number for number, status in run.status.items() if status == 200)
    lost = 0
    for number in acknowledged:
        if token := _token(made, number):
            lost += links.get(_row(token)) != number % 11
        else:
            lost += keys.get(f"k-{number:020d}") != number % 11
    doubled = len(found["links"]) - len(links) + len(found["keys"]) - len(keys)
    wrong = sum(count != 1 for count in found["events"]) + found["strange"] + found["unmarked"]
    wrong += len(found["codes"]) != len(set(found["codes"])) or len(found["codes"]) != len(found["links"])
    refused = len(run.status) - len(acknowledged)
    said = {
        "killed": killed,
        "acknowledged": len(acknowledged),
        "kept": len(found["links"]) + len(found["keys"]),
        "lost": lost,
        "doubled": doubled,
        "wrong": wrong,
        "refused": refused,
        "seconds": run.seconds,
    }
    return said, bool(acknowledged) and not (lost or doubled or wrong or refused)


def _row(token: str) -> int:
    """The number in a token stands in the open, before its seal."""
    return struct.unpack(">Q", base64.urlsafe_b64decode(token + "=")[:8])[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--every", type=float, default=4.0, help="Seconds between two kills.")
    parser.add_argument("--rate", type=float, default=None, help="Answers a second; as many as it takes without.")
    parser.add_argument("--parts", nargs="*", default=["web", "worker", "everything", "database"])
    parser.add_argument("--asked", type=int, default=60_000, help="Links there are, each used once.")
    parser.add_argument("--databases", nargs="*", default=["SQLite", "PostgreSQL"])
    parser.add_argument("--web-workers", type=int, default=1, help="Web processes; one of them is killed at a time.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-table", action="store_true")
    chosen = parser.parse_args()
    rows, well = [], True
    for name in chosen.databases:
        said, good = survive(name, chosen)
        print(name, said, flush=True)
        well = well and good and len(said["killed"]) == chosen.kills  # type: ignore[arg-type]
        killed = ", ".join(f"{part} {said['killed'].count(part)}" for part in sorted(set(said["killed"])))  # type: ignore[union-attr,call-overload]
        numbers = [f"{said[part]:,}" for part in ("acknowledged", "kept", "lost", "doubled", "wrong")]
        rows.append([name, killed, *numbers])
    if not chosen.no_table:
        write(
            "answers-killed",
            title=f"Answers under {chosen.kills} kill -9",
            head=["", "killed", "acknowledged", "kept", "lost", "doubled", "without its one event, fate or code"],
            rows=rows,
            command=f"python benchmarks/answers_killed.py --kills {chosen.kills}",
            note="Full durability, 32 connections that send again what was not answered; what was kept but not "
            "acknowledged the first time was found to be the same the second time.",
        )
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
