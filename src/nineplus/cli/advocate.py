"""nineplus advocate: who speaks for you, programmes, acts, rewards, and promoters who became advocates."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nineplus.cli import _advocates_programmes as programmes
from nineplus.cli import _advocates_told as told

_LIST = """List who speaks for you, the newest first, with their points and what they did.

Examples:

  nineplus advocate list --limit 20 --json
"""
_SHOW = """Show one advocate: acts, referrals, points.

Examples:

  nineplus advocate show 12
"""
_ACT = """Put an act into another stage, or give it to a colleague. Without either: show it.

Stages: asked, agreed, doing, done, declined.

Examples:

  nineplus advocate act 7 --stage done --note "They talked with Acme"

  nineplus advocate act 7 --owner ada@example.org
"""
_REWARD = """List the requests for rewards that wait; or give one, or refuse it with why.

Examples:

  nineplus advocate reward

  nineplus advocate reward 3 --give --code MUG-17

  nineplus advocate reward 3 --refuse "Out of mugs"
"""
_CONVERSION = """Say what share of promoters did something for you within 90 days.

Examples:

  nineplus advocate conversion --year 2026 --json
"""


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Who speaks for you: programmes, acts, rewards.", no_args_is_help=True)
    for name, words, command in (
        ("list", _LIST, every),
        ("show", _SHOW, show),
        ("act", _ACT, act),
        ("reward", _REWARD, reward),
        ("conversion", _CONVERSION, conversion),
    ):
        group.command(name, help=words)(command)
    programmes.register(group)
    app.add_typer(group, name="advocate")


def every(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most of them.")] = 50, as_json: told.Json = False
) -> None:
    def read(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import reading

        return [told.person(one) for one in reading.profiles(list(reading.everybody().order_by("-pk")[:limit]))]

    rows = told.done(read)
    if as_json:
        told.show(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']:>6}  {row['points']:>7} points  {row['acts'].get('done', 0):>3} done  {row['name']}")
    if not rows:
        typer.echo("Nobody speaks for you yet.", err=True)


def show(number: Annotated[int, typer.Argument(help="The advocate's number.")], as_json: told.Json = False) -> None:
    def read(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import ledger, reading

        found = reading.one(number)
        lines = ledger.lines(found.advocate).order_by("-pk")[:20].values_list("at", "points", "why")
        ledger_lines = [{"at": at.isoformat(), "points": points, "why": why} for at, points, why in lines]
        return {**told.person(found), "ledger": ledger_lines}

    row = told.done(read)
    if as_json:
        told.show(row)
        return
    level = f", {row['level']}" if row["level"] else ""
    typer.echo(f"{row['name']} ({row['points']} points{level})")
    for title, counts in (("acts", row["acts"]), ("referrals", row["referrals"])):
        typer.echo(f"  {title}: " + (", ".join(f"{n} {name}" for name, n in counts.items()) or "none"))
    for line in row["ledger"]:
        typer.echo(f"  {line['at'][:10]}  {line['points']:>+7}  {line['why']}")


def act(
    number: Annotated[int, typer.Argument(help="The act's number.")],
    stage: Annotated[str, typer.Option(help="The stage that it is in now.")] = "",
    note: Annotated[str, typer.Option(help="What happened.")] = "",
    owner: Annotated[str, typer.Option(help="A colleague's e-mail address; - for nobody.")] = "",
    as_json: told.Json = False,
) -> None:
    def work(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import acts

        to = None if owner in ("", "-") else _colleague(owner)
        if owner:
            acts.give_to(number, owner=to, by=None, now=now)
        if stage:
            acts.move(number, stage=stage, note=note, by=None, now=now)
        return told.act(acts.one(number))

    row = told.done(work)
    if as_json:
        told.show(row)
        return
    typer.echo(f"{row['id']}: {row['programme']}, {row['stage']}" + (f", {row['owner']}" if row["owner"] else ""))


def reward(
    number: Annotated[int | None, typer.Argument(help="The request's number.")] = None,
    give: Annotated[bool, typer.Option("--give", help="Give it.")] = False,
    code: Annotated[str, typer.Option(help="The code, when the reward has no list of codes.")] = "",
    refuse: Annotated[str, typer.Option(help="Refuse it, with why.")] = "",
    as_json: told.Json = False,
) -> None:
    if number is not None and give == bool(refuse):
        typer.echo("Say either --give or --refuse with why.", err=True)
        raise typer.Exit(1)

    def work(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import rewards

        if number is not None:
            rewards.settle(number, give=give, why=refuse, code=code, by=None, now=now)
        rows = rewards.requests()
        return [told.request(row) for row in (rows.filter(pk=number) if number else rows.filter(state="waiting"))]

    rows = told.done(work)
    if as_json:
        told.show(rows)
        return
    for row in rows:
        doubts = f"  ({' '.join(row['doubts'])})" if row["doubts"] else ""
        typer.echo(f"{row['id']:>6}  {row['state']}  {row['reward']}{doubts}")
    if not rows:
        typer.echo("No request waits.", err=True)


def conversion(
    year: Annotated[int | None, typer.Option(help="The year of the first answers; without it: this one.")] = None,
    as_json: told.Json = False,
) -> None:
    def read(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates.conversion import conversion

        found = conversion(year=year, now=now)
        return {
            "year": found.year,
            "all": told.share(found.all),
            "programmes": [{"name": of.name, **told.share(one)} for of, one in found.programmes],
            "months": [{"month": month, **told.share(one)} for month, one in found.months.items()],
        }

    row = told.done(read)
    if as_json:
        told.show(row)
        return
    typer.echo(f"{told.in_words(row['all'])}; the 90 days of {row['all']['not_known']} are not over.")
    for one in row["programmes"]:
        typer.echo(f"  {one['name']}: {told.in_words(one)}")
    for one in row["months"]:
        typer.echo(f"  {row['year']}-{one['month']:02}: {told.in_words(one)}, {one['not_known']} not known yet")


def _colleague(address: str) -> Any:
    from nineplus.stages.errors import NotFound
    from nineplus.store.models import User

    user = User.objects.filter(email__iexact=address.strip(), is_active=True).first()
    if user is None:
        raise NotFound("There is no colleague of this address.")
    return user
