"""nineplus sender add, list, check: through what invitations go."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

_ADD = """Add a sender. What it needs to know is given as name=value; secrets are better read from standard input.

Examples:

  nineplus sender add outbox_folder --from cs@example.com            writes messages into a folder, to look at

  nineplus sender add smtp host=mail.example.com user=cs --secret password --from cs@example.com

  echo "$KEY" | nineplus sender add postmark --secret server_token --from cs@example.com

  nineplus sender add --help-for smtp                                 says what a channel needs to know
"""
_LIST = """Show the senders there are, without their secrets, and what keeps messages waiting.

Examples:

  nineplus sender list

  nineplus sender list --json
"""
_CHECK = """Log in to a sender's other side, and with --to send a short message there.

Examples:

  nineplus sender check 1

  nineplus sender check 1 --to me@example.com --json
"""


def register(app: typer.Typer) -> None:
    sender = typer.Typer(help="Senders: mail servers, providers, SMS gateways.", no_args_is_help=True)
    sender.command("add", help=_ADD)(add)
    sender.command("list", help=_LIST)(every)
    sender.command("check", help=_CHECK)(check)
    app.add_typer(sender, name="sender")


def add(
    channel: str = typer.Argument("", help="Which kind: smtp, ses, mailgun, twilio, outbox_folder …"),
    settings: Annotated[list[str] | None, typer.Argument(help="Its settings as name=value.")] = None,
    from_address: str = typer.Option("", "--from", help="The address or number it sends from."),
    name: str = typer.Option("", help="What people call it."),
    secret: Annotated[list[str] | None, typer.Option(help="A setting to be read from standard input.")] = None,
    default: bool = typer.Option(False, "--default", help="Send everything through it from now on."),
    help_for: str = typer.Option("", "--help-for", help="Say what this channel needs to know, and stop."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    if help_for or not channel:
        _told(help_for, as_json=as_json)
        return
    given = {**dict(_pair(text) for text in settings or []), **{name: _line(name) for name in secret or []}}
    made = _done(
        lambda senders, now: senders.create(
            channel=channel, settings=given, from_address=from_address, name=name, default=default or None, now=now
        )
    )
    if as_json:
        typer.echo(json.dumps(_row(made)))
        return
    typer.echo(f"Sender {made.pk} ({made.name}) is there. See whether it works: nineplus sender check {made.pk}")


def every(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    rows = [_row(sender) for sender in _done(lambda senders, _now: senders.every())]
    queue = _queue()
    if as_json:
        waiting = {"waiting": queue.waiting, "late": queue.late, "unsure": queue.unsure, "why": list(queue.why)}
        typer.echo(json.dumps({"senders": rows, "messages": waiting}, indent=2, ensure_ascii=False))
        return
    for row in rows:
        mark = "default" if row["default"] else ""
        typer.echo(f"{row['id']:>3}  {row['channel']:<14} {row['from']:<32} {mark:<8} {row['name']}")
        if row["error"]:
            typer.echo(f"     {row['error']}")
    if not rows:
        typer.echo("There are no senders. Add one: nineplus sender add --help", err=True)
    if queue.late:
        typer.echo(f"{queue.late} messages could go but wait.", err=True)
        for sentence in queue.why:
            typer.echo(sentence, err=True)


def check(
    number: int = typer.Argument(help="The sender's number, as `sender list` shows it."),
    to: str = typer.Option("", help="Send a short message to this address."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    said = _done(lambda senders, now: senders.check(senders.find(number), to=to, now=now))
    typer.echo(json.dumps({"id": number, "works": True, "says": said}) if as_json else said)


def _told(channel: str, *, as_json: bool) -> None:
    channels = _done(lambda senders, _now: senders.channels())
    if channel and channel not in channels:
        typer.echo(f"There is no channel {channel!r}. There are: {', '.join(channels)}.", err=True)
        raise typer.Exit(1)
    shown = {name: plug for name, plug in channels.items() if channel in ("", name)}
    if as_json:
        fields = {name: [_field(field) for field in plug.fields] for name, plug in shown.items()}
        typer.echo(json.dumps(fields, indent=2, ensure_ascii=False))
        return
    for name, plug in shown.items():
        typer.echo(f"{name}: {plug.title} ({plug.medium})")
        for field in plug.fields if channel else ():
            needed = "needed" if field.required and not field.default else "optional"
            typer.echo(f"  {field.name:<16} {needed:<9} {field.title}. {field.help}".rstrip())


def _field(field: Any) -> dict[str, Any]:
    return {
        "name": field.name,
        "title": field.title,
        "help": field.help,
        "required": field.required and not field.default,
        "secret": field.type == "secret",
    }


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        typer.echo(f"Write settings as name=value, not {text!r}.", err=True)
        raise typer.Exit(2)
    return name, value


def _line(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True))
    return sys.stdin.readline().rstrip("\r\n")


def _row(sender: Any) -> dict[str, Any]:
    return {
        "id": sender.pk,
        "name": sender.name,
        "channel": sender.channel,
        "medium": sender.medium,
        "from": sender.from_address,
        "settings": sender.settings,
        "default": sender.is_default,
        "error": sender.error,
        "checked_at": sender.checked_at.isoformat(timespec="seconds") if sender.checked_at else None,
    }


def _queue() -> Any:
    from django.utils import timezone

    from nineplus.stages.capture.sending import waiting

    return waiting.queue_now(now=timezone.now())


def _done(ask: Callable[[Any, Any], Any]) -> Any:
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.capture.sending import senders
    from nineplus.stages.errors import NotPossible

    try:
        return ask(senders, timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
