"""The plugs: what can be added to nineplus as one new file, and how such a file is found.

A plug is a value of one of the classes below, made at module level in its package:

    analyses/segments.py:   @analysis("segments", title="Where is NPS different?")
    connectors/files/csv.py: FORMAT = FileFormat(...)
    mart/engines/duckdb.py: ENGINE = Engine(...)

`find` imports every module of the package once, collects those values, and checks them at the door:
two plugs of one name, or a name that is no slug, stop the start with a sentence that names the file.
Other distributions add plugs through the entry point group of the package's name.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, TypeVar

from nineplus.model import Result

_SLUG = re.compile(r"[a-z][a-z0-9_-]*\Z")


class BadPlug(Exception):
    """A plug that cannot be used: says which file and why."""


@dataclass(frozen=True, slots=True)
class Option:
    """One keyword of an analysis, as page, API and CLI offer it. `type` is str, int, float or bool."""

    name: str
    type: type
    default: Any
    required: bool
    help: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """One question. `run(data, **options)` pushes one aggregate query to `data`'s engine and returns a Result.

    `needs` names the mart tables without which the question makes no sense (`tickets`, `invitations`).
    """

    name: str
    title: str
    run: Callable[..., Result]
    help: str
    options: tuple[Option, ...] = ()
    needs: frozenset[str] = frozenset()
    version: int = 1

    def __call__(self, *args: Any, **options: Any) -> Result:
        return self.run(*args, **options)


def analysis(
    name: str,
    *,
    title: str,
    needs: frozenset[str] | set[str] = frozenset(),
    version: int = 1,
    options_help: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Result]], Analysis]:
    """Make the function below the plug of that name; its keyword-only parameters become its options."""

    def wrap(run: Callable[..., Result]) -> Analysis:
        return Analysis(
            name=name,
            title=title,
            run=run,
            help=inspect.getdoc(inspect.getmodule(run)) or inspect.getdoc(run) or "",
            options=tuple(_options(run, options_help or {})),
            needs=frozenset(needs),
            version=version,
        )

    return wrap


def _options(run: Callable[..., Result], helps: Mapping[str, str]) -> list[Option]:
    found = []
    hints = inspect.get_annotations(run, eval_str=True)
    for parameter in inspect.signature(run).parameters.values():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        kinds = [k for k in (str, bool, int, float) if k in _members(hints.get(parameter.name, str))]
        required = parameter.default is inspect.Parameter.empty
        found.append(
            Option(
                name=parameter.name,
                type=kinds[0] if kinds else str,
                default=None if required else parameter.default,
                required=required,
                help=helps.get(parameter.name, ""),
            )
        )
    return found


def _members(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__args__", None) or (hint,)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One way in which a table is kept in a file.

    `claims(path, head)` says from the first bytes how surely the file is of this format (0 not at all, 1 surely);
    `open(path)` returns a `connectors.files.Source` or raises `UnreadableFile` with a sentence.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    claims: Callable[[Path, bytes], float]
    open: Callable[[Path], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a plug's settings form. `secret` ones are kept encrypted and never shown again."""

    name: str
    title: str
    help: str = ""
    type: Literal["text", "secret", "number", "flag", "choice"] = "text"
    choices: tuple[str, ...] = ()
    required: bool = True
    default: str = ""
    advanced: bool = False
    """Few need it: forms keep it folded away."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One survey tool whose exports are known (`nineplus.connectors.surveys`).

    `claims(sheet)` says how surely a table is its export and by what (`vendors.Claim`); `read(sheet)` says what its
    columns mean, as far as that is known, and which rows are no answers (`vendors.Reading`). `header(records)` is for
    tools that write more than one header row: given the first records of a text table, a `vendors.Heading`, or None
    when they are not its.
    """

    name: str
    title: str
    claims: Callable[[Any], Any]
    read: Callable[[Any], Any]
    header: Callable[[Sequence[Sequence[str]]], Any] | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """Answers that a survey tool sends as they are given (`nineplus.connectors.surveys`).

    `verify(secret, headers, body)` says whether a call is its (header names in lower case); `read(body, settings)`
    makes a `connectors.heard.Heard` of it or raises `Unusable`.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    verify: Callable[[str, Mapping[str, str], bytes], bool]
    read: Callable[[bytes, Mapping[str, str]], Any]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """One way of asking (`nineplus.channels`): an e-mail provider, an SMS gateway …

    `medium` is what the customer has (email, sms). `open(settings)` returns a sender, to be used by one thread
    (`settings` are the fields' values, `home`, the folder where files may be kept, and `hook_url`):
    an object with `send(Outgoing) -> Sent`, `check() -> str` (one sentence; raises Reconnect) and `close()`.
    `hear(settings, call)` verifies and reads a webhook of the other side into `Delivery` values; None: it has none.
    `receive(settings, call)` does so for mail that the other side takes in for us, into `Letter` values;
    `receive_help` says in a sentence what to enter over there.
    """

    name: str
    title: str
    medium: Literal["email", "sms"]
    fields: tuple[Field, ...]
    open: Callable[[Mapping[str, str]], Any]
    hear: Callable[[Mapping[str, str], Any], Sequence[Any]] | None = None
    receive: Callable[[Mapping[str, str], Any], Sequence[Any]] | None = None
    receive_help: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Connector:
    """One outside system (`nineplus.connectors`): customers, service, money or answers are read from it.

    `open(settings, mapping=, budget=)` returns a `connectors.Session`: `settings` are the fields' values, secrets among
    them; `mapping` says for each stream which of their properties become what here (`{stream: {theirs: ours}}`, ours
    being a column or `attribute:slug`). `streams` are read in their order. `writes` are the rights that writing
    needs; none: it is only read. `limits` are what `budget` keeps. `hear(settings, call)` verifies a webhook and
    returns the names of streams that have news; None: it has none. `help` says where the key is made, `written` how
    our properties are called over there (`{name: label}`), and `where` where a person finds them.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    streams: tuple[Any, ...]
    open: Callable[..., Any]
    limits: tuple[Any, ...] = ()
    writes: tuple[str, ...] = ()
    hear: Callable[[Mapping[str, str], Any], Sequence[str]] | None = None
    defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    help: str = ""
    written: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of question after the score (`nineplus.questions`).

    `settle(settings)` checks the settings it was drawn up with and returns them complete, or raises ValueError with
    a sentence; `read(settings, given)` turns what came from page or API into the value that is kept (None: left
    empty), or raises ValueError; `show(settings, value, labels)` says a kept value in words.
    """

    name: str
    title: str
    help: str
    settle: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    read: Callable[[Mapping[str, Any], Any], Any]
    show: Callable[[Mapping[str, Any], Any, Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a rule can do (`nineplus.stages.act.actions`).

    `run(doing, settings)` does it for `doing` (`stages.act.rules.doing.Doing`) and returns a `Did`; it raises
    NotPossible with a sentence when it can never be done, anything else is tried again. `outside`: it reaches another
    system, so it is done outside of a transaction, at least once, under `doing.key`; else with its step, exactly once.
    `receiver(settings)` names whom it calls then, a host say: calls of one receiver wait for each other and nothing
    else waits for them; empty: it calls nobody. Without it the action is a receiver by itself.
    `check(settings)` returns what is wrong with them, or nothing.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    run: Callable[[Any, Mapping[str, str]], Any]
    outside: bool = False
    receiver: Callable[[Mapping[str, str]], str] | None = None
    check: Callable[[Mapping[str, str]], str] | None = None
    help: str = ""


P = TypeVar("P")


@cache
def find(package: str, plug: type[P]) -> Mapping[str, P]:
    """Every plug of that class in the package and in the entry points of its name, by plug name.

    Raises BadPlug when two share a name or a name is no slug.
    """
    home = importlib.import_module(package)
    modules = [
        importlib.import_module(f"{package}.{found.name}")
        for found in pkgutil.iter_modules(home.__path__)
        if not found.name.startswith("_")
    ]
    modules += [point.load() for point in entry_points(group=package)]
    plugs: dict[str, P] = {}
    homes: dict[str, str] = {}
    for module in modules:
        for value in vars(module).values():
            if not isinstance(value, plug):
                continue
            name = getattr(value, "name", "")
            if not _SLUG.match(name):
                raise BadPlug(f"{module.__name__}: the plug name {name!r} is not lower-case letters, digits, - or _.")
            if name in plugs and plugs[name] is not value:
                raise BadPlug(f"{module.__name__}: a plug named {name!r} is already in {homes[name]}.")
            plugs.setdefault(name, value)
            homes.setdefault(name, module.__name__)
    return dict(sorted(plugs.items()))
