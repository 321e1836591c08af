"""What a fresh database takes in one step is what older ones took one by one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL, SeparateDatabaseAndState

from nineplus.stages.govern.backup import database

SQUASH = ("nineplus", "0001_squashed_0018_rules")
LAST = ("nineplus", "0018_rules")


@pytest.fixture
def one_by_one():
    loader = MigrationLoader(None, load=False)
    loader.replace_migrations = False
    loader.build_graph()
    return loader


def test_both_make_the_same_tables(one_by_one):
    old = one_by_one.project_state(LAST).models
    new = one_by_one.project_state(SQUASH).models
    assert {key for key in old if key[0] == "nineplus"} == {key for key in new if key[0] == "nineplus"}
    for key, model in new.items():
        assert _said(model) == _said(old[key]), key


def test_both_run_the_same_code(one_by_one):
    squash = one_by_one.disk_migrations[SQUASH]
    old = list(_each(step for name in squash.replaces for step in one_by_one.disk_migrations[name].operations))
    ran = [[step.code for step in steps if isinstance(step, RunPython)] for steps in (_kept(old), squash.operations)]
    assert ran[0] == ran[1] != []
    assert not [step for step in old if isinstance(step, RunSQL)]


def test_every_step_up_to_it_is_replaced(one_by_one):
    before = {key for key in one_by_one.graph.forwards_plan(LAST) if key[0] == "nineplus"}
    assert before == set(one_by_one.disk_migrations[SQUASH].replaces)


@pytest.mark.parametrize("last", ["0018_rules", "0014_outbound_by_state"])
def test_the_schema_of_an_older_backup_is_made_one_by_one(one_by_one, last):
    taken = tuple(one_by_one.graph.forwards_plan(("nineplus", last)))
    loader = MigrationLoader(None)
    ends = database._ends(SimpleNamespace(loader=loader), taken)
    assert ends == [("nineplus", last)]
    assert [key for key in loader.graph.forwards_plan(ends[0]) if key[0] == "nineplus"] == list(taken)


def test_the_schema_of_a_newer_backup_is_made_in_one_step(one_by_one):
    taken = (SQUASH, *one_by_one.disk_migrations[SQUASH].replaces)
    loader = MigrationLoader(None)
    assert database._ends(SimpleNamespace(loader=loader), taken) == [SQUASH]


def _said(model):
    options = {name: value for name, value in model.options.items() if value}
    for listed in options.keys() & {"indexes", "constraints"}:
        options[listed] = sorted((each.deconstruct() for each in options[listed]), key=str)
    return (
        {name: field.deconstruct()[1:] for name, field in model.fields.items()},
        options,
        model.bases,
        model.managers,
    )


def _each(steps):
    for step in steps:
        yield from step.database_operations if isinstance(step, SeparateDatabaseAndState) else (step,)


def _kept(steps):
    return [step for step in steps if not step.elidable]
