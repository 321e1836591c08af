"""nineplus channel add, list, change, test, again, remove: which messages go to which channel of Slack and Teams."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

_ADD = """Write to a channel. Without an id the address of its webhook is read from standard input.

By the app: the channel's id, as it stands at the end of its details in Slack; invite the app there first.

Examples:

  nineplus channel add "#cs" --id C0123ABCD --want case.opened --want overdue_case --digest weekly

  echo "$URL" | nineplus channel add "#cs" --kind teams --want high_value_detractor
"""
_LIST = """Show the channels there are, what goes there, what waits and what was not taken.

Examples:

  nineplus channel list

  nineplus channel list --json
"""
_CHANGE = """Change what goes to a channel. What is left out stays; --nothing empties what goes there.

Examples:

  nineplus channel change 2 --want case.opened --want nps_change

  nineplus channel change 2 --nothing --digest daily
"""
_TEST = """Send a test message at once, and say what came of it.

Example:

  nineplus channel test 2
"""
_AGAIN = """Send again what was not taken, and what may be there already.

Example:

  nineplus channel again 2
"""
_REMOVE = """Write nothing to a channel any more.

Example:

  nineplus channel remove 2
"""
_Number = Annotated[int, typer.Argument(help="Its number, as `channel list` shows it.")]
_Wants = Annotated[list[str] | None, typer.Option("--want", help="What goes there, as overdue_case; again for more.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Channels of Slack and Teams, and what goes there.", no_args_is_help=True)
    group.command("add", help=_ADD)(add)
    group.command("list", help=_LIST)(every)
    group.command("change", help=_CHANGE)(change)
    group.command("test", help=_TEST)(try_out)
    group.command("again", help=_AGAIN)(again)
    group.command("remove", help=_REMOVE)(remove)
    app.add_typer(group, name="channel")


def add(
    name: Annotated[str, typer.Argument(help="What it is called here, as #cs.")],
    id: Annotated[str, typer.Option("--id", help="Its id in Slack, for the app.")] = "",
    kind: Annotated[str, typer.Option(help="slack, slack_webhook or teams.")] = "",
    want: _Wants = None,
    digest: Annotated[str, typer.Option(help="daily or weekly; without it none.")] = "",
    as_json: _Json = False,
) -> None:
    kind = kind or ("slack" if id else "slack_webhook")
    url = "" if id or kind == "slack" else sys.stdin.readline().strip()

    def make(places, _outbox, now):  # type: ignore[no-untyped-def]
        return places.add(kind=kind, name=name, channel=id, url=url, wants=want or (), digest=digest, now=now)

    made = _done(make)
    typer.echo(json.dumps({"id": made.pk}) if as_json else f"Channel {made.pk} is written to: {_of(made.wants)}.")


def every(as_json: _Json = False) -> None:
    rows = _done(lambda places, _outbox, _now: [_row(one) for one in places.every()])
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        counted = ((row["waiting"], "waiting"), (row["parked"], "not taken"))
        counts = [f"{number} {words}" for number, words in counted if number]
        state = row["error"] or ", ".join(counts) or "on"
        digest = f", digest {row['digest']}" if row["digest"] else ""
        typer.echo(f"{row['id']:>4}  {row['kind']:<13}  {row['name']}  {_of(row['wants'])}{digest}  {state}")
    if not rows:
        typer.echo("There are no channels.", err=True)


def change(
    number: _Number,
    name: Annotated[str, typer.Option(help="What it is called here.")] = "",
    want: _Wants = None,
    nothing: Annotated[bool, typer.Option("--nothing", help="Nothing but the digest goes there.")] = False,
    digest: Annotated[str | None, typer.Option(help="daily, weekly, or none.")] = None,
) -> None:
    def act(places, _outbox, _now):  # type: ignore[no-untyped-def]
        place = places.find(number)
        wants = [] if nothing else want or place.wants
        how = place.digest if digest is None else digest.replace("none", "")
        return places.change(number, name=name or place.name, wants=wants, digest=how)

    typer.echo(f"Channel {number} is written to: {_of(_done(act).wants)}.")


def try_out(number: _Number) -> None:
    typer.echo(_done(lambda places, outbox, now: outbox.test(places.find(number), now=now)))


def again(number: _Number) -> None:
    typer.echo(f"{_done(lambda places, _outbox, now: places.try_again(number, now=now))} are tried again.")


def remove(number: _Number) -> None:
    _done(lambda places, _outbox, _now: places.remove(number))
    typer.echo(f"Channel {number} is removed.")


def _of(wants: list[str]) -> str:
    return ", ".join(wants) or "nothing of itself"


def _row(one) -> dict[str, object]:  # type: ignore[no-untyped-def]
    place = one.place
    return {
        "id": place.pk,
        "kind": place.kind,
        "name": place.name,
        "channel": place.channel,
        "wants": place.wants,
        "digest": place.digest,
        "error": place.error,
        "waiting": one.waiting,
        "parked": one.parked,
        "last_at": one.last.sent_at.isoformat(timespec="seconds") if one.last and one.last.sent_at else None,
    }


def _done(ask):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.act.chat import outbox, places
    from nineplus.stages.errors import NotPossible

    try:
        return ask(places, outbox, timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
