"""How long one waits before anything happens: `make up` when everything is there, and commands at the terminal.

    python benchmarks/start.py --rounds 7

Each line is a process of its own, with the sample company in its home; `report` reads a file of 5,000 answers.
"Until ready" is the line that `up` ends with: pages answer and the worker is alive. Processor time is that of all its
processes together; the first Overview is asked for right after that line, by somebody whose log-in was made before.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import OpenerDirector

import psutil

from overview import EMAIL, PASSWORD, free_port, logged_in
from table import write

ROOT = Path(__file__).parent.parent
NINEPLUS = (sys.executable, "-m", "nineplus.cli")


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of processor time."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(arguments, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    taken, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def started(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[tuple[float, float]]:
    """The same until it says that it is ready; stopped in the end."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout
        assert any("is ready at" in line for line in process.stdout), "it did not start"
        taken, first = time.perf_counter() - begun, psutil.Process(process.pid)
        times = [one.cpu_times() for one in (first, *first.children(recursive=True))]
        yield taken, sum(one.user + one.system + one.children_user + one.children_system for one in times)
    finally:
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        process.wait(60)


def overview(person: OpenerDirector, base: str) -> float:
    """Seconds of the Overview for somebody who is logged in."""
    begun = time.perf_counter()
    assert b"NPS" in person.open(base).read()
    return time.perf_counter() - begun


def answers(path: Path, *, rows: int = 5_000) -> Path:
    chance = random.Random(5)
    lines = (
        f"R{i},{chance.choice((10, 9, 9, 8, 7, 4))},{chance.choice(('quick answer', 'slow', ''))},"
        f"2026-0{1 + i % 6}-1{i % 9},{chance.choice(('EMEA', 'AMER'))}\n"
        for i in range(rows)
    )
    path.write_text("id,score,comment,date,region\n" + "".join(lines), encoding="utf-8")
    return path


def _row(name: str, runs: Sequence[tuple[float, float]]) -> list[str]:
    walls, used = zip(*runs, strict=True)
    return [name, f"{statistics.median(walls):.2f}", f"{max(walls):.2f}", f"{statistics.median(used):.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--dry", action="store_true", help="Print, and leave the page as it is.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        base = f"http://127.0.0.1:{port}"
        environment = {**os.environ, "NINEPLUS_HOME": str(home / "home"), "PORT": str(port)}
        fresh = environment | {"NINEPLUS_HOME": str(home / "fresh")}
        with started([*NINEPLUS, "up"], fresh) as first:
            rows = [_row("`nineplus up`, an empty home", [first])]
        subprocess.run([*NINEPLUS, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
        owner = [*NINEPLUS, "owner", "create", EMAIL, "--password-stdin"]
        subprocess.run(owner, input=PASSWORD, text=True, env=environment, check=True, stdout=subprocess.DEVNULL)
        with started([*NINEPLUS, "up"], environment):
            person = logged_in(base)
        starts, pages = [], []
        for _ in range(chosen.rounds):
            with started(["make", "--silent", "up"], environment) as start:
                starts.append(start)
                pages.append(overview(person, base))
        rows.append(_row("`make up`, everything there", starts))
        rows.append(["the Overview, asked for at once", f"{statistics.median(pages):.2f}", f"{max(pages):.2f}", ""])
        file = answers(home / "answers.csv")
        for words in (
            ("--version",),
            ("--help",),
            ("analyze", "--help"),
            ("analyze", "score"),
            ("report", str(file), "-o", str(home / "report.html")),
        ):
            runs = [command([*NINEPLUS, *words], environment) for _ in range(chosen.rounds)]
            rows.append(_row(f"`nineplus {' '.join(Path(word).name for word in words)}`", runs))
    told = {
        "title": "Start",
        "head": ["", "seconds", "slowest", "processor seconds"],
        "rows": rows,
        "command": f"python benchmarks/start.py --rounds {chosen.rounds}",
        "note": f"Medians of {chosen.rounds}, except the first line. Processor time of all processes together; with "
        "two cores `up` waits for about half of it.",
    }
    if chosen.dry:
        for row in rows:
            print(row)
    else:
        write("start", **told)


if __name__ == "__main__":
    main()
