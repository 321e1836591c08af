"""Every answer tied to its tickets: 1,000,000 answers, 10,000,000 tickets, one engine query.

    python benchmarks/attribution.py --responses 1000000 --tickets 10000000

Our rule (T1 the survey's ticket, T2 the contact's in 30 days, T3 the account's last one where there is neither) against
hand-written DuckDB over the same Parquet files, in alternating rounds of one process: as an analyst would write it
(a join on contact with a range of time, and an as-of join for the account), and only the last ticket per answer (one
as-of join, which knows neither tiers nor several tickets). Both of the first two find the same links; their number and
their ages are compared. Also the working time and the verdict of every ticket by a calendar with holidays. Data are
made from a seed: contacts have 1 to 60 tickets, a tenth of them most of the tickets, as it is in service.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from math import inf
from pathlib import Path

import ibis

from table import write

ROUNDS = 3
WINDOW = 30
TABLES = ("answers", "tickets")


def make(home: Path, *, responses: int, tickets: int) -> None:
    """Two Parquet files with the columns that linking reads; the same rows for the same numbers."""
    import duckdb

    people = max(10, tickets // 8)
    con = duckdb.connect()
    con.execute("SET threads TO 2; SET TimeZone TO 'UTC'")
    hashed = "hash({x} * 2654435761 + {salt}) % {most}"

    def h(x: str, salt: int, most: int) -> str:
        return f"CAST({hashed.format(x=x, salt=salt, most=most)} AS BIGINT)"

    who = f"CASE WHEN {h('i', 1, 10)} < 6 THEN {h('i', 2, people // 10)} ELSE {h('i', 3, people)} END"
    con.execute(
        f"""COPY (
            SELECT 't' || i AS ticket, 'c' || person AS contact, 'a' || (person // 8) AS account,
                opened_at, CASE WHEN {h("i", 4, 10)} < 9 THEN opened_at + to_hours({h("i", 5, 240)}) END AS resolved_at,
                CAST({h("i", 6, 48)} AS DOUBLE) AS first_response_hours
            FROM (SELECT i, {who} AS person,
                    TIMESTAMPTZ '2024-01-01' + to_seconds({h("i", 7, 730 * 86_400)}) AS opened_at
                  FROM range({tickets}) t(i)))
        TO '{home}/tickets.parquet'"""
    )
    con.execute(
        f"""COPY (
            SELECT 'r' || i AS response, 'c' || person AS contact, 'a' || (person // 8) AS account,
                TIMESTAMPTZ '2024-02-01' + to_seconds({h("i", 17, 690 * 86_400)}) AS answered_at,
                CASE WHEN {h("i", 18, 10)} < 3 THEN 't' || {h("i", 19, tickets)} END AS ticket
            FROM (SELECT i, {who} AS person FROM range({responses}) t(i)))
        TO '{home}/answers.parquet'"""
    )


def ours(con: ibis.BaseBackend) -> str:
    from nineplus.mart.instants import micros
    from nineplus.mart.links import Served, candidates
    from nineplus.model.attribution import TIERS, LinkRule

    asked = con.table("answers")
    found = candidates(
        asked.mutate(us=micros(asked.answered_at)), Served.of(con.table("tickets"), rule=LinkRule()), TIERS
    )
    return str(ibis.to_sql(found, dialect="duckdb"))


BY_HAND = f"""
WITH near AS (
    SELECT a.response, t.ticket, 'T1' AS tier, CASE WHEN t.resolved_us <= a.us THEN t.resolved_us
        WHEN t.first_us <= a.us THEN t.first_us ELSE t.opened_us END AS ref_us
    FROM asked a JOIN served t ON t.ticket = a.ticket
    UNION ALL
    SELECT a.response, t.ticket, 'T2', CASE WHEN t.resolved_us <= a.us THEN t.resolved_us ELSE t.first_us END
    FROM asked a JOIN served t ON t.contact = a.contact AND t.ticket IS DISTINCT FROM a.ticket
        AND CASE WHEN t.resolved_us <= a.us THEN t.resolved_us ELSE t.first_us END
            BETWEEN a.us - {WINDOW * 86_400_000_000} AND a.us
)
SELECT * FROM near
UNION ALL
SELECT a.response, t.ticket, 'T3', t.at_us
FROM (SELECT * FROM asked WHERE response NOT IN (SELECT response FROM near)) a
ASOF JOIN (
    SELECT account, at_us, min(ticket) AS ticket FROM (
        SELECT account, ticket, first_us AS at_us FROM served WHERE first_us IS NOT NULL
        UNION ALL SELECT account, ticket, resolved_us FROM served WHERE resolved_us IS NOT NULL) GROUP BY ALL
) t ON t.account = a.account AND a.us >= t.at_us
WHERE a.us - t.at_us <= {WINDOW * 86_400_000_000}
"""
LAST_ONLY = f"""
SELECT a.response, t.ticket, 'T2' AS tier, t.resolved_us AS ref_us
FROM asked a ASOF JOIN (SELECT * FROM served WHERE resolved_us IS NOT NULL) t
    ON t.contact = a.contact AND a.us >= t.resolved_us
WHERE a.us - t.resolved_us <= {WINDOW * 86_400_000_000}
"""
VIEWS = """
CREATE VIEW asked AS SELECT *, epoch_us(answered_at) AS us FROM answers;
CREATE VIEW served AS SELECT *, epoch_us(opened_at) AS opened_us, epoch_us(resolved_at) AS resolved_us,
    epoch_us(opened_at) + CAST(round(first_response_hours * 3600000000) AS BIGINT) AS first_us FROM tickets;
"""


def promised(con: ibis.BaseBackend) -> str:
    from nineplus.mart.promises import open_hours, with_promises
    from nineplus.model.attribution import LinkRule, ServiceLevel, WorkCalendar

    office = WorkCalendar("office", "Europe/Berlin", holidays=("2024-12-25", "2025-12-25"))
    rule = LinkRule(calendars=(office,), levels=(ServiceLevel("all", "office", (), 240, 2400),))
    con.create_table("open_hours", open_hours(rule), overwrite=True)
    tickets = con.table("tickets").mutate(sla_breached=ibis.null("boolean"))
    made = with_promises(tickets, rule=rule, events=None, hours=con.table("open_hours"))
    made = made.select("ticket", "sla_breached", "resolution_work_hours")
    return str(ibis.to_sql(made, dialect="duckdb"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--tickets", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nineplus-attribution-") as folder:
        home = Path(folder)
        make(home, responses=chosen.responses, tickets=chosen.tickets)
        con = ibis.duckdb.connect(threads=2)
        con.con.execute("SET TimeZone TO 'UTC'")
        for name in TABLES:
            con.con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{home}/{name}.parquet'")
        con.con.execute(VIEWS)
        ways = {
            "nineplus: T1, T2, T3, every ticket in the window": ours(con),
            "by hand: range join and as-of join": BY_HAND,
            "by hand: the last ticket only": LAST_ONLY,
            "nineplus: working time and verdict of every ticket": promised(con),
        }
        best = dict.fromkeys(ways, (inf, inf))
        found = {}
        for _ in range(chosen.rounds):
            for way, query in ways.items():
                wall, cpu = time.perf_counter(), time.process_time()
                con.con.execute(f"CREATE OR REPLACE TEMP TABLE made AS {query}")
                best[way] = (
                    min(best[way][0], time.perf_counter() - wall),
                    min(best[way][1], time.process_time() - cpu),
                )
                count = "count(*), sum(ref_us)::VARCHAR" if "verdict" not in way else "count(*), sum(sla_breached::INT)"
                found[way] = con.con.execute(f"SELECT {count} FROM made").fetchone()
    first, second, *_ = ways
    assert found[first] == found[second], "the two do not find the same links"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    write(
        "attribution",
        title="Every answer tied to its tickets",
        head=["", "best s", "best CPU s", "rows made"],
        rows=[[way, f"{best[way][0]:.2f}", f"{best[way][1]:.2f}", f"{found[way][0]:,}"] for way in ways],
        note=f"{chosen.responses:,} answers, {chosen.tickets:,} tickets, from Parquet, two threads; best of "
        f"{chosen.rounds} rounds in turns. The first two made the same links. Peak of the process {peak:.1f} GB.",
        command=f"python benchmarks/attribution.py --responses {chosen.responses} --tickets {chosen.tickets}",
    )


if __name__ == "__main__":
    main()
