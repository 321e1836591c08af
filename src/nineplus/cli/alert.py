"""nineplus alert list, look, preferences, choose: what colleagues were told, and how each of them is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nineplus.store.models import AlertChoice, User

_LIST = """List what was raised last, the newest first.

Examples:

  nineplus alert list

  nineplus alert list --kind nps_change --json
"""
_LOOK = """Look now for what no event tells: NPS that changed, silent customers, sources that stopped.

The worker does this by itself every hour, and compares NPS once a day. What was told is not told twice.

Examples:

  nineplus alert look
"""
_PREFERENCES = """Show how a colleague is told: of what, when by e-mail, whether in Slack, and not in which hours.

Examples:

  nineplus alert preferences ada@example.com

  nineplus alert preferences ada@example.com --json
"""
_CHOOSE = """Choose how a colleague is told. What is left out stays as it is; what waits to be told follows.

Examples:

  nineplus alert choose ada@example.com --mail daily --hour 7

  nineplus alert choose ada@example.com --mail weekly --day friday --off rising_theme --off nps_change

  nineplus alert choose ada@example.com --on rising_theme --slack --quiet 20-7 --zone Europe/Berlin

  nineplus alert choose ada@example.com --off all --on case_assigned

  nineplus alert choose ada@example.com --no-quiet --zone company
"""
_ALL = "all"
Whom = Annotated[str, typer.Argument(help="The colleague's e-mail address.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Alerts: what colleagues are told without asking.", no_args_is_help=True)
    group.command("list", help=_LIST)(every)
    group.command("look", help=_LOOK)(look)
    group.command("preferences", help=_PREFERENCES)(preferences)
    group.command("choose", help=_CHOOSE)(choose)
    app.add_typer(group, name="alert")


def every(
    kind: Annotated[str, typer.Option(help="Only of this kind, as overdue_case.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="Most to list.")] = 50,
    as_json: Json = False,
) -> None:
    from nineplus.cli import use_store

    use_store()
    from nineplus.store.models import Raised

    rows = Raised.objects.filter(**({"kind": kind} if kind else {})).order_by("-pk")[:limit]
    told = [
        {"at": row.at.isoformat(timespec="seconds"), "kind": row.kind, "title": row.title, "detail": row.detail}
        for row in rows
    ]
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    from nineplus.cli._clock import company_clock

    clock = company_clock()
    for one in told:
        typer.echo(f"{clock(one['at'])}  {one['kind']:<21} {one['title']}")
    if not told:
        typer.echo("Nothing was raised yet.", err=True)


def look(as_json: Json = False) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.act.alerts import looking

    told = looking.look(now=timezone.now())
    typer.echo(
        json.dumps({"told": told}) if as_json else f"{told} {'person was' if told == 1 else 'people were'} told."
    )


def preferences(whom: Whom, as_json: Json = False) -> None:
    from nineplus.stages.act.alerts.timing import choice_of

    _show(choice_of(_user(whom)), as_json=as_json)


def choose(
    whom: Whom,
    on: Annotated[list[str] | None, typer.Option(help="A kind to be told of, or all.")] = None,
    off: Annotated[list[str] | None, typer.Option(help="A kind not to be told of, or all.")] = None,
    mail: Annotated[str | None, typer.Option(help="When by e-mail: at_once, daily, weekly or never.")] = None,
    hour: Annotated[int | None, typer.Option(help="The hour of daily and weekly letters, 0 to 23.")] = None,
    day: Annotated[str | None, typer.Option(help="The day of weekly letters, as friday.")] = None,
    slack: Annotated[bool | None, typer.Option("--slack/--no-slack", help="By direct message in Slack too.")] = None,
    quiet: Annotated[str | None, typer.Option(help="Hours in which nothing is sent, as 20-7.")] = None,
    no_quiet: Annotated[bool, typer.Option("--no-quiet", help="No such hours.")] = False,
    zone: Annotated[str | None, typer.Option(help="Whose clock counts, as Europe/Berlin; or company.")] = None,
    as_json: Json = False,
) -> None:
    if quiet is not None and no_quiet:
        raise typer.BadParameter("Say either --quiet or --no-quiet.")
    first, last = _hours(quiet) if quiet is not None else (None, None)
    said = {
        **{"mailed": mail, "digest_hour": hour, "digest_day": day.lower() if day else None, "slack": slack},
        "time_zone": "" if zone == "company" else zone,
    }
    changes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if quiet is not None or no_quiet:
        changes |= {"quiet_from": first, "quiet_to": last}
    user = _user(whom)
    from django.utils import timezone

    from nineplus.stages.act.alerts import choosing
    from nineplus.stages.act.alerts.kinds import KINDS

    wanted, unwanted = set(on or ()), set(off or ())
    if _ALL in unwanted:
        unwanted = KINDS.keys() - wanted
    elif _ALL in wanted:
        wanted = KINDS.keys() - unwanted
    _show(choosing.change(user, on=wanted, off=unwanted, **changes, now=timezone.now()), as_json=as_json)
    if slack:
        typer.echo(_in_slack(user), err=True)


def _show(choice: AlertChoice, *, as_json: bool) -> None:
    from nineplus.stages.act.alerts import sentences
    from nineplus.stages.act.alerts.kinds import KINDS
    from nineplus.stages.act.alerts.timing import zone_of

    if as_json:
        names = ("mailed", "digest_hour", "digest_day", "quiet_from", "quiet_to", "slack", "time_zone")
        kinds = [kind for kind in KINDS if kind not in choice.unwanted]
        told = {"kinds": kinds, **{name: getattr(choice, name) for name in names}}
        typer.echo(json.dumps(told, indent=2))
        return
    said = sentences.chosen(choice, kinds=len(KINDS)).replace("You are told", f"{choice.user.email} is told", 1)
    typer.echo(f"{said} The clock is that of {zone_of(choice).key}.")
    for kind, title in KINDS.items():
        typer.echo(f"  {'off' if kind in choice.unwanted else 'on':<4} {kind:<21} {title}")


def _in_slack(user: User) -> str:
    """Does Slack know them? As the page tells whoever chooses it there."""
    from django.utils import timezone

    from nineplus.stages.act.chat import personal
    from nineplus.stages.errors import NotPossible

    try:
        return personal.connect(user, now=timezone.now())
    except NotPossible as problem:
        return str(problem)


def _hours(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not dash or not (first.isdecimal() and last.isdecimal() and len(text) <= 5):
        raise typer.BadParameter("Write quiet hours as 20-7.")
    return int(first), int(last)


def _user(email: str) -> User:
    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.govern import people

    return people.called(email)
