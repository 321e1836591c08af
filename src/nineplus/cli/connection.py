"""nineplus connection add, list, check, read, problems, writes, remove: outside systems that are read."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

_ADD = """Connect a system. What it needs to know is given as name=value; secrets are read from standard input.

Nothing is read before you start it with `nineplus connection read`, or on its page.

Examples:

  echo "$HUBSPOT_KEY" | nineplus connection add hubspot --secret token

  nineplus connection add --help-for hubspot                      says what a system needs to know
"""
_LIST = """Show the connections there are, how up to date each is, and what needs mending.

Examples:

  nineplus connection list

  nineplus connection list --json
"""
_CHECK = """See whether the key works, and which rights it lacks for what. Ends with 1 when it does not work.

Example:

  nineplus connection check hubspot
"""
_READ = """Read what is new, here and now, from where it stopped. Ends with 1 when something could not be read.

With --dry-run the beginning of everything is read and nothing is written. With --full everything is read again.

Examples:

  nineplus connection read hubspot

  nineplus connection read hubspot --dry-run --json
"""
_PROBLEMS = """Show what could not be used and why; with --csv every single thing.

Examples:

  nineplus connection problems hubspot

  nineplus connection problems hubspot --csv > not-used.csv
"""
_WRITES = """Choose what is written back to the customer's record over there: properties, note, task, or nothing.

Examples:

  nineplus connection writes hubspot properties note

  nineplus connection writes hubspot --nothing

  nineplus connection writes hubspot --again                      writes once more what was refused
"""
_REMOVE = """Forget a connection and its key. What was read through it stays.

Example:

  nineplus connection remove hubspot
"""
_NAME = typer.Argument(help="Its name or number, as `connection list` shows it.")
_JSON = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    connection = typer.Typer(help="Systems that are read: customers, tickets, deals.", no_args_is_help=True)
    connection.command("add", help=_ADD)(add)
    connection.command("list", help=_LIST)(every)
    connection.command("check", help=_CHECK)(check)
    connection.command("read", help=_READ)(read)
    connection.command("problems", help=_PROBLEMS)(problems)
    connection.command("writes", help=_WRITES)(writes)
    connection.command("remove", help=_REMOVE)(remove)
    app.add_typer(connection, name="connection")


def add(
    system: str = typer.Argument("", help="Which system: hubspot …"),
    settings: Annotated[list[str] | None, typer.Argument(help="Its settings as name=value.")] = None,
    title: str = typer.Option("", help="What people call it."),
    secret: Annotated[list[str] | None, typer.Option(help="A setting to be read from standard input.")] = None,
    help_for: str = typer.Option("", "--help-for", help="Say what this system needs to know, and stop."),
    as_json: bool = _JSON,
) -> None:
    if help_for or not system:
        _told(help_for, as_json=as_json)
        return
    strange = [text for text in settings or [] if "=" not in text]
    if strange:
        typer.echo(f"Settings are given as name=value, not {strange[0]!r}.", err=True)
        raise typer.Exit(2)
    given = dict(text.split("=", 1) for text in settings or [])
    given |= {name: sys.stdin.readline().strip() for name in secret or []}
    made = _done(lambda at: at.connections.add(connector=system, settings=given, title=title, now=at.now))
    if as_json:
        typer.echo(json.dumps({"id": made.pk, "name": made.source, "title": made.title}))
        return
    typer.echo(f"{made.title} is connected as {made.source}.")
    typer.echo(f"See whether it works: nineplus connection check {made.source}", err=True)


def every(as_json: bool = _JSON) -> None:
    rows = _done(lambda at: [_row(line) for line in at.reading.every(now=at.now)])
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        lag = "not read whole yet" if row["lag_seconds"] is None else f"{row['lag_seconds']} s behind"
        typer.echo(f"{row['name']:<14} {row['state']:<8} {lag:<22} {row['rows']:>10,} rows  {row['title']}")
        if row["error"]:
            typer.echo(f"               {row['error']}")
        if row["refused"]:
            typer.echo(f"               {row['refused']} changes were refused over there.")
    if not rows:
        typer.echo("Nothing is connected. Connect a system: nineplus connection add --help", err=True)


def check(name: str = _NAME, as_json: bool = _JSON) -> None:
    found = _done(lambda at: at.connections.check(at.connections.find(name), now=at.now))
    missing = {why: list(rights) for why, rights in found.missing.items()}
    if as_json:
        typer.echo(json.dumps({"works": True, "says": found.said, "account": found.account, "missing": missing}))
        return
    typer.echo(found.said)
    for why, rights in missing.items():
        typer.echo(f"For {why} the key still needs: {', '.join(rights)}.", err=True)
    if not missing:
        typer.echo(f"It has every right that is needed. Read it: nineplus connection read {name}", err=True)


def read(
    name: str = _NAME,
    full: bool = typer.Option(False, "--full", help="Everything again, from the beginning."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only the beginning of everything; write nothing."),
    as_json: bool = _JSON,
) -> None:
    def go(at: _At) -> Any:
        from django.utils import timezone

        connection = at.connections.find(name)
        if full and not dry_run:
            at.connections.rewind(connection)  # not started: the worker would be at it first
        kind = at.running.RunKind.DRY if dry_run else at.running.RunKind.FULL if full else at.running.RunKind.SYNC
        return at.running.sync(connection, clock=timezone.now, kind=kind)

    run = _done(go)
    if as_json:
        typer.echo(json.dumps({"state": run.state, "counts": run.counts, "error": run.error}))
    else:
        for stream, told in run.counts.items():
            typer.echo(f"{stream:<12} " + ", ".join(f"{told[what]:,} {what}" for what in told if told[what]))
        typer.echo("Nothing was written." if dry_run else {"done": "Up to date."}.get(run.state, run.state), err=True)
        if run.error:
            typer.echo(run.error, err=True)
    if run.state == "failed":
        raise typer.Exit(1)


def problems(
    name: str = _NAME,
    as_csv: bool = typer.Option(False, "--csv", help="Every single thing, as CSV."),
    as_json: bool = _JSON,
) -> None:
    if as_csv:
        from nineplus.render.csv import harmless

        table = csv.writer(sys.stdout)
        table.writerow(("stream", "key", "code", "reason"))
        for one in _done(lambda at: at.reading.problems(at.connections.find(name))):
            table.writerow([harmless(text) for text in (one.stream, one.key, one.code, one.reason)])
        return
    found = _done(lambda at: at.reading.reasons(at.connections.find(name)))
    rows = [
        {"stream": one.stream, "code": one.code, "things": one.things, "reason": one.reason, "such_as": one.examples}
        for one in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['things']:>8,}  {row['stream']:<12} {row['reason']}")
    if not rows:
        typer.echo("Everything could be used.", err=True)


def writes(
    name: str = _NAME,
    what: Annotated[list[str] | None, typer.Argument(help="properties, note, task")] = None,
    nothing: bool = typer.Option(False, "--nothing", help="Write nothing back any more."),
    again: bool = typer.Option(False, "--again", help="Write once more what was refused."),
) -> None:
    def change(at: _At) -> str:
        connection = at.connections.find(name)
        if again:
            return f"{at.back.again(connection, now=at.now)} changes are written again."
        if what or nothing:
            fresh = "properties" in (what or ()) and "properties" not in connection.writes
            connection = at.connections.change(connection, writes=what or (), now=at.now)
            if fresh:
                at.connections.tell_history(connection, now=at.now)
        where = at.connections.plug_of(connection).where if "properties" in connection.writes else ""
        return f"Written back: {', '.join(connection.writes) or 'nothing'}. {where}".strip()

    typer.echo(_done(change))


def remove(name: str = _NAME) -> None:
    _done(lambda at: at.connections.remove(at.connections.find(name)))
    typer.echo(f"The connection {name} is gone. What was read through it stays.")


def _told(system: str, *, as_json: bool) -> None:
    plugs = _done(lambda at: at.connections.connectors())
    if system and system not in plugs:
        typer.echo(f"There is no connector {system!r}. There are: {', '.join(plugs)}.", err=True)
        raise typer.Exit(1)
    shown = {name: plug for name, plug in plugs.items() if system in ("", name)}
    if as_json:
        fields = {
            name: [{"name": one.name, "title": one.title, "type": one.type, "help": one.help} for one in plug.fields]
            for name, plug in shown.items()
        }
        typer.echo(json.dumps(fields, indent=2, ensure_ascii=False))
        return
    for name, plug in shown.items():
        typer.echo(f"{name}: {plug.title}")
        for field in plug.fields if system else ():
            needed = "needed" if field.required and not field.default else "optional"
            typer.echo(f"  {field.name:<16} {needed:<9} {field.title}. {field.help}".rstrip())
        for stream in plug.streams if system else ():
            typer.echo(f"  reads {stream.title}{' (optional)' if stream.optional else ''}: {', '.join(stream.scopes)}")


def _row(line: Any) -> dict[str, Any]:
    connection = line.connection
    return {
        "id": connection.pk,
        "name": connection.source,
        "system": connection.connector,
        "title": connection.title,
        "account": connection.account,
        "state": connection.state,
        "error": connection.error or (line.last.error if line.last else ""),
        "lag_seconds": None if line.lag is None else int(line.lag.total_seconds()),
        "rows": line.rows,
        "not_used": line.problems,
        "refused": line.refused,
        "writes": connection.writes,
    }


class _At:
    """The stage's modules and the time of the call."""

    def __init__(self) -> None:
        from django.utils import timezone

        from nineplus.stages.connect.syncing import back, connections, reading, running

        self.back, self.connections, self.reading, self.running = back, connections, reading, running
        self.now = timezone.now()


def _done(ask: Callable[[_At], Any]) -> Any:
    """One call of the stage; what cannot be done is said and ends with 1."""
    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible

    try:
        return ask(_At())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
