"""nineplus advocate: programmes, whom they ask and how often, and what they may spend."""

from __future__ import annotations

from typing import Annotated

import typer

from nineplus.cli import _advocates_told as told

_PROGRAMMES = """List the programmes: who was asked, who agreed, what came of it, what is left of the budget.

Examples:

  nineplus advocate programmes --json
"""
_TERMS = """Show or change whom a programme asks: how old their last answer is, and how often they are asked.

Without an option: show.

Examples:

  nineplus advocate terms "Reference calls"

  nineplus advocate terms "Reference calls" --answers-within 90 --cool-off 14
"""
_ASK = """Ask whoever a programme is for: the worker writes the letters, and nobody is asked twice.

Or send the letter to one address as a test: its links keep nothing.

Examples:

  nineplus advocate ask "Reference calls" --dry-run

  nineplus advocate ask "Reference calls" --test ada@example.org

  nineplus advocate ask "Reference calls"
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
Name = Annotated[str, typer.Argument(help="The programme's name.")]


def register(group: typer.Typer) -> None:
    for name, words, command in (
        ("programmes", _PROGRAMMES, programmes),
        ("terms", _TERMS, terms),
        ("ask", _ASK, ask),
        ("limit", _LIMIT, limit),
        ("budget", _BUDGET, budget),
    ):
        group.command(name, help=words)(command)


def programmes(as_json: told.Json = False) -> None:
    def read(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import budgets, programmes

        return [told.programme(one, budgets.budget(one.programme, now=now)) for one in programmes.every()]

    rows = told.done(read)
    if as_json:
        told.show(rows)
        return
    for row in rows:
        state = "on " if row["on"] else "off"
        typer.echo(f"{row['id']:>6}  {state}  {row['asked']:>6} asked  {row['done']:>5} done  {row['name']}")
    if not rows:
        typer.echo("There are no programmes.", err=True)


def terms(
    name: Name,
    answers_within: Annotated[
        int | None, typer.Option(help="Ask on answers of the last so many days, at most.")
    ] = None,
    cool_off: Annotated[int | None, typer.Option(help="Days to wait after their answer.")] = None,
    asks: Annotated[int | None, typer.Option(help="Asks of one person in 90 days, of all programmes.")] = None,
    rest: Annotated[int | None, typer.Option(help="Days to let people alone after another programme.")] = None,
    as_json: told.Json = False,
) -> None:
    given = {
        "answers_within_days": answers_within,
        "cool_off_days": cool_off,
        "asks_in_90_days": asks,
        "rest_days": rest,
    }
    wanted = {term: value for term, value in given.items() if value is not None}

    def work(now):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        from nineplus.stages.act.advocates import programmes

        programme = programmes.named(name)
        if wanted:
            changed = replace(programmes.drawn(programme), **wanted)
            programme = programmes.save(changed, pk=programme.pk, by=None, now=now)
        return told.terms(programme)

    row = told.done(work)
    if as_json:
        told.show(row)
        return
    typer.echo(f"{row['name']}: on answers {row['cool_off_days']} to {row['answers_within_days']} days old,")
    typer.echo(f"asks of one person in 90 days, of all programmes: at most {row['asks_in_90_days']},")
    typer.echo(f"and not within {row['rest_days']} days after another programme asked them.")


def ask(
    name: Name,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who would be asked; ask nobody.")] = False,
    test: Annotated[str, typer.Option(metavar="ADDRESS", help="Only to this address, as a test.")] = "",
    as_json: told.Json = False,
) -> None:
    if test and dry_run:
        raise typer.BadParameter("--test sends a letter, --dry-run sends none: one of them.")
    if test:
        _send_test(name, to=test, as_json=as_json)
        return

    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import asking, programmes

        programme = programmes.named(name)
        found = asking.preview(programme, now=now)
        if not dry_run:
            asking.begin(programme.pk, now=now)
        reasons = {asking.REASONS[why]: n for why, n in found.refused.items()}
        return {"asked": not dry_run, "reached": found.reached, "refused": reasons, "trouble": found.trouble}

    row = told.done(act)
    if as_json:
        told.show(row)
        return
    typer.echo(f"{row['reached']} {'are asked: the worker writes to them.' if row['asked'] else 'would be asked.'}")
    for reason, n in row["refused"].items():
        typer.echo(f"{n:>6} not: {reason}")
    if row["trouble"]:
        typer.echo(row["trouble"], err=True)


def _send_test(name: str, *, to: str, as_json: bool) -> None:
    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import programmes, trying

        programme = programmes.named(name)
        return {"id": programme.pk, "test": trying.send_test(programme.pk, to=to, now=now).address}

    row = told.done(act)
    if as_json:
        told.show(row)
        return
    typer.echo(f"On its way to {row['test']}. Its links keep nothing.")


def limit(
    kind: Annotated[str, typer.Argument(help="The kind of programme, such as reference.")] = "",
    most: Annotated[int | None, typer.Argument(min=0, help="Acts of one person in a quarter; 0: no limit.")] = None,
    as_json: told.Json = False,
) -> None:
    if kind and most is None:
        typer.echo("Say how many, or 0 for no limit.", err=True)
        raise typer.Exit(1)

    def work(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import limits

        if kind:
            limits.set_limit(kind, most or None)
        return dict(limits.limits())

    rows = told.done(work)
    if as_json:
        told.show(rows)
        return
    for name, number in rows.items():
        typer.echo(f"{name}: at most {number} a quarter")
    if not rows:
        typer.echo("There are no limits.", err=True)


def budget(
    name: Name,
    amount: Annotated[int | None, typer.Argument(min=0, help="In minor units, such as cents.")] = None,
    currency: Annotated[str, typer.Option(help="Three letters.")] = "",
    per: Annotated[str, typer.Option(help="month, quarter or year.")] = "month",
    lift: Annotated[bool, typer.Option("--lift", help="Take the bound away.")] = False,
    as_json: told.Json = False,
) -> None:
    def work(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.advocates import budgets, programmes

        programme = programmes.named(name)
        if amount is not None or lift:
            minor = None if lift else amount
            programme = budgets.set_budget(programme.pk, budget_minor=minor, currency=currency, period=per)
        return told.budget(budgets.budget(programme, now=now))

    row = told.done(work)
    if as_json:
        told.show(row)
        return
    if row is None:
        typer.echo("Its rewards are not bounded by a period.")
        return
    money = f"{row['spent_minor']} of {row['budget_minor']} {row['currency']}"
    typer.echo(f"{money} in minor units are spent this {row['period']}.")
