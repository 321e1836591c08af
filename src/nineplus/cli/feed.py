"""nineplus feed add, list, again, remove: survey tools that send each answer as it is given."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

_ADD = """Take the answers of a survey tool as they are given. Shows the address to call and the secret, once.

Each call is signed with the secret; others are refused.

Examples:

  nineplus feed add typeform --survey "After a purchase" --touchpoint purchase

  echo "$SECRET" | nineplus feed add typeform --secret-stdin --setting email=mail
"""
_LIST = """Show the feeds there are, how many answers each brought and how many calls could not be used.

Examples:

  nineplus feed list

  nineplus feed list --json
"""
_AGAIN = """Try the calls again that could not be used, after what was wrong with them was mended.

Example:

  nineplus feed again 2
"""
_REMOVE = """Take no more calls of a feed. The answers stay.

Example:

  nineplus feed remove 2
"""
_NUMBER = "Its number, as `feed list` shows it."


def register(app: typer.Typer) -> None:
    feed = typer.Typer(help="Survey tools that send their answers here.", no_args_is_help=True)
    feed.command("add", help=_ADD)(add)
    feed.command("list", help=_LIST)(every)
    feed.command("again", help=_AGAIN)(again)
    feed.command("remove", help=_REMOVE)(remove)
    app.add_typer(feed, name="feed")


def add(
    kind: str = typer.Argument(help="Which tool, such as typeform."),
    name: str = typer.Option("", help="What it is called here."),
    survey: str = typer.Option("", help="To which survey the answers belong. Otherwise as the tool names its own."),
    touchpoint: str = typer.Option("custom", help="The moment of those answers."),
    setting: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, may be given again.")] = None,
    secret_stdin: bool = typer.Option(False, "--secret-stdin", help="Read the secret from standard input."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    secret = sys.stdin.readline().strip() if secret_stdin else ""
    settings = _settings(setting or [])

    def make(feeds, now):  # type: ignore[no-untyped-def]
        plug = feeds.kinds().get(kind)
        known = [field.name for field in plug.fields] if plug else list(settings)
        if strange := sorted(set(settings) - set(known)):
            raise typer.BadParameter(f"{kind} has no setting {strange[0]!r}. There are: {', '.join(known)}.")
        made = feeds.add(
            kind=kind, name=name, survey=survey, touchpoint=touchpoint, settings=settings, secret=secret, now=now
        )
        return made, feeds.address(made.feed)

    made, address = _done(make)
    if as_json:
        told = {"id": made.feed.pk, "address": address, "secret": None if secret else made.secret}
        typer.echo(json.dumps(told))
        return
    where = address or f"/hooks/{made.feed.hook_key}/ under the public address, which is not set yet"
    typer.echo(f"Feed {made.feed.pk} takes calls at {where}.", err=True)
    if not secret:
        typer.echo(made.secret)
        typer.echo("This is its secret, shown only now.", err=True)


def every(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    rows = _done(lambda feeds, _now: [_row(feeds, one) for one in feeds.every()])
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        state = "on" if row["is_active"] else "off"
        wrong = f", {row['unusable']:,} calls could not be used" if row["unusable"] else ""
        last = f"  last call: {row['heard_at']}" if row["heard_at"] else ""
        typer.echo(f"{row['id']:>4}  {state}  {row['kind']}  {row['name']}  {row['taken']:,} answers{wrong}{last}")
    if not rows:
        typer.echo("There are no feeds.", err=True)


def again(number: int = typer.Argument(help=_NUMBER)) -> None:
    taken = _done(lambda feeds, now: feeds.again(feeds.find(number), now=now))
    typer.echo(f"{taken:,} of them are answers now.")


def remove(number: int = typer.Argument(help=_NUMBER)) -> None:
    _done(lambda feeds, _now: feeds.remove(number))
    typer.echo(f"Feed {number} is removed.")


def _settings(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise typer.BadParameter(f"{wrong[0]!r} is not NAME=VALUE.", param_hint="--setting")
    return {name: value for name, _, value in pairs}


def _row(feeds, one) -> dict[str, object]:  # type: ignore[no-untyped-def]
    return {
        "id": one.pk,
        "kind": one.kind,
        "name": one.name,
        "survey": one.survey or None,
        "address": feeds.address(one),
        "is_active": one.is_active,
        "taken": one.taken,
        "unusable": len(feeds.unusable(one, limit=500)),
        "heard_at": one.heard_at.isoformat(timespec="seconds") if one.heard_at else None,
    }


def _done(ask):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.connect import feeds
    from nineplus.stages.errors import NotPossible

    try:
        return ask(feeds, timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
