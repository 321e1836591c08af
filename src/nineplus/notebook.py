"""nineplus in a notebook or a script: files or tables in, Results out. No server, no database.

answers = nineplus.load("responses.csv", tickets="tickets.csv")
answers.score(by="region")          # every analysis is a method; a Result prints, .to_frame(), .to_json()
answers.filter(region="EMEA").trend()
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nineplus.mart.dataset import Attribute, Dataset
from nineplus.model import BadFilter, Filter, Note, Result, Window
from nineplus.plugs import Analysis, find

if TYPE_CHECKING:
    from nineplus.connectors.files import Mapping as FileMapping
    from nineplus.model.themes import ThemeName
    from nineplus.text.tables import Read

ANALYSES = "nineplus.analyses"
Files = str | Path | Sequence[str | Path]
_WITHOUT_WINDOWS = ("polars",)
"""Engines of Ibis in this process that have no window functions: their rows are read by DuckDB instead."""
_FILES = ("tickets", "ticket_events", "accounts", "contacts", "movements", "invitations")


class Answers:
    """Responses with what is known of them, ready to be asked.

    Every analysis is a method that takes its options as keywords and returns a Result: `score`, `segments`,
    `trend` … (`analyses` lists them). What was dropped or assumed on the way in is in `notes`.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What one can segment by; the `slug` is what `by=` and `filter` take."""
        return self.dataset.attributes

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.dataset.notes

    @property
    def analyses(self) -> Mapping[str, Analysis]:
        """Every analysis there is, by name; its `needs` are the tables without which it cannot answer."""
        return find(ANALYSES, Analysis)

    def ask(self, name: str, **options: Any) -> Result:
        """Run one analysis by name. Raises LookupError naming those there are, TypeError for an unknown option."""
        chosen = self.analyses.get(name)
        if chosen is None:
            raise LookupError(f"There is no analysis {name!r}. There are: {', '.join(self.analyses)}.")
        known = [option.name for option in chosen.options]
        if strange := [option for option in options if option not in known]:
            raise TypeError(f"{name} has no option {strange[0]!r}. It has: {', '.join(known) or 'none'}.")
        result = chosen.run(self.dataset, **options)
        return result.with_origin(snapshot=self.dataset.snapshot, filter=self.dataset.filter)

    def filter(self, chosen: Filter | None = None, /, **wanted: Any) -> Answers:
        """Only the answers that pass: `filter(region="EMEA", start="2026-01-01", end=date(2026, 7, 1))`.

        `start` is included and `end` is not; any other keyword is an attribute with one value or a list.
        Raises BadFilter naming the attributes there are.
        """
        if chosen is None:
            chosen = self._filter(wanted)
        elif wanted:
            raise TypeError("Give a Filter or keywords, not both.")
        return Answers(self.dataset.narrowed(chosen))

    def _filter(self, wanted: dict[str, Any]) -> Filter:
        window = Window(_day(wanted.pop("start", None)), _day(wanted.pop("end", None)))
        pairs = {slug: _texts(values) for slug, values in wanted.items()}
        for slug in pairs:
            self.dataset.attribute(slug)
        return Filter(window=window, attributes=tuple(sorted(pairs.items())))

    def __len__(self) -> int:
        return int(self.dataset.responses.count().to_pyarrow().as_py())

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("Answers are asked, not walked: .dataset.responses is the Ibis table of them.")

    def __repr__(self) -> str:
        slugs = ", ".join(attribute.slug for attribute in self.attributes) or "none"
        lines = [f"Answers: {len(self):,}. Attributes: {slugs}. Analyses: {', '.join(self.analyses)}."]
        lines += [f"  {note.rows:>7,}  {note.message}" for note in self.notes]
        return "\n".join(lines)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name.replace("-", "_") for name in self.analyses)]

    def __getattr__(self, name: str) -> Callable[..., Result]:
        if name.startswith("_") or name == "dataset":
            raise AttributeError(name)
        chosen = self.analyses.get(name) or self.analyses.get(name.replace("_", "-"))
        if chosen is None:
            raise AttributeError(f"Answers have no {name!r}. Analyses: {', '.join(self.analyses)}.")

        def question(**options: Any) -> Result:
            return self.ask(chosen.name, **options)

        parameters = [
            inspect.Parameter(o.name, inspect.Parameter.KEYWORD_ONLY, default=o.default, annotation=o.type)
            for o in chosen.options
        ]
        question.__name__, question.__doc__ = name, f"{chosen.title}\n\n{chosen.help}"
        question.__signature__ = inspect.Signature(parameters, return_annotation=Result)  # type: ignore[attr-defined]
        return question


def load(
    responses: Any,
    *,
    tickets: Files | None = None,
    ticket_events: Files | None = None,
    accounts: Files | None = None,
    contacts: Files | None = None,
    movements: Files | None = None,
    invitations: Files | None = None,
    mapping: FileMapping | str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    timezone: str = "",
    themes: str = "",
    now: datetime | None = None,
) -> Answers:
    """Read responses, and what belongs to them, and make them ready to be asked.

    `responses` is a file (CSV, TSV, XLSX, Parquet, JSON Lines), several files, or a table (Ibis, Arrow, pandas,
    polars) with a `score` column; `columns` renames a table's columns (`{"nps_rating": "score"}`). `mapping`
    says how the responses file's columns are to be understood where recognition is not enough; `timezone` is the
    zone of times in files that say none (else UTC, and the notes say so). `themes` is the name of a pack of themes
    (b2b, saas, retail, telecom, healthcare, hospitality) by which comments of files are read, so that `theme_impact`,
    `rising_themes` … can be asked. `now` (aware) is when the data are said to be read.

    Raises UnreadableFile or BadMapping (connectors.files) with a sentence, ValueError for a table without scores.
    """
    now = now or datetime.now(UTC)
    others = dict(zip(_FILES, (tickets, ticket_events, accounts, contacts, movements, invitations), strict=True))
    if _are_files(responses):
        given = {"responses": responses} | {kind: files for kind, files in others.items() if files is not None}
        return Answers(read(given, mapping=mapping, timezone=timezone, themes=themes, now=now))
    if themes:
        raise ValueError("Comments are read where the responses are files.")
    if found := [kind for kind, files in others.items() if files is not None]:
        raise ValueError(f"{found[0]} can only be given when the responses are files, too.")
    return Answers(_from_table(responses, columns=columns or {}, now=now))


def read(
    files: Mapping[str, Files],
    *,
    mapping: FileMapping | str | Path | None = None,
    vendor: str = "",
    score: str = "",
    timezone: str = "",
    themes: str = "",
    now: datetime,
    progress: Callable[[str], None] = lambda said: None,
    heard: Callable[[Read], None] = lambda read: None,
) -> Dataset:
    """Files by kind of row as one Dataset; notes say what was dropped. `progress` hears what is being done.

    `vendor` and `score` say whose export the responses are and which column answers the NPS question; `timezone` is
    the zone of times that say none, in all files (else the mapping's, else UTC). `themes` names the pack by which
    comments are read (empty: they are not); `heard` is then given what was read.
    """
    from nineplus.connectors.files import Mapping as FileMapping
    from nineplus.connectors.files import read_all
    from nineplus.mart.memory import dataset

    if isinstance(mapping, str | Path):
        mapping = FileMapping.load(mapping)
    if mapping and timezone:
        mapping = replace(mapping, timezone=timezone)
    sources: dict[str, Any] = {}
    notes: list[Note] = []
    labels: dict[str, str] = {}
    for kind, given in files.items():
        paths = [given] if isinstance(given, str | Path) else list(given)
        progress(f"Reading {kind.replace('_', ' ')}: {', '.join(Path(path).name for path in paths)}")
        told = {"vendor": vendor, "score": score} if kind == "responses" else {}
        told["timezone"] = timezone
        rows, said, used = read_all(paths, kind, mapping if mapping and mapping.kind == kind else None, **told)
        sources[kind] = rows
        notes += said if kind == "responses" else [replace(n, message=f"{_title(kind)}: {n.message}") for n in said]
        labels |= used.attributes
    names: tuple[ThemeName, ...] = ()
    if themes and (said := _read_comments(sources["responses"], themes, progress)):
        sources |= {"readings": said.readings, "mentions": said.mentions}
        names = said.names
        heard(said)
    progress("Linking and counting")
    made = replace(dataset(sources, now=now, notes=notes), themes=names)
    return replace(made, attributes=tuple(_labelled(one, labels) for one in made.attributes))


def _read_comments(responses: Any, themes: str, progress: Callable[[str], None]) -> Read | None:
    import pyarrow.compute as pc

    if not pc.any(pc.is_valid(responses["comment"])).as_py():  # the reader takes seconds to learn its themes
        return None
    from nineplus.text.tables import read_table

    return read_table(responses, taxonomy=themes, progress=progress)


def _title(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _labelled(attribute: Attribute, labels: Mapping[str, str]) -> Attribute:
    """The file's own wording where it is wording: not SURVEY_SUB_TYPE."""
    label = labels.get(attribute.slug, "")
    worded = " " in label.strip() and label != label.upper()
    return replace(attribute, label=label.strip()) if worded else attribute


def _are_files(responses: Any) -> bool:
    if isinstance(responses, str | Path):
        return True
    several = isinstance(responses, list | tuple) and len(responses) > 0
    return several and all(isinstance(one, str | Path) for one in responses)


def _from_table(table: Any, *, columns: Mapping[str, str], now: datetime) -> Dataset:
    from nineplus.mart.memory import from_table

    table = _queried(table)
    if missing := [name for name in columns if name not in table.columns]:
        raise ValueError(f"The table has no column {missing[0]!r}. It has: {', '.join(table.columns)}.")
    renamed = table.rename({new: old for old, new in columns.items()}) if columns else table
    if "score" not in renamed.columns:
        raise ValueError(
            f"The table has no column named score. It has: {', '.join(table.columns)}. "
            'Name it with columns={"its name": "score"}.'
        )
    return from_table(renamed, now=now)


def _queried(table: Any) -> Any:
    """An Ibis table on an engine that can answer; what lies in this process goes to DuckDB without a server."""
    import ibis

    from nineplus.mart.engines.duckdb import connect

    if isinstance(table, ibis.Table):
        if table._find_backend(use_default=True).name not in _WITHOUT_WINDOWS:
            return table
        table = table.to_pyarrow()
    try:
        rows = None if table is None else ibis.memtable(table)
    except Exception as error:
        raise _no_table(table) from error
    if rows is None:
        raise _no_table(table)
    if not rows.columns:
        raise ValueError("The table has no columns.")
    return connect().create_table("answers", rows)


def _no_table(thing: Any) -> TypeError:
    return TypeError(
        f"{type(thing).__name__} is neither a file nor a table. "
        "Give a path, several paths, or an Ibis, Arrow, pandas or polars table."
    )


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadFilter(f"{value!r} is not a day. Write it as 2026-01-31.") from None
    return value.date() if isinstance(value, datetime) else value


def _texts(values: Any) -> tuple[str, ...]:
    return (str(values),) if isinstance(values, str | int | float) else tuple(sorted(str(value) for value in values))
