"""Import of a CSV file of responses against the database's own floor for the same rows.

    python benchmarks/import_responses.py --rows 1000000
    python tests/fixtures/postgres.py python benchmarks/import_responses.py --rows 1000000

End to end: the file is kept, its columns recognised over all rows, and every row checked and written, each in a
process of its own whose peak memory is taken. The floor writes the same finished rows into the same table with the
same indexes and constraints, through sqlite3's executemany or PostgreSQL's COPY in one transaction; the bare floor
does so into a table without any.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from table import write

NOW = datetime(2026, 7, 1, tzinfo=UTC)
COMMENT = "the team answered quickly but billing was wrong again and nobody called back about our export"
WORDS = COMMENT.split()


def make_file(path: Path, rows: int) -> None:
    """Answers of 50,000 people at 2,000 accounts, half of them with a comment."""
    chance = random.Random(9)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        file.write("response_id,account_id,customer_id,score,comment,answered_at,channel,region,plan\n")
        for i in range(rows):
            person = chance.randrange(50_000)
            at = start + timedelta(seconds=chance.randrange(78_000_000))
            comment = " ".join(chance.choices(WORDS, k=12)) if i % 2 else ""
            file.write(
                f"R{i:08d},A{person % 2_000:04d},C{person:05d},{chance.choice((10, 9, 9, 8, 7, 6, 3))},{comment},"
                f"{at:%Y-%m-%d %H:%M:%S},{chance.choice(('email', 'web', 'app'))},"
                f"{chance.choice(('EMEA', 'APAC', 'AMER'))},{chance.choice(('basic', 'pro', 'enterprise'))}\n"
            )


def imported(path: Path) -> None:
    """Runs in a process of its own: the import, end to end."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from nineplus.stages.connect import imports

    begun, used = time.perf_counter(), _processor()
    one = imports.receive(path, kind="responses", now=NOW)
    mapping = imports.propose(one.pk)
    recognised = time.perf_counter()
    imports.confirm(one.pk, mapping, now=NOW, hand_on=False)
    one = imports.run(one.pk, now=NOW)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"rows": one.rows_added, "seconds": seconds, "processor": _processor() - used, "peak_mb": peak}
    print(json.dumps(told | {"recognise": recognised - begun}))


def floor(bare: bool) -> None:
    """Runs in a process of its own: the rows that the import wrote, written again by the database's own means."""
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nineplus_response ORDER BY id")
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        cursor.execute("DELETE FROM nineplus_response")
        table = "nineplus_response"
        if bare:
            table = "bare_response"
            cursor.execute("CREATE TABLE bare_response AS SELECT * FROM nineplus_response LIMIT 0")
    used = _processor()
    seconds = _sqlite_floor(table, names, rows) if connection.vendor == "sqlite" else _copy_floor(table, names, rows)
    print(json.dumps({"rows": len(rows), "seconds": seconds, "processor": _processor() - used}))
    with connection.cursor() as cursor:
        if bare:
            marks = ", ".join(names)
            cursor.execute(f"INSERT INTO nineplus_response ({marks}) SELECT {marks} FROM bare_response")
            cursor.execute("DROP TABLE bare_response")


def _sqlite_floor(table: str, names: list[str], rows: list[tuple]) -> float:
    from django.db import connection, transaction

    begun = time.perf_counter()
    with transaction.atomic():
        raw = connection.connection
        raw.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows)
    return time.perf_counter() - begun


def _copy_floor(table: str, names: list[str], rows: list[tuple]) -> float:
    from django.db import connection, transaction

    begun = time.perf_counter()
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    return time.perf_counter() - begun


def _processor() -> float:
    """Seconds of processor time so far: our own, and of PostgreSQL what our session used."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return time.process_time() + session.user + session.system


def _alone(*arguments: str, home: str) -> dict[str, float]:
    environment = os.environ | {"NINEPLUS_HOME": home, "DJANGO_SETTINGS_MODULE": "nineplus.settings"}
    done = subprocess.run(
        [sys.executable, __file__, *arguments], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--step", choices=("import", "floor", "bare"))
    parser.add_argument("--file", type=Path)
    parser.add_argument("--dry", action="store_true", help="Print, and leave the page as it is.")
    chosen = parser.parse_args()
    if chosen.step == "import":
        return imported(chosen.file)
    if chosen.step:
        return floor(chosen.step == "bare")
    postgres = "NINEPLUS_DATABASE_URL" in os.environ
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "responses.csv"
        make_file(path, chosen.rows)
        ours = _alone("--step", "import", "--file", str(path), home=home)
        bare = _alone("--step", "bare", home=home)
        same = _alone("--step", "floor", home=home)
    rates = {name: run["rows"] / run["seconds"] for name, run in (("ours", ours), ("same", same), ("bare", bare))}
    way = "COPY" if postgres else "executemany"
    rows = [
        [
            "nineplus import, end to end",
            f"{rates['ours']:,.0f}",
            f"{ours['seconds']:.1f}",
            f"{ours['processor']:.1f}",
            f"{rates['ours'] / rates['same']:.2f}",
            f"{ours['peak_mb']:,.0f}",
        ],
        [
            f"{way}, the same table",
            f"{rates['same']:,.0f}",
            f"{same['seconds']:.1f}",
            f"{same['processor']:.1f}",
            "1",
            "",
        ],
        [f"{way}, a bare table", f"{rates['bare']:,.0f}", f"{bare['seconds']:.1f}", f"{bare['processor']:.1f}", "", ""],
    ]
    told = {
        "title": f"Import of {chosen.rows:,} responses, {'PostgreSQL' if postgres else 'SQLite'}",
        "head": ["", "rows/s", "seconds", "processor s", "share of the floor", "peak MB"],
        "rows": rows,
        "command": f"python benchmarks/import_responses.py --rows {chosen.rows}",
        "note": (
            f"End to end means: file kept, columns recognised over all rows ({ours['recognise']:.1f} s), "
            "every row checked, people and companies made, rows written. The floor writes the finished rows only; "
            "the same table has its indexes and constraints, the bare one has none. "
            "Processor time includes the database's."
        ),
    }
    if chosen.dry:
        print(json.dumps(told, indent=1))
    else:
        write("import-postgresql" if postgres else "import", **told)


if __name__ == "__main__":
    main()
