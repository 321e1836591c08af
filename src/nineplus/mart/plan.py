"""The stages of the star as SQL, compiled once per shape.

Building and compiling these expressions takes longer than running them on a handful of rows, so a refresh, which
does it again and again for the same attributes, keeps the text. Tables are named by `table_name`.
"""

from __future__ import annotations

import json
from functools import lru_cache

import ibis
import ibis.expr.types as ir

from nineplus.mart import statements_kept
from nineplus.mart.build import INTERMEDIATE, STAGES, Plan, needed
from nineplus.mart.promises import OPEN_HOURS
from nineplus.mart.schema import MART, SOURCES

OPEN = "open_hours"


def table_name(stage: str) -> str:
    """The table in which a stage looks for its input of that name: a source or an earlier stage."""
    return f"nineplus_{stage}"


class Statements:
    """SQL per stage, for one plan and one set of sources."""

    def __init__(self, plan: Plan, given: frozenset[str]) -> None:
        self._plan = plan
        self.intermediate = needed(given, INTERMEDIATE)
        self.final = needed(given, MART)
        self._tables: dict[str, ir.Table | None] = {
            name: ibis.table(ibis.schema(schema), name=table_name("in_" + name)) if name in given else None
            for name, schema in SOURCES.items()
        }
        if plan.rule.levels:
            self._tables[OPEN] = ibis.table(ibis.schema(OPEN_HOURS), name=table_name(OPEN))
        self._about = _about(plan, given)
        kept = statements_kept.read(self._about) or {}
        self._sql = kept if kept.keys() == {*self.intermediate, *self.final} else {}

    def sql(self, stage: str) -> str:
        """The query of that stage, over `nineplus_in_<source>` and `nineplus_<stage>` tables."""
        if stage not in self._sql:
            for one in (*self.intermediate, *self.final):
                self._compile(one)
            statements_kept.write(self._about, self._sql)
        return self._sql[stage]

    def _compile(self, stage: str) -> None:
        if stage not in self._sql:
            for before in self.intermediate[: _place(self.intermediate, stage)]:
                if before not in self._tables:
                    self._compile(before)
            made = STAGES[stage](self._tables, self._plan)
            self._sql[stage] = str(ibis.to_sql(made, dialect="duckdb", pretty=False))
            if stage in self.intermediate:
                self._tables[stage] = ibis.table(made.schema(), name=table_name(stage))


def _about(plan: Plan, given: frozenset[str]) -> str:
    """A plan in words that every process says alike."""
    known = None if plan.known is None else sorted(plan.known)
    attributes = [(one.slug, one.column) for one in plan.attributes]
    return json.dumps([attributes, plan.rule.to_dict(), known, sorted(given)], sort_keys=True, default=str)


def _place(stages: list[str], stage: str) -> int:
    return stages.index(stage) if stage in stages else len(stages)


@lru_cache(maxsize=32)
def statements(plan: Plan, given: frozenset[str]) -> Statements:
    return Statements(plan, given)
