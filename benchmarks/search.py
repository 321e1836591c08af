"""Searching 1,000,000 comments: the newest 50 responses that say a word, by the index and by LIKE.

    python benchmarks/search.py --comments 1000000
    python tests/fixtures/postgres.py python benchmarks/search.py --comments 1000000

Comments of 3 to 25 words out of 20,000, frequent ones more often, one in twenty in Chinese; a few words are planted.
LIKE looks for the same text anywhere in the comment, newest first, and stops at 50, without a bound.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from table import write

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PLANTED = {"zeppelin": 10, "quokkaware": 2_000, "plinthed": 100_000}
"""Words, and in how many of a million comments they stand."""
HAN = "客服回复太慢价格好用界面清楚问题解决快速满意希望改进功能导出账单错误登录手机"
ASKED = ("zeppelin", "quokkaware", "quokka zepp", "plinthed", "w7", "导出账单", "nowhere")
ROUNDS = 9


def texts(count: int) -> Iterator[str]:
    """Comments, the same every time."""
    chance = random.Random(11)
    words = [f"w{chance.randrange(10**6):x}{index:x}" for index in range(20_000)]
    weights = list(accumulate(1 / (rank + 20) for rank in range(len(words))))
    every = {word: max(1, round(1_000_000 / often)) for word, often in PLANTED.items()}
    for index in range(count):
        if index % 20 == 7:
            text = "".join(chance.choices(HAN, k=chance.randint(6, 40)))
        else:
            text = " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(3, 25)))
        planted = [word for word, step in every.items() if index % step == step // 2]
        yield " ".join([text, *planted])


def fill(count: int) -> float:
    """Responses with these comments, as plainly as the database takes them; seconds."""
    from django.db import connection, transaction

    from nineplus.store.models import Response, Survey

    survey = Survey.objects.create(name="S", touchpoint="relationship", external_id="s", revision=1, created_at=NOW)
    begun = time.perf_counter()
    made = (
        (survey.pk, 5, text, text, NOW - timedelta(seconds=60 * index), "bench", f"r{index}", 1)
        for index, text in enumerate(texts(count))
    )
    names = ("survey_id", "score", "comment", "comment_raw", "answered_at", "source", "external_id", "revision")
    table = Response._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TEMP TABLE incoming AS SELECT {', '.join(names)} FROM {table} WITH NO DATA")
            with cursor.copy(f"COPY incoming ({', '.join(names)}) FROM STDIN") as copy:
                for row in made:
                    copy.write_row(row)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)}, channel, language, attributes) "
                f"SELECT {', '.join(names)}, '', '', '{{}}' FROM incoming"
            )
        else:
            marks = ", ".join("?" * len(names))
            cursor.cursor.connection.executemany(
                f"INSERT INTO {table} ({', '.join(names)}, channel, language, attributes) "
                f"VALUES ({marks}, '', '', '{{}}')",
                ((*row[:4], f"{row[4]:%Y-%m-%d %H:%M:%S}", *row[5:]) for row in made),
            )
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return seconds


def median_ms(do: object, rounds: int = ROUNDS) -> tuple[float, int]:
    """Median milliseconds of `do()`, and what it returned."""
    taken, found = [], 0
    for _ in range(rounds):
        begun = time.perf_counter()
        found = do()  # type: ignore[operator]
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=1_000_000)
    chosen = parser.parse_args()
    postgres = "NINEPLUS_DATABASE_URL" in os.environ
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"NINEPLUS_HOME": home, "DJANGO_SETTINGS_MODULE": "nineplus.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        from nineplus.model import Filter
        from nineplus.stages import capture
        from nineplus.store import word_index
        from nineplus.store.models import Response

        call_command("migrate", verbosity=0)
        filled = fill(chosen.comments)
        begun = time.process_time()
        while word_index.take_in():
            pass
        indexed = time.process_time() - begun
        rows = []
        for text in ASKED:

            def by_index(text: str = text) -> int:
                return len(capture.responses(filter=Filter(), search=text).rows)

            def by_like(text: str = text) -> int:
                newest = Response.objects.order_by("-answered_at", "-id").defer("raw", "comment_raw")
                for word in text.split():
                    newest = newest.filter(comment__icontains=word)
                return len(newest[:50])

            by_index()
            ours, found = median_ms(by_index)
            like, also = median_ms(by_like, rounds=3)
            rows.append([f"`{text}`", f"{ours:,.1f}", f"{found}", f"{like:,.1f}", f"{also}"])
    database = "PostgreSQL" if postgres else "SQLite"
    write(
        "search-postgresql" if postgres else "search",
        title=f"Searching {chosen.comments:,} comments, {database}",
        head=["looked for", "search ms", "found", "LIKE ms", "found by LIKE"],
        rows=rows,
        command=f"python benchmarks/search.py --comments {chosen.comments}",
        note=(
            "The newest 50, medians. Of a million comments `zeppelin` stands in 10, `quokkaware` in 2,000, `plinthed` "
            "in 100,000; `w7` begins one word in sixteen, `nowhere` is in none. LIKE also finds the middle of words. "
            + (
                f"Writing the responses with their index took {filled:.0f} s."
                if postgres
                else f"Writing the responses took {filled:.0f} s; the worker then indexed them in {indexed:.1f} s of "
                f"processor time, {1e6 * indexed / chosen.comments:.1f} µs a comment."
            )
        ),
    )


if __name__ == "__main__":
    main()
