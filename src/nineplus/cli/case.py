"""nineplus case list, show, open, assign, contact, note, close: whom a person of yours owes an answer."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

_LIST = """List the follow-ups, the soonest due first.

Examples:

  nineplus case list

  nineplus case list --view overdue --json
"""
_SHOW = """Show one follow-up: who it is, what they said, the letters both ways, and its history.

Examples:

  nineplus case show 12

  nineplus case show 12 --json
"""
_OPEN = """Open a follow-up by hand. One that is open for that customer takes this in.

Examples:

  nineplus case open --response 340 --note "They wrote to the press"

  nineplus case open --account 7 --owner ada@example.com --json
"""
_ASSIGN = """Give a follow-up to a colleague, or to nobody: into the queue.

Examples:

  nineplus case assign 12 ada@example.com

  nineplus case assign 12 --nobody
"""
_CONTACT = """Note that a person of yours reached the customer.

Examples:

  nineplus case contact 12 --way call --note "They want a date"
"""
_NOTE = """Write a note for colleagues.

Examples:

  nineplus case note 12 "Their contract ends in March"
"""
_CLOSE = """Close a follow-up with what came of it. --causes lists what can lie behind one.

Examples:

  nineplus case close 12 --outcome solved --cause performance --note "The export is fast again"

  nineplus case close --causes
"""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(help="The case's number.")]
As = Annotated[str, typer.Option("--as", help="Whose act it is: a colleague's e-mail address.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Follow-ups: customers who are owed an answer by a person.", no_args_is_help=True)
    for name, words, command in (
        ("list", _LIST, every),
        ("show", _SHOW, show),
        ("open", _OPEN, open_),
        ("assign", _ASSIGN, assign),
        ("contact", _CONTACT, contact),
        ("note", _NOTE, note),
        ("close", _CLOSE, close),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="case")


def every(
    view: Annotated[str, typer.Option(help="all, queue, overdue, waiting or closed.")] = "all",
    search: Annotated[str, typer.Option(help="A part of the customer's name or address, or the number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most cases to list.")] = 50,
    as_json: Json = False,
) -> None:
    def ask(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.cases import reading

        return reading.cases(reading.Asked(view=view, search=search), by=None, limit=limit, now=now).lines

    lines = _done(ask)
    rows = [{**_row(line.case), "customer": line.customer, "score": line.score, "overdue": line.late} for line in lines]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from nineplus.cli._clock import company_clock

    clock = company_clock()
    for row in rows:
        due = "overdue" if row["overdue"] else clock(row["next_at"]) or "-"
        score = "-" if row["score"] is None else row["score"]
        typer.echo(
            f"{row['id']:>6}  {score:>2}  {row['state']:<8} {row['priority']:<7} {due:<21} "
            f"{row['customer']}  ({row['owner'] or 'nobody'})"
        )
    if not rows:
        typer.echo("No case is like that.", err=True)


def show(number: Number, as_json: Json = False) -> None:
    def ask(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.cases import reading

        return reading.detail(number, now=now)

    from nineplus.cli import _case_told

    found = _done(ask)
    if as_json:
        typer.echo(json.dumps(_case_told.as_data(found), indent=2, ensure_ascii=False))
        return
    for line in _case_told.as_lines(found):
        typer.echo(line)


def open_(
    response: Annotated[int | None, typer.Option(help="The id of an answer.")] = None,
    account: Annotated[int | None, typer.Option(help="The id of an account.")] = None,
    contact: Annotated[int | None, typer.Option(help="The id of a contact.")] = None,
    note: Annotated[str, typer.Option(help="What it is about.")] = "",
    owner: Annotated[str, typer.Option(help="A colleague's e-mail address; left out: by the rules.")] = "",
    as_json: Json = False,
) -> None:
    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.cases import opening
        from nineplus.stages.errors import NotFound
        from nineplus.store.models import Account, Contact, Response

        def row(model, pk):  # type: ignore[no-untyped-def]
            found = model.objects.filter(pk=pk).first()
            if pk is not None and found is None:
                raise NotFound(f"There is no {model.__name__.lower()} {pk}.")
            return found

        answer, person = row(Response, response), row(Contact, contact)
        person = person or (answer.contact if answer else None)
        company = row(Account, account) or (answer.account if answer else None) or (person.account if person else None)
        return opening.open_case(
            account=company,
            contact=person,
            reason=opening.BY_HAND,
            response=answer,
            note=note,
            owner=_user(owner).pk if owner else None,
            now=now,
        )

    made = _done(act)
    if as_json:
        typer.echo(json.dumps({**_row(made.case), "new": made.new}))
        return
    typer.echo(f"Case {made.case.pk} is open." if made.new else f"Case {made.case.pk} was open: this is in it now.")


def assign(
    number: Number,
    to: Annotated[str, typer.Argument(help="The colleague's e-mail address.")] = "",
    nobody: Annotated[bool, typer.Option("--nobody", help="Into the queue.")] = False,
    as_json: Json = False,
) -> None:
    if bool(to) == nobody:
        typer.echo("Say to whom, or --nobody.", err=True)
        raise typer.Exit(2)

    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.cases import owning

        return owning.assign(number, to=_user(to).pk if to else None, by=None, now=now)

    _say(_done(act), f"{to} has it." if to else "It waits in the queue.", as_json)


def contact(
    number: Number,
    way: Annotated[str, typer.Option(help="call, email, meeting, chat or other.")] = "call",
    note: Annotated[str, typer.Option(help="What was said.")] = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.cases import working

        return working.contact(number, way=way, text=note, by=_user(by) if by else None, now=now)

    _say(_done(act), "Noted: they have heard from you.", as_json)


def note(
    number: Number,
    text: Annotated[str, typer.Argument(help="What colleagues should know.")],
    by: As = "",
    as_json: Json = False,
) -> None:
    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.cases import working

        return working.note(number, text=text, by=_user(by) if by else None, now=now)

    _say(_done(act), "Noted.", as_json)


def close(
    number: Annotated[int | None, typer.Argument(help="The case's number.")] = None,
    outcome: Annotated[
        str, typer.Option(help="solved, explained, promised, no_answer, not_wanted, mistake or lost.")
    ] = "",
    cause: Annotated[str, typer.Option(help="The root cause, as --causes lists them.")] = "",
    note: Annotated[str, typer.Option(help="What was done, in a sentence.")] = "",
    by: As = "",
    causes: Annotated[bool, typer.Option("--causes", help="List what can lie behind a case.")] = False,
    as_json: Json = False,
) -> None:
    if causes:
        from nineplus.cli import use_store

        use_store()
        from nineplus.stages.act.cases.causes import every as known

        found = dict(known())
        typer.echo(json.dumps(found, indent=2) if as_json else "\n".join(f"{k:<34} {v}" for k, v in found.items()))
        return
    if number is None:
        typer.echo("Say which case, by its number.", err=True)
        raise typer.Exit(2)

    def act(now):  # type: ignore[no-untyped-def]
        from nineplus.stages.act.cases import working

        return working.close(
            number, outcome=outcome, root_cause=cause, note=note, by=_user(by) if by else None, now=now
        )

    _say(_done(act), "Closed.", as_json)


# -- small --------------------------------------------------------------------------------------------------------


def _say(case, words: str, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    typer.echo(json.dumps(_row(case)) if as_json else words)


def _row(case) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    times = ("opened_at", "due_at", "contacted_at", "next_at", "closed_at")
    return {
        "id": case.pk,
        "state": str(case.state),
        "priority": str(case.priority),
        "reason": case.reason,
        "account": case.account_id,
        "contact": case.contact_id,
        "owner": case.owner.email if case.owner else None,
        **{name: _at(getattr(case, name)) for name in times},
        "outcome": case.outcome,
        "root_cause": case.root_cause,
    }


def _at(at) -> str | None:  # type: ignore[no-untyped-def]
    return at.isoformat(timespec="seconds") if at else None


def _user(email: str):  # type: ignore[no-untyped-def]
    from nineplus.stages.errors import NotFound
    from nineplus.store.models import User

    found = User.objects.filter(email__iexact=email.strip()).first()
    if found is None:
        raise NotFound(f"Nobody here has the address {email}.")
    return found


def _done(act):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible

    try:
        return act(timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
