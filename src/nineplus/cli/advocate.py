"""nineplus advocate: who speaks for you, programmes, acts, rewards, and promoters who became advocates."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from nineplus.cli import _advocates_told as told

_LIST = """List who speaks for you, the newest first, with their points and what they did.

Examples:

  nineplus advocate list --limit 20 --json
"""
_SHOW = """Show one advocate: acts, referrals, points.

Examples:

  nineplus advocate show 12
"""
_PROGRAMMES = """List the programmes: who was asked, who agreed, what came of it, what is left of the budget.

Examples:

  nineplus advocate programmes --json
"""
_ASK = """Ask whoever a programme is for: the worker writes the letters, and nobody is asked twice.

Examples:

  nineplus advocate ask "Reference calls" --dry-run

  nineplus advocate ask "Reference calls"
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
_LIMIT = """Settle how many acts of a kind one person does in a quarter; 0 lifts it. Without a kind: list the limits.

Examples:

  nineplus advocate limit reference 2
"""
_BUDGET = """Bound what a programme's rewards cost in a month, quarter or year (UTC), in minor units such as cents.

Without an amount: show how it stands. --lift takes the bound away.

Examples:

  nineplus advocate budget "Reference calls" 50000 --currency EUR --per quarter
"""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Who speaks for you: programmes, acts, rewards.", no_args_is_help=True)
    for name, words, command in (
        ("list", _LIST, every),
        ("show", _SHOW, show),
        ("programmes", _PROGRAMMES, programmes),
        ("ask", _ASK, ask),
        ("act", _ACT, act),
        ("reward", _REWARD, reward),
        ("conversion", _CONVERSION, conversion),
        ("limit", _LIMIT, limit),
        ("budget", _BUDGET, budget),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="advocate")


def every(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most of them.")] = 50, as_json: Json = False
) -> None:
    def read(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import reading

        return [told.person(one) for one in reading.profiles(list(reading.everybody().order_by("-pk")[:limit]))]

    rows = _done(read)
    if as_json:
        _print(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']:>6}  {row['points']:>7} points  {row['acts'].get('done', 0):>3} done  {row['name']}")
    if not rows:
        typer.echo("Nobody speaks for you yet.", err=True)


def show(number: Annotated[int, typer.Argument(help="The advocate's number.")], as_json: Json = False) -> None:
    def read(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import ledger, reading

        found = reading.one(number)
        lines = ledger.lines(found.advocate).order_by("-pk")[:20].values_list("at", "points", "why")
        ledger_lines = [{"at": at.isoformat(), "points": points, "why": why} for at, points, why in lines]
        return {**told.person(found), "ledger": ledger_lines}

    row = _done(read)
    if as_json:
        _print(row)
        return
    level = f", {row['level']}" if row["level"] else ""
    typer.echo(f"{row['name']} ({row['points']} points{level})")
    for title, counts in (("acts", row["acts"]), ("referrals", row["referrals"])):
        typer.echo(f"  {title}: " + (", ".join(f"{n} {name}" for name, n in counts.items()) or "none"))
    for line in row["ledger"]:
        typer.echo(f"  {line['at'][:10]}  {line['points']:>+7}  {line['why']}")


def programmes(as_json: Json = False) -> None:
    def read(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import budgets, programmes

        return [told.programme(one, budgets.budget(one.programme, now=now)) for one in programmes.every()]

    rows = _done(read)
    if as_json:
        _print(rows)
        return
    for row in rows:
        state = "on " if row["on"] else "off"
        typer.echo(f"{row['id']:>6}  {state}  {row['asked']:>6} asked  {row['done']:>5} done  {row['name']}")
    if not rows:
        typer.echo("There are no programmes.", err=True)


def ask(
    name: Annotated[str, typer.Argument(help="The programme's name.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who would be asked; ask nobody.")] = False,
    as_json: Json = False,
) -> None:
    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import asking, programmes

        programme = programmes.named(name)
        found = asking.preview(programme, now=now)
        if not dry_run:
            asking.begin(programme.pk, now=now)
        reasons = {asking.REASONS[why]: n for why, n in found.refused.items()}
        return {"asked": not dry_run, "reached": found.reached, "refused": reasons, "trouble": found.trouble}

    row = _done(act)
    if as_json:
        _print(row)
        return
    typer.echo(f"{row['reached']} {'are asked: the worker writes to them.' if row['asked'] else 'would be asked.'}")
    for reason, n in row["refused"].items():
        typer.echo(f"{n:>6} not: {reason}")
    if row["trouble"]:
        typer.echo(row["trouble"], err=True)


def act(
    number: Annotated[int, typer.Argument(help="The act's number.")],
    stage: Annotated[str, typer.Option(help="The stage that it is in now.")] = "",
    note: Annotated[str, typer.Option(help="What happened.")] = "",
    owner: Annotated[str, typer.Option(help="A colleague's e-mail address; - for nobody.")] = "",
    as_json: Json = False,
) -> None:
    def work(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import acts

        to = None if owner in ("", "-") else _colleague(owner)
        if owner:
            acts.give_to(number, owner=to, by=None, now=now)
        if stage:
            acts.move(number, stage=stage, note=note, by=None, now=now)
        return told.act(acts.one(number))

    row = _done(work)
    if as_json:
        _print(row)
        return
    typer.echo(f"{row['id']}: {row['programme']}, {row['stage']}" + (f", {row['owner']}" if row["owner"] else ""))


def reward(
    number: Annotated[int | None, typer.Argument(help="The request's number.")] = None,
    give: Annotated[bool, typer.Option("--give", help="Give it.")] = False,
    code: Annotated[str, typer.Option(help="The code, when the reward has no list of codes.")] = "",
    refuse: Annotated[str, typer.Option(help="Refuse it, with why.")] = "",
    as_json: Json = False,
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

    rows = _done(work)
    if as_json:
        _print(rows)
        return
    for row in rows:
        doubts = f"  ({' '.join(row['doubts'])})" if row["doubts"] else ""
        typer.echo(f"{row['id']:>6}  {row['state']}  {row['reward']}{doubts}")
    if not rows:
        typer.echo("No request waits.", err=True)


def conversion(
    year: Annotated[int | None, typer.Option(help="The year of the first answers; without it: this one.")] = None,
    as_json: Json = False,
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

    row = _done(read)
    if as_json:
        _print(row)
        return
    typer.echo(f"{told.in_words(row['all'])}; the 90 days of {row['all']['not_known']} are not over.")
    for one in row["programmes"]:
        typer.echo(f"  {one['name']}: {told.in_words(one)}")
    for one in row["months"]:
        typer.echo(f"  {row['year']}-{one['month']:02}: {told.in_words(one)}, {one['not_known']} not known yet")


def limit(
    kind: Annotated[str, typer.Argument(help="The kind of programme, such as reference.")] = "",
    most: Annotated[int | None, typer.Argument(min=0, help="Acts of one person in a quarter; 0: no limit.")] = None,
    as_json: Json = False,
) -> None:
    if kind and most is None:
        typer.echo("Say how many, or 0 for no limit.", err=True)
        raise typer.Exit(1)

    def work(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import limits

        if kind:
            limits.set_limit(kind, most or None)
        return dict(limits.limits())

    rows = _done(work)
    if as_json:
        _print(rows)
        return
    for name, number in rows.items():
        typer.echo(f"{name}: at most {number} a quarter")
    if not rows:
        typer.echo("There are no limits.", err=True)


def budget(
    name: Annotated[str, typer.Argument(help="The programme's name.")],
    amount: Annotated[int | None, typer.Argument(min=0, help="In minor units, such as cents.")] = None,
    currency: Annotated[str, typer.Option(help="Three letters.")] = "",
    per: Annotated[str, typer.Option(help="month, quarter or year.")] = "month",
    lift: Annotated[bool, typer.Option("--lift", help="Take the bound away.")] = False,
    as_json: Json = False,
) -> None:
    def work(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import budgets, programmes

        programme = programmes.named(name)
        if amount is not None or lift:
            minor = None if lift else amount
            programme = budgets.set_budget(programme.pk, budget_minor=minor, currency=currency, period=per)
        return told.budget(budgets.budget(programme, now=now))

    row = _done(work)
    if as_json:
        _print(row)
        return
    if row is None:
        typer.echo("Its rewards are not bounded by a period.")
        return
    money = f"{row['spent_minor']} of {row['budget_minor']} {row['currency']}"
    typer.echo(f"{money} in minor units are spent this {row['period']}.")


def _colleague(address: str) -> Any:
    from nineplus.stages.errors import NotFound
    from nineplus.store.models import User

    user = User.objects.filter(email__iexact=address.strip(), is_active=True).first()
    if user is None:
        raise NotFound("There is no colleague of this address.")
    return user


def _print(found: Any) -> None:
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _done(work):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible

    try:
        return work(timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
