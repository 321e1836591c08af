"""Open the mart's folder for analyses."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.operations import DatabaseTable

from nineplus.mart import delta
from nineplus.mart.attributes import usable
from nineplus.mart.dataset import BUILT_IN, Attribute, Dataset
from nineplus.mart.engines._engine import Engine
from nineplus.mart.schema import MART, PARTITIONED, WITH_ATTRIBUTES
from nineplus.model import Marker, Note
from nineplus.model.attribution import Judged
from nineplus.plugs import find

_REMEMBERED = 32
_REMEMBERED_PER_THREAD = 4

_guard = threading.Lock()
_roots: dict[str, BaseBackend] = {}
_snapshots: OrderedDict[tuple[str, str, str], _Opened] = OrderedDict()
_own = threading.local()


@dataclass(frozen=True, slots=True)
class _Opened:
    """One snapshot on one engine's shared connection: its views, and the files behind them with their sizes."""

    manifest: delta.Manifest
    views: dict[str, DatabaseTable]
    files: tuple[tuple[Path, int], ...]

    def whole(self) -> bool:
        """Are its files there as they were? A look at each, microseconds; an engine says it later and less plainly."""
        try:
            return all(path.stat().st_size == size for path, size in self.files)
        except OSError:
            return False


def open_dataset(
    *,
    folder: Path,
    engine: str = "duckdb",
    snapshot: str | None = None,
    notes: Sequence[Note] = (),
    markers: Sequence[Marker] = (),
    judged: Sequence[Judged] = (),
) -> Dataset:
    """The latest (or the named) snapshot as a Dataset; cheap to call often, safe in every thread.

    Use the Dataset in the thread that opened it. Raises NoMart when nothing was ever written, MartDamaged when a
    manifest or file is lost or torn, KeyError for an unknown engine.
    """
    plug = find("nineplus.mart.engines", Engine)[engine]
    manifest = delta.named(folder, snapshot) if snapshot else delta.latest(folder)
    seen = _views(plug, folder, manifest)
    tables = _tables(plug, seen)
    known = [Attribute.of(slug, label) for slug, label in manifest.attributes]
    chosen, left_out = usable([*known, *BUILT_IN], rows=manifest.rows.get("responses", 0), values=dict(manifest.values))
    said = [note for note in left_out if note.code != "attribute_constant"]
    return Dataset.of(
        tables,
        attributes=chosen,
        markers=tuple(markers),
        snapshot=manifest.snapshot,
        notes=(*notes, *said),
        rule=manifest.rule,
        judged=tuple(judged),
    )


def read_manifest(
    plug: Engine,
    connection: BaseBackend,
    folder: Path,
    manifest: delta.Manifest,
    *,
    prefix: str,
    files: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, ibis.Table]:
    """Every table of that snapshot on that connection, as views named `<prefix>_<table>`; `files` when known."""
    tables = {}
    for name, found in (files or _files(folder, manifest)).items():
        tables[name] = plug.read(
            connection,
            name=f"{prefix}_{name}",
            files=found,
            schema=mart_schema(name, manifest.attributes),
            partitioned=name in PARTITIONED,
        )
    return tables


def _files(folder: Path, manifest: delta.Manifest) -> dict[str, list[str]]:
    """The files of each table. Raises MartDamaged when one is lost or cut short."""
    return {name: delta.files(delta.opened(folder, name, version)) for name, version in manifest.versions.items()}


def mart_schema(table: str, attributes: Sequence[tuple[str, str]]) -> pa.Schema:
    """MART's columns, and the attributes' where the table carries them."""
    schema = MART[table]
    if table in WITH_ATTRIBUTES:
        for slug, _label in attributes:
            schema = schema.append(pa.field(Attribute.of(slug).column, pa.string()))
    return schema


def _views(plug: Engine, folder: Path, manifest: delta.Manifest) -> _Opened:
    key = (plug.name, str(folder.resolve()), manifest.id)
    with _guard:
        if key in _snapshots and _snapshots[key].whole():
            _snapshots.move_to_end(key)
            return _snapshots[key]
        root = _roots.get(plug.name)
        if root is None:
            root = _roots[plug.name] = plug.connect()
        prefix = f"s{abs(hash(key)):x}"
        files = _files(folder, manifest)
        tables = read_manifest(plug, plug.share(root), folder, manifest, prefix=prefix, files=files)
        views = {name: table.op() for name, table in tables.items()}
        sizes = tuple((path, path.stat().st_size) for each in files.values() for path in map(Path, each))
        found = _Opened(manifest, views, sizes)
        _snapshots[key] = found
        while len(_snapshots) > _REMEMBERED:
            _forget(root, _snapshots.popitem(last=False)[1])
        return found


def _forget(root: BaseBackend, old: _Opened) -> None:
    present = set(root.list_tables())
    for view in old.views.values():
        if view.name in present:
            root.drop_view(view.name, force=True)


def _tables(plug: Engine, seen: _Opened) -> dict[str, ibis.Table]:
    """The snapshot's tables on this thread's own cursor; those of the last few snapshots are remembered."""
    remembered: OrderedDict[tuple[str, ...], dict[str, ibis.Table]] = _own.__dict__.setdefault("tables", OrderedDict())
    key = (plug.name, *(view.name for view in seen.views.values()))
    if key not in remembered:
        mine = _mine(plug)
        # Not `mine.table(…)`, which asks the engine for columns that are known: each thread would bind every file anew.
        remembered[key] = {name: view.copy(source=mine).to_expr() for name, view in seen.views.items()}
        while len(remembered) > _REMEMBERED_PER_THREAD:
            remembered.popitem(last=False)
    return remembered[key]


def _mine(plug: Engine) -> BaseBackend:
    """This thread's own cursor on the engine's shared connection."""
    cursors: dict[str, BaseBackend] = _own.__dict__.setdefault("cursors", {})
    if plug.name not in cursors:
        with _guard:
            cursors[plug.name] = plug.share(_roots[plug.name])
    return cursors[plug.name]
