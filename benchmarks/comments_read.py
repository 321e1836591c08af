"""Comments read in the store, as the worker does it after an import: how many a second, and in how much memory.

    python benchmarks/comments_read.py --comments 1000000 --mode fast
    python benchmarks/comments_read.py --comments 20000 --mode full

A new SQLite home is filled with answers whose comments are made of a few thousand different sentences (history repeats
itself, but not word for word). The reader is stopped once half-way and goes on, so that the figures are those of two
runs. Beside it, the same reader over the same comments without any store.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from table import write

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def sentences(seed: int) -> list[str]:
    """Sentences out of the examples of all packs."""
    from nineplus.text.taxonomy import PACKS, packaged

    said = {example for pack in PACKS for theme in packaged(pack).themes for example in theme.examples}
    return random.Random(seed).sample(sorted(said), len(said))


def comments(count: int, seed: int) -> list[str]:
    """One to three sentences, with a number so that hardly two are the same."""
    known, dice = sentences(seed), random.Random(seed)
    made = (" ".join(dice.choices(known, k=dice.choice((1, 1, 2, 3)))) for _ in range(count))
    return [f"{text} Case {n}." if n % 2 else text for n, text in enumerate(made)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--comments", type=int, default=100_000)
    options.add_argument("--mode", choices=("full", "fast"), default="fast")
    options.add_argument("--alone", type=int, default=5_000, help="comments read without a store")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"NINEPLUS_HOME": home, "DJANGO_SETTINGS_MODULE": "nineplus.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        fill(comments(chosen.comments, seed=1))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        wall, processor, read = follow(chosen.mode, chosen.comments)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = sum(file.stat().st_size for file in Path(home).rglob("*") if file.is_file()) / 1e6
        alone = bare(chosen.mode, comments(chosen.alone, seed=2))
    write(
        f"comments-{chosen.mode}",
        title=f"Comments read in the store, {chosen.mode} mode, {read:,} comments on SQLite",
        head=("What", "Value"),
        rows=[
            ("Comments a second", f"{read / wall:,.0f}"),
            ("Processor time of 1,000 comments, s", f"{1000 * processor / read:.2f}"),
            (f"The reader alone, comments a second ({chosen.alone:,})", f"{alone:,.0f}"),
            ("Peak memory, MB (before reading)", f"{peak:,.0f} ({before:,.0f})"),
            ("Home afterwards, MB", f"{size:,.0f}"),
        ],
        command=f"python benchmarks/comments_read.py --comments {chosen.comments} --mode {chosen.mode}",
        note="Stopped once half-way and gone on: nothing was read twice. Other work ran on the machine.",
    )


def fill(texts: list[str]) -> None:
    from django.db import transaction

    from nineplus.store import bulk
    from nineplus.store.models import Response, Revision, Survey

    with transaction.atomic():
        survey = Survey.objects.create(external_id="s", name="Quarterly", created_at=NOW, revision=Revision.next())
    for begin in range(0, len(texts), 20_000):
        with transaction.atomic():
            revision = Revision.next()
            rows = [
                {
                    "external_id": f"r{begin + n}",
                    "source": "file",
                    "survey_id": survey.pk,
                    "score": (begin + n) % 11,
                    "comment": text,
                    "answered_at": NOW - timedelta(minutes=begin + n),
                    "revision": revision,
                }
                for n, text in enumerate(texts[begin : begin + 20_000])
            ]
            bulk.insert_rows(Response, rows)


def follow(mode: str, count: int) -> tuple[float, float, int]:
    """Seconds by the clock and of processor time, and how many comments; stopped half-way."""
    from nineplus.stages.analyze.comments import reading, versions
    from nineplus.store.models import CommentReading, ThemesVersion

    one = versions.current()
    ThemesVersion.objects.filter(pk=one.pk).update(mode=mode)
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    asked = iter(range(10**9))
    first = reading.follow(now=NOW, stopping=lambda: next(asked) * reading.PORTION >= count // 2)
    second = reading.follow(now=NOW)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    assert first
    assert second
    assert first + second == CommentReading.objects.count() == count
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, count


def bare(mode: str, texts: list[str]) -> float:
    from nineplus.text.tagging import Reader
    from nineplus.text.taxonomy import packaged

    reader = Reader(taxonomy=packaged("b2b"), mode=mode)
    reader.read(texts[:10])
    begun = time.perf_counter()
    for _ in reader.stream(texts):
        pass
    return len(texts) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
