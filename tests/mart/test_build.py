"""The star from hand-made rows: what service each ticket got and which ticket made which score."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest

from nineplus.mart.cluster import cluster_key, cluster_text
from nineplus.mart.memory import dataset
from nineplus.mart.schema import MART
from tests.mart.rows import NOW, by_key, day, made, sources


@pytest.fixture(scope="module")
def served():
    """One contact of one account, tickets of every fate, answers before, between and after."""
    return made(
        accounts=[{"account": "A", "attributes": '{"tier": "gold", "size": "s"}'}],
        contacts=[
            {"contact": "c", "account": "A", "attributes": '{"role": "admin"}'},
            {"contact": "quiet", "account": "A"},
        ],
        tickets=[
            {
                "ticket": "done",
                "contact": "c",
                "opened_at": day(1),
                "first_response_at": day(1, 2),
                "resolved_at": day(3),
                "team": "blue",
                "sla_breached": True,
            },
            {"ticket": "slow", "contact": "c", "opened_at": day(10), "resolved_at": day(20), "sla_breached": False},
            {"ticket": "next", "contact": "c", "opened_at": day(25), "first_response_at": day(25, 5)},
            {"ticket": "other", "account": "B", "opened_at": day(1), "resolved_at": day(2), "escalated": True},
        ],
        ticket_events=[
            {"ticket": "done", "at": day(1, 1), "kind": "reply", "by_customer": True},
            {"ticket": "done", "at": day(1, 2), "kind": "reply", "by_customer": False},
            {"ticket": "done", "at": day(2), "kind": "stage", "from_value": "Closed", "to_value": "open"},
            {"ticket": "done", "at": day(2), "kind": "reopen"},
            {"ticket": "done", "at": day(2, 1), "kind": "owner", "from_value": None, "to_value": "ann"},
            {"ticket": "done", "at": day(2, 2), "kind": "owner", "from_value": "ann", "to_value": "bob"},
            {"ticket": "done", "at": day(2, 2), "kind": "team", "from_value": "red", "to_value": "blue"},
            {"ticket": "slow", "at": day(11), "kind": "reply"},
            {"ticket": "slow", "at": day(19), "kind": "reply"},
            {"ticket": "slow", "at": day(12), "kind": "escalation"},
            {"ticket": "slow", "at": day(18), "kind": "escalation"},
        ],
        responses=[
            {"response": "direct", "contact": "c", "ticket": "done", "score": 9, "answered_at": day(4)},
            {"response": "during", "contact": "c", "score": 3, "answered_at": day(15), "comment": ""},
            {"response": "both", "contact": "c", "score": 5, "answered_at": day(21), "comment": "Slow"},
            {"response": "early", "contact": "c", "score": 8, "answered_at": day(0, 1)},
            {"response": "late", "contact": "c", "score": 8, "answered_at": day(90)},
            {"response": "colleague", "contact": "quiet", "score": 7, "answered_at": day(5),
             "attributes": '{"size": "xl"}'},
            {"response": "nobody", "score": 7, "answered_at": day(5)},
            {"response": "lost", "contact": "c", "ticket": "gone", "score": 7, "answered_at": day(-9)},
        ],
    )  # fmt: skip


def test_facts_come_from_the_ticket_and_its_events(served):
    tickets = by_key(served.tickets, "ticket")
    done = tickets["done"]
    assert (done["first_response_hours"], done["resolution_hours"]) == (2.0, 48.0)
    # one reopening told twice; a first owner is no handover; owner and team at once are one
    assert (done["reopens"], done["reassignments"], done["replies"], done["escalations"]) == (1, 1, 1, 0)
    assert tickets["slow"]["escalations"] == 2
    assert tickets["slow"]["first_response_hours"] == 24.0, "the first reply stands in for a missing date"
    assert tickets["other"]["escalations"] == 1, "the source's own word"
    assert tickets["done"]["account"] == "A", "filled from the contact"


def test_counts_nobody_records_are_unknown():
    data = made(
        responses=[{"response": "1", "score": 9, "answered_at": day(1)}],
        tickets=[{"ticket": "t", "opened_at": day(1)}],
        ticket_events=[{"ticket": "t", "at": day(1), "kind": "reply"}],
    )
    [ticket] = data.tickets.to_pyarrow().to_pylist()
    assert (ticket["replies"], ticket["escalations"], ticket["reopens"], ticket["reassignments"]) == (
        1,
        None,
        None,
        None,
    )


def test_a_ticket_that_launched_the_survey_comes_first(served):
    row = by_key(served.responses, "response")["direct"]
    assert (row["tier"], row["ticket"], row["miss"], row["tickets_in_window"]) == ("T1", "done", None, 1)
    assert (row["ticket_age_hours"], row["sla_breached"], row["ticket_team"]) == (24.0, True, "blue")


def test_before_the_resolution_only_what_had_happened_counts(served):
    row = by_key(served.responses, "response")["during"]
    assert (row["tier"], row["ticket"], row["tickets_in_window"]) == ("T2", "slow", 2)
    assert (row["resolution_hours"], row["sla_breached"]) == (None, None)
    assert (row["first_response_hours"], row["replies"], row["escalations"]) == (24.0, 1, 1)


def test_several_tickets_are_counted_and_the_latest_is_primary(served):
    rows = by_key(served.responses, "response")
    assert (rows["both"]["ticket"], rows["both"]["tickets_in_window"]) == ("slow", 2)
    assert (rows["both"]["replies"], rows["both"]["sla_breached"]) == (2, False)
    links = [row for row in served.response_ticket.to_pyarrow().to_pylist() if row["response"] == "both"]
    assert {(row["ticket"], row["primary"]) for row in links} == {("slow", True), ("done", False)}


def test_an_account_link_is_the_third_tier(served):
    row = by_key(served.responses, "response")["colleague"]
    assert (row["tier"], row["ticket"], row["miss"]) == ("T3", "done", "no_ticket")


def test_every_miss_has_its_reason(served):
    rows = by_key(served.responses, "response")
    assert {name: (rows[name]["tier"], rows[name]["miss"]) for name in ("early", "late", "nobody", "lost")} == {
        "early": ("T0", "only_later"),
        "late": ("T0", "outside_window"),
        "nobody": ("T0", "no_contact"),
        "lost": ("T0", "unknown_ticket"),
    }
    data = made(
        responses=[{"response": "1", "contact": "c", "score": 9, "answered_at": day(5)}],
        tickets=[{"ticket": "t", "contact": "c", "opened_at": day(1)}],
    )
    assert by_key(data.responses, "response")["1"]["miss"] == "not_resolved"


def test_the_negative_control_is_the_first_ticket_after_the_response(served):
    rows = by_key(served.responses, "response")
    assert (rows["both"]["later_ticket"], rows["both"]["later_first_response_hours"]) == ("next", 5.0)
    assert rows["direct"]["later_ticket"] == "slow"
    assert rows["late"]["later_ticket"] is None


def test_attributes_are_the_responses_own_then_the_contacts_then_the_accounts(served):
    rows = by_key(served.responses, "response")
    assert (rows["colleague"]["a_size"], rows["direct"]["a_size"]) == ("xl", "s")
    assert (rows["direct"]["a_role"], rows["nobody"]["a_role"]) == ("admin", None)
    assert "size" in {attribute.slug for attribute in served.attributes}
    assert "tier" in {note.message.split()[0].lower() for note in served.notes}, "what does not vary is said"


def test_clusters_are_the_same_in_python(served):
    rows = by_key(served.responses, "response")
    assert rows["direct"]["cluster"] == cluster_key(cluster_text(account="A"))
    assert rows["nobody"]["cluster"] == cluster_key(cluster_text(response="nobody"))
    assert all(row["bucket"] == row["cluster"] % 64 for row in rows.values())
    digits = hashlib.md5(b"a:A", usedforsecurity=False).hexdigest()[:18]
    assert cluster_key("a:A") == int(digits.translate(str.maketrans("abcdef", "012345")))


def test_every_table_has_the_columns_and_types_of_the_mart(served):
    for name in ("responses", "tickets", "response_ticket", "accounts"):
        found = getattr(served, name).to_pyarrow().schema
        assert found.names[: len(MART[name])] == MART[name].names
        assert [found.field(own.name).type for own in MART[name]] == MART[name].types, name
        assert all(column.startswith("a_") for column in found.names[len(MART[name]) :])


def test_money_adds_up_month_by_month():
    def moved(key, days, kind, amount):
        return {
            "movement": key,
            "account": "A",
            "at": day(days),
            "kind": kind,
            "amount_minor": amount,
            "currency": "EUR",
        }

    data = made(
        responses=[{"response": "1", "score": 9, "answered_at": day(1)}],
        movements=[
            moved("1", 1, "new", 100),
            moved("2", 2, "expansion", 50),
            moved("3", 40, "contraction", -30),
            moved("4", 41, "renewal", 120),
            moved("5", 70, "churn", -120),
        ],
    )
    months = sorted(data.account_months.to_pyarrow().to_pylist(), key=lambda row: row["month"])
    assert [row["mrr_minor"] for row in months] == [150, 120, 0]
    assert (months[1]["contraction_minor"], months[1]["renewed_minor"]) == (-30, 120)


def test_the_same_rows_have_the_same_snapshot_in_any_order():
    rows = [{"response": str(n), "score": n, "answered_at": day(n)} for n in range(5)]
    there = dataset(sources(responses=rows), now=NOW).snapshot
    assert there == dataset(sources(responses=rows[::-1]), now=NOW).snapshot
    rows[0]["score"] = 10
    assert there.id != dataset(sources(responses=rows), now=NOW).snapshot.id


def test_no_responses_at_all_is_an_empty_star():
    data = made(responses=[])
    assert data.responses.count().to_pyarrow().as_py() == 0
    assert data.attributes == ()


def test_undated_responses_keep_their_direct_link():
    data = made(
        responses=[{"response": "1", "ticket": "t", "score": 9}],
        tickets=[{"ticket": "t", "opened_at": day(1), "resolved_at": day(2), "reopens": 1}],
    )
    row = by_key(data.responses, "response")["1"]
    assert (row["tier"], row["reopens"], row["month"]) == ("T1", 1, None)


def test_duckdb_relations_are_taken_as_they_are():
    import duckdb

    rows = sources(responses=[{"response": "1", "score": 9, "answered_at": day(1)}])["responses"]
    assert isinstance(rows, pa.Table)
    relation = duckdb.connect().from_arrow(rows)
    assert dataset({"responses": relation}, now=NOW).snapshot.rows == 1
