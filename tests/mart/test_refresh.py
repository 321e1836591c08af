"""The increments must equal the rebuild, whatever happened in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nineplus.mart import delta
from nineplus.mart.dataset import Attribute
from nineplus.mart.engines.duckdb import ENGINE, connect
from nineplus.mart.folder import read_manifest
from nineplus.mart.rebuild import rebuild
from nineplus.mart.refresh import refresh
from nineplus.model.attribution import LinkRule, ServiceLevel, WorkCalendar
from tests.mart.world import START, World

ATTRIBUTES = [Attribute.of("tier"), Attribute.of("role")]


def sources(connection, world):
    return {name: connection.create_table(name, table, overwrite=True) for name, table in world.arrow().items()}


def content(folder):
    """Every table of the latest snapshot as sorted rows."""
    connection = connect()
    tables = read_manifest(ENGINE, connection, folder, delta.latest(folder), prefix="t")
    return {name: (table.columns, sorted(map(repr, table.to_pyarrow().to_pylist()))) for name, table in tables.items()}


PROMISED = LinkRule(
    window_days=20,
    leave_out=(("team", ("b",)),),
    calendars=(WorkCalendar("office", "Europe/Berlin"),),
    levels=(
        ServiceLevel("x", "office", (("tier", ("x",)),), 120, 1200),
        ServiceLevel("all", "", (), None, 6000),
    ),
    waiting=("open",),
)


@pytest.mark.parametrize(("seed", "rule"), [(0, LinkRule()), (1, PROMISED)])
def test_increments_equal_the_rebuild(tmp_path, seed, rule):
    world, connection = World(seed), connect()
    now = START + timedelta(days=200)
    rebuild(
        folder=tmp_path / "a", sources=sources(connection, world), attributes=ATTRIBUTES, revision=0, now=now, rule=rule
    )
    for step in range(1, 4):
        world.live(6)
        given = sources(connection, world)
        kept = refresh(
            folder=tmp_path / "a",
            sources=given,
            changed=world.changes(),
            attributes=ATTRIBUTES,
            revision=step,
            now=now,
            rule=rule,
        )
        world.forget()
        rebuild(folder=tmp_path / "b", sources=given, attributes=ATTRIBUTES, revision=step, now=now, rule=rule)
        a, b = content(tmp_path / "a"), content(tmp_path / "b")
        assert a.keys() == b.keys()
        for name in a:
            assert a[name] == b[name], name
        assert kept.rows == len(world.rows["responses"])
        assert delta.latest(tmp_path / "a").revision == step
        assert delta.latest(tmp_path / "a").rows == delta.latest(tmp_path / "b").rows
