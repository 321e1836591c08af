"""nineplus webhook add, list, test, rotate, replay, remove: which other systems are told what happens."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

_ADD = """Tell an address of yours what happens. Shows the secret, once.

Each call is signed. With --format standard as Standard Webhooks has it; else as Delighted did:
X-Delighted-Webhook-Signature is sha256= and the HMAC of the body with the secret.

Examples:

  nineplus webhook add https://hooks.example.com/nps --format standard

  nineplus webhook add https://hooks.example.com/nps --survey "After a purchase" --event survey_response.created

  echo "$DELIGHTED_KEY" | nineplus webhook add https://hooks.example.com/nps --secret-stdin
"""
_LIST = """Show the webhooks there are, and how the last call of each went.

Examples:

  nineplus webhook list

  nineplus webhook list --json
"""
_TEST = """Call a webhook with an example and say what it answers.

Example:

  nineplus webhook test 3
"""
_ROTATE = """Give a webhook a new secret, shown once. In the standard form the old one signs too for a day.

Example:

  nineplus webhook rotate 3
"""
_REPLAY = """Tell a webhook again what it was told, with the same ids: one delivery, or everything of a time.

Examples:

  nineplus webhook replay 3 --since 2026-03-01T08:00Z --until 2026-03-01T10:00Z

  nineplus webhook replay 3 --delivery 817
"""
_REMOVE = """Tell a webhook nothing any more.

Example:

  nineplus webhook remove 3
"""


def register(app: typer.Typer) -> None:
    webhook = typer.Typer(help="Other systems that are told what happens.", no_args_is_help=True)
    webhook.command("add", help=_ADD)(add)
    webhook.command("list", help=_LIST)(every)
    webhook.command("test", help=_TEST)(try_out)
    webhook.command("rotate", help=_ROTATE)(rotate)
    webhook.command("replay", help=_REPLAY)(replay)
    webhook.command("remove", help=_REMOVE)(remove)
    app.add_typer(webhook, name="webhook")


def add(
    url: str = typer.Argument(help="The address to call."),
    name: str = typer.Option("", help="What it is called here."),
    format: str = typer.Option("delighted", help="How it is told: standard or delighted."),
    survey: str = typer.Option("", help="Only of this survey."),
    event: Annotated[list[str] | None, typer.Option(help="Only this event; may be given again.")] = None,
    secret_stdin: bool = typer.Option(False, "--secret-stdin", help="Read the secret from standard input."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    secret = sys.stdin.readline().strip() if secret_stdin else ""

    def make(webhooks, now):  # type: ignore[no-untyped-def]
        from nineplus.stages.capture.drawing import surveys

        of = surveys.named(survey) if survey else None
        return webhooks.add(url=url, name=name, format=format, survey=of, events=event or (), secret=secret, now=now)

    made = _done(make)
    if as_json:
        typer.echo(json.dumps({"id": made.endpoint.pk, "secret": None if secret else made.secret}))
        return
    typer.echo(f"Webhook {made.endpoint.pk} is told: {', '.join(made.endpoint.events)}.", err=True)
    if not secret:
        typer.echo(made.secret)
        typer.echo("This is its secret, shown only now.", err=True)


def every(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    rows = _done(lambda webhooks, _now: [_row(webhooks, one) for one in webhooks.every()])
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        state = "on" if row["is_active"] else row["error"] or "off"
        last = f"  last: {row['last_status'] or row['last_error']}" if row["last_at"] else ""
        typer.echo(f"{row['id']:>4}  {state}  {row['url']}  {row['survey'] or 'all surveys'}{last}")
    if not rows:
        typer.echo("There are no webhooks.", err=True)


def try_out(number: int = typer.Argument(help="Its number, as `webhook list` shows it.")) -> None:
    def call(webhooks, now):  # type: ignore[no-untyped-def]
        from nineplus.stages.share import telling

        return telling.test(webhooks.find(number), now=now)

    tried = _done(call)
    if not tried.taken:
        typer.echo(f"It was not taken. {tried.error}", err=True)
        raise typer.Exit(1)
    typer.echo(f"It answered {tried.status}.")


def rotate(number: int = typer.Argument(help="Its number, as `webhook list` shows it.")) -> None:
    made = _done(lambda webhooks, now: webhooks.rotate(number, now=now))
    typer.echo(made.secret)
    typer.echo("This is its new secret, shown only now.", err=True)


def replay(
    number: int = typer.Argument(help="Its number, as `webhook list` shows it."),
    delivery: Annotated[int | None, typer.Option(help="Only this delivery.")] = None,
    since: str = typer.Option("", help="Everything since then, as 2026-03-01T08:00Z."),
    until: str = typer.Option("", help="And before then; without it, until now."),
) -> None:
    def again(webhooks, now):  # type: ignore[no-untyped-def]
        times = {"since": _moment(since), "until": _moment(until)}
        return webhooks.replay(webhooks.find(number), delivery=delivery, **times, now=now)

    typer.echo(f"{_done(again)} told again.")


def remove(number: int = typer.Argument(help="Its number, as `webhook list` shows it.")) -> None:
    _done(lambda webhooks, _now: webhooks.remove(number))
    typer.echo(f"Webhook {number} is removed.")


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time: write it as 2026-03-01T08:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _row(webhooks, one) -> dict[str, object]:  # type: ignore[no-untyped-def]
    last = next(iter(webhooks.log_of(one, limit=1)), None)
    return {
        "id": one.pk,
        "name": one.name,
        "url": one.url,
        "format": one.format,
        "events": one.events,
        "survey": one.survey.name if one.survey else None,
        "is_active": one.is_active,
        "error": one.error,
        "last_at": last.created_at.isoformat(timespec="seconds") if last else None,
        "last_status": last.status if last else None,
        "last_error": last.error if last else "",
    }


def _done(ask):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible
    from nineplus.stages.share import webhooks

    try:
        return ask(webhooks, timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
