"""nineplus match list, accept, refuse, merges, undo: who is who across systems."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

_LIST = """List pairs that may be the same person or company, the likeliest first.

Examples:

  nineplus match list

  nineplus match list --table account --json
"""
_ACCEPT = """The two are the same: join them. All that the one has moves to the other, and can be taken back.

Examples:

  nineplus match accept 12

  nineplus match accept 12 --keep 340

  nineplus match accept --reason spelling --table contact
"""
_REFUSE = """The two are different: the pair does not come back.

Examples:

  nineplus match refuse 12
"""
_MERGES = """List what was joined, the newest first, with its number for `undo`.

Examples:

  nineplus match merges --json
"""
_UNDO = """Take a joining back: two records again, each with what it had.

Examples:

  nineplus match undo 7
"""
_LOOK = """Look for pairs now, in what changed since the last look. The worker does it by itself.

Examples:

  nineplus match look
"""
Table = Annotated[str, typer.Option(help="contact or account; both when left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Who is who: records that may be the same person or company.", no_args_is_help=True)
    group.callback()(lambda: None)
    for name, words, command in (
        ("list", _LIST, every),
        ("accept", _ACCEPT, accept),
        ("refuse", _REFUSE, refuse),
        ("merges", _MERGES, merges),
        ("undo", _UNDO, undo),
        ("look", _LOOK, look),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="match")


def every(
    table: Table = "",
    reason: Annotated[str, typer.Option(help="Only pairs of this reason.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most pairs to list.")] = 50,
    as_json: Json = False,
) -> None:
    def ask(reviewing, _now):  # type: ignore[no-untyped-def]
        return reviewing.pairs(list(reviewing.waiting(table=table, reason=reason)[:limit]))

    rows = [_row(pair) for pair in _done(ask)]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        both = " = ".join(f"{row[side]['name']} ({row[side]['id']})" for side in ("left", "right"))
        typer.echo(f"{row['id']:>6}  {row['confidence']:>3}  {both}")
        typer.echo(f"             {row['words']}")
    if not rows:
        typer.echo("Nobody is in doubt.", err=True)


def accept(
    number: Annotated[int | None, typer.Argument(help="The pair's number, as `match list` shows it.")] = None,
    keep: Annotated[int | None, typer.Option(help="The id of the record that stays.")] = None,
    reason: Annotated[str, typer.Option(help="Instead of a number: all pairs of this reason, 200 at once.")] = "",
    table: Annotated[str, typer.Option(help="Of which table: contact or account.")] = "contact",
    as_json: Json = False,
) -> None:
    if (number is None) == (not reason):
        typer.echo("Say the number of one pair, or a reason for all that have it.", err=True)
        raise typer.Exit(2)
    if number is None:
        joined = _done(lambda reviewing, now: reviewing.accept_all(table=table, reason=reason, now=now))
        typer.echo(json.dumps({"joined": joined}) if as_json else f"{joined} pairs joined.")
        return
    made = _done(lambda reviewing, now: reviewing.accept(number, kept=keep, now=now))
    told = {"merge": made.pk, "kept": made.kept, "gone": made.gone}
    typer.echo(json.dumps(told) if as_json else f"Joined as merge {made.pk}: {made.gone} is {made.kept} now.")


def refuse(number: Annotated[int, typer.Argument(help="The pair's number.")]) -> None:
    _done(lambda reviewing, now: reviewing.refuse(number, now=now))
    typer.echo(f"Pair {number} is two, and will not come back.")


def merges(
    table: Annotated[str, typer.Option(help="contact, account, or works for people put under accounts.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    as_json: Json = False,
) -> None:
    found = _done(lambda reviewing, _now: reviewing.in_words(list(reviewing.merges(table=table)[:limit])))
    rows = [
        {
            "id": one.merge.pk,
            "table": one.merge.table,
            "kept": one.merge.kept,
            "kept_name": one.kept,
            "gone": one.merge.gone,
            "gone_name": one.gone,
            "reason": one.merge.reason,
            "at": one.merge.at.isoformat(timespec="seconds"),
            "undone_at": one.merge.undone_at.isoformat(timespec="seconds") if one.merge.undone_at else None,
        }
        for one in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        undone = "  taken back" if row["undone_at"] else ""
        typer.echo(f"{row['id']:>6}  {row['at']}  {row['gone_name']} -> {row['kept_name']}{undone}")
    if not rows:
        typer.echo("Nothing was joined yet.", err=True)


def undo(
    number: Annotated[int, typer.Argument(help="The merge's number, as `match merges` shows it.")],
    as_json: Json = False,
) -> None:
    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.connect.identity import taking_back

    done = _done(lambda _reviewing, now: taking_back.undo(number, now=now))
    if as_json:
        typer.echo(json.dumps({"back": done.back, "left": dict(done.left)}))
        return
    typer.echo(f"Taken back: {done.back} rows returned.")
    for name, rows in done.left.items():
        typer.echo(f"  {rows} of {name} changed since: they stay as they are.", err=True)


def look(as_json: Json = False) -> None:
    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.connect.identity import looking

    done = _done(lambda _reviewing, now: looking.look(now=now))
    told = {"rows": done.rows, "joined": done.joined, "placed": done.placed, "suggested": done.suggested}
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(
        f"{done.rows} records looked at: {done.joined} joined, {done.placed} people put under their accounts, "
        f"{done.suggested} pairs in doubt."
    )


def _row(pair) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    return {
        "id": pair.match.pk,
        "table": pair.match.table,
        "confidence": pair.match.confidence,
        "reason": pair.match.reason,
        "words": pair.words,
        "state": pair.match.state,
        "left": _side(pair.left),
        "right": _side(pair.right),
    }


def _side(side) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    return {
        "id": side.pk,
        "name": side.name or side.external_id,
        "addresses": list(side.addresses),
        "account": side.account,
        "answers": side.answers,
        "tickets": side.tickets,
        "systems": list(side.systems),
    }


def _done(ask):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.connect.identity import reviewing
    from nineplus.stages.errors import NotPossible

    try:
        return ask(reviewing, timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
