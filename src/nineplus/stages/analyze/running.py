"""Asking a question: the snapshot is opened, narrowed to the filter, and the analysis answers on its engine."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from nineplus import mart as engines
from nineplus import plugs
from nineplus.mart.dataset import BUILT_IN, Dataset
from nineplus.mart.errors import MartDamaged, NoMart
from nineplus.model import Filter, Result, Snapshot, refuse
from nineplus.plugs import Analysis, Option
from nineplus.stages import mart
from nineplus.stages.analyze.comments import versions
from nineplus.stages.connect.auditing import judged
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.govern.markers import markers
from nineplus.store import models

_KEPT_RESULTS = 256
_OF_THEMES = {"response_reading", "response_theme"}
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class UnknownAnalysis(NotFound):
    """There is no analysis of that name."""


class BadOption(NotPossible):
    """An option that the analysis does not have, or a value it cannot take."""


def run(
    name: str,
    *,
    filter: Filter,
    options: Mapping[str, Any] | None = None,
    now: datetime,
    data: Dataset | None = None,
) -> Result:
    """The answer of one analysis over the responses that pass the filter, from the newest snapshot.

    Options may be strings, as a page or a command line delivers them. What the data cannot answer is a refusal
    in the Result. Who asks several questions at once opens `data` once, in this thread. The same question asked
    twice at the same time is computed once. Raises UnknownAnalysis, BadOption, BadFilter.
    """
    analysis = catalogue().get(name)
    if analysis is None:
        raise UnknownAnalysis(f"There is no analysis {name!r}. There are: {', '.join(catalogue())}.")
    chosen = _options(analysis, options or {})
    try:
        data = data or dataset(now=now)
    except MartDamaged:
        models.Event.publish_once(kind="mart.stale", now=now)
        return refuse(
            analysis.name,
            analysis.title,
            "The prepared data could not be read. They are being made anew from the store: ask again in a minute.",
            filter=filter,
        )
    if analysis.needs & _OF_THEMES:
        data = replace(data, themes=versions.names())
    asked = (analysis.name, analysis.version, filter, tuple(sorted(chosen.items())))
    key = (data.snapshot, data.markers, data.judged, data.themes, *asked)
    if data.snapshot is None:
        return _answer(analysis, data, filter, chosen)
    with _RESULTS.alone(key):
        if kept := _RESULTS.get(key):
            return kept
        result = _answer(analysis, data, filter, chosen)
        _RESULTS.put(key, result)
    return result


def _answer(analysis: Analysis, data: Dataset, filter: Filter, chosen: Mapping[str, Any]) -> Result:
    missing = sorted(table for table in analysis.needs if not data.has(table))
    if missing:
        reason = f"This question needs {' and '.join(missing).replace('_', ' ')}, and there are none yet."
        result = refuse(analysis.name, analysis.title, reason, version=analysis.version)
    else:
        result = analysis.run(mart.narrowed(data, filter), **chosen)
    return result.with_origin(snapshot=data.snapshot, filter=filter)


@cache
def catalogue() -> Mapping[str, Analysis]:
    """Every analysis there is, by name."""
    with engines.LOADING:
        return plugs.find("nineplus.analyses", Analysis)


def dataset(*, now: datetime) -> Dataset:
    """The newest snapshot; without one a Dataset of no responses, of which every analysis says so.

    Raises MartDamaged when there are answers and the mart is gone or cannot be read.
    """
    return replace(bare(now=now), markers=markers(), judged=judged())


def bare(*, now: datetime) -> Dataset:
    """The same without what people added: markers and verdicts on links. Raises MartDamaged."""
    try:
        return mart.newest()
    except NoMart:
        if models.Response.objects.exists():
            raise MartDamaged("There are answers and no mart.") from None
        return _nothing(now)


def snapshot(*, now: datetime) -> Snapshot | None:
    """The newest snapshot, if there is one that can be read."""
    try:
        return bare(now=now).snapshot
    except MartDamaged:
        return None


def _nothing(now: datetime) -> Dataset:
    engines.warm()
    from nineplus.mart.memory import dataset as in_memory
    from nineplus.mart.schema import SOURCES

    known = mart.attributes()
    own = [attribute for attribute in known if attribute not in BUILT_IN]
    empty = in_memory({"responses": SOURCES["responses"].empty_table()}, now=now, attributes=own)
    return replace(empty, attributes=known)


def _options(analysis: Analysis, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {option.name: option for option in analysis.options}
    if unknown := sorted(set(given) - set(known)):
        there = ", ".join(known) or "none"
        raise BadOption(f"{analysis.name} has no option {unknown[0]!r}. There are: {there}.")
    chosen = {name: _coerced(known[name], value) for name, value in given.items() if value not in ("", None)}
    if lacking := [option.name for option in analysis.options if option.required and option.name not in chosen]:
        raise BadOption(f"{analysis.name} needs the option {lacking[0]!r}.")
    return chosen


def _coerced(option: Option, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if option.type is bool:
            return _FLAGS[value.strip().lower()]
        return option.type(value)
    except (ValueError, KeyError):
        kinds = {int: "a whole number", float: "a number", bool: "true or false"}
        raise BadOption(f"{option.name} takes {kinds.get(option.type, 'text')}, not {value!r}.") from None


class _Kept:
    """The last few answers: a page asks the same questions until the snapshot changes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._rows: OrderedDict[Hashable, Result] = OrderedDict()
        self._asked: dict[Hashable, tuple[threading.Lock, int]] = {}

    @contextmanager
    def alone(self, key: Hashable) -> Iterator[None]:
        """Held by whoever computes that answer; others who ask for it wait and find it kept."""
        with self._lock:
            turn, waiting = self._asked.get(key, (threading.Lock(), 0))
            self._asked[key] = turn, waiting + 1
        try:
            with turn:
                yield
        finally:
            with self._lock:
                turn, waiting = self._asked.pop(key)
                if waiting > 1:
                    self._asked[key] = turn, waiting - 1

    def get(self, key: Hashable) -> Result | None:
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: Hashable, result: Result) -> None:
        with self._lock:
            self._rows[key] = result
            while len(self._rows) > self._most:
                self._rows.popitem(last=False)


_RESULTS = _Kept(_KEPT_RESULTS)
