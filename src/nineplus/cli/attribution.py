"""nineplus attribution show, set, relink, cancel, judge: the rule that ties answers to tickets, and is it right?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

_SHOW = """Say the rule in words, what is on its way, and how many links were judged by hand.

Examples:

  nineplus attribution show

  nineplus attribution show --json > rule.json
"""
_SET = """Make the next version of the rule. The worker links all answers by it; until then all show the one before.

What is not named stays as it is. Working hours and service levels are in a file, as [bold]show --json[/bold] writes it.

Examples:

  nineplus attribution set --window 14 --half-life 28

  nineplus attribution set --leave-out "category=Internal,Spam" --tiers T1,T2

  nineplus attribution set --file rule.json
"""
_RELINK = """Link all answers by the version that waits, here and now, without the worker.

Examples:

  nineplus attribution relink
"""
_CANCEL = """End the linking by a new version: the rule in force stays.

Examples:

  nineplus attribution cancel 3
"""

_JUDGE = """Say whether links are right: one after the other, or one by its number.

Of a hundred links judged by people nineplus knows how many of all are right. Draw them first, at random.

Examples:

  nineplus attribution judge --draw

  nineplus attribution judge

  nineplus attribution judge 17 no --json
"""


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Which tickets stand behind the scores.", no_args_is_help=True)
    group.callback()(lambda: None)
    for name, words, command in (
        ("show", _SHOW, show),
        ("set", _SET, change),
        ("relink", _RELINK, relink),
        ("cancel", _CANCEL, cancel),
        ("judge", _JUDGE, judge),
    ):
        group.command(name, help=words)(command)
    app.add_typer(group, name="attribution")


def show(as_json: Annotated[bool, typer.Option("--json", help="Print the rule as JSON.")] = False) -> None:
    from nineplus.cli import use_store

    use_store()
    from nineplus.rules.attribution import in_words
    from nineplus.stages.connect import attribution, auditing

    rule = attribution.current()
    if as_json:
        typer.echo(json.dumps(rule.to_dict(), indent=2))
        return
    typer.echo(f"Version {rule.version}")
    for sentence in in_words(rule):
        typer.echo(f"  {sentence}")
    typer.echo("For how many answers the ticket is known: nineplus analyze attribution", err=True)
    audit = auditing.audit()
    typer.echo(f"{audit.judged} of {audit.needed} links judged by hand.")
    if one := attribution.going():
        typer.echo(f"Version {one.version} is on its way: {one.steps_done} of {one.steps_total or '?'} steps.")


def change(
    window: Annotated[int | None, typer.Option(help="Days before an answer.")] = None,
    half_life: Annotated[int | None, typer.Option(help="Days after which a ticket weighs half.")] = None,
    tiers: Annotated[str | None, typer.Option(help="T1, T2, T3, separated by commas.")] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="label=value,value: such tickets explain nothing. May be repeated.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="The whole rule as JSON.")] = None,
) -> None:
    from dataclasses import replace

    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.model.attribution import LinkRule
    from nineplus.stages.connect import attribution

    try:
        rule = LinkRule.from_dict(json.loads(file.read_text())) if file else attribution.edited()
    except OSError as problem:
        _refuse(f"{file} cannot be read: {problem.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        _refuse(f"{file} holds no rule: {problem}")
    named: dict[str, Any] = {"window_days": window, "half_life_days": half_life}
    if tiers is not None:
        named["tiers"] = tuple(part.strip().upper() for part in tiers.split(",") if part.strip())
    if leave_out is not None:
        named["leave_out"] = tuple(_condition(text) for text in leave_out if text)
    rule = replace(rule, **{name: value for name, value in named.items() if value is not None})
    one = _done(lambda: attribution.save(rule, now=timezone.now()))
    typer.echo(f"Version {one.version} is saved. The worker links all answers by it.")


def relink() -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.mart.errors import MartBusy
    from nineplus.stages.analyze.relinking import relink as run
    from nineplus.stages.connect import attribution

    def told(step: str, done: int, total: int) -> None:
        typer.echo(f"{done}/{total} {step}", err=True)

    if attribution.going() is None:
        typer.echo("No version waits: all answers are linked by the rule in force.")
        return
    try:
        run(now=timezone.now(), progress=told)
    except MartBusy as reason:
        _refuse(str(reason))
    typer.echo(f"Version {attribution.current().version} is in force.")


def cancel(version: Annotated[int, typer.Argument(help="Which version.")]) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.connect import attribution

    _done(lambda: attribution.cancel(version=version, now=timezone.now()))
    typer.echo(f"Cancelled. Version {attribution.current().version} stays in force.")


def judge(
    number: Annotated[int | None, typer.Argument(help="The link's number. Left out: all that wait.")] = None,
    verdict: Annotated[str, typer.Argument(help="yes, no or unsure.")] = "",
    draw: Annotated[bool, typer.Option("--draw", help="Draw links at random first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print how far it is, and the next link, as JSON.")] = False,
) -> None:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.connect import auditing

    if draw:
        drawn = _done(lambda: auditing.draw(now=timezone.now()))
        typer.echo(f"{drawn} links drawn.", err=True)
    if number is not None:
        _done(lambda: auditing.judge(check=number, verdict=verdict, by=None, now=timezone.now()))
    elif not as_json:
        _one_by_one(auditing)
    audit, case = auditing.audit(), auditing.upcoming()
    if as_json:
        far = {name: getattr(audit, name) for name in ("version", "drawn", "open", "judged", "unsure", "needed")}
        typer.echo(json.dumps({**far, "next": _told(case) if case else None}, indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{audit.judged} of {audit.needed} links judged by hand.")
        if not audit.open and not audit.enough:
            typer.echo("Draw more: nineplus attribution judge --draw", err=True)


def _one_by_one(auditing: Any) -> None:
    """Ask for each link that waits, until there is none or the person has had enough."""
    from django.utils import timezone

    words = {"y": "yes", "n": "no", "u": "unsure"}
    while case := auditing.upcoming():
        told = _told(case)
        answer, ticket = told["answer"], told["ticket"]
        typer.echo(f"{answer['answered_at'][:10]}  {answer['score']} of 10  {answer['account']}  {answer['survey']}")
        typer.echo(f"  {answer['comment'] or '(no comment)'}")
        solved = f", resolved {ticket['resolved_at'][:10]}" if ticket["resolved_at"] else ""
        typer.echo(f"  Ticket {ticket['external_id']} {ticket['category']}: opened {ticket['opened_at'][:10]}{solved}")
        typer.echo(f"  {ticket['tied_by']} ({ticket['tier']})")
        said = typer.prompt("Is this the service that the answer is about? y, n, u (cannot be said), q (enough)")
        verdict = words.get(said.strip().lower()[:1])
        if verdict is None:
            return
        auditing.judge(check=case.check.pk, verdict=verdict, by=None, now=timezone.now())


def _told(case: Any) -> dict[str, Any]:
    from nineplus.mart.schema import TIERS

    answer, ticket = case.response, case.ticket
    return {
        "id": case.check.pk,
        "answer": {
            "id": answer.pk,
            "score": answer.score,
            "comment": answer.comment,
            "answered_at": answer.answered_at.isoformat(timespec="seconds"),
            "survey": answer.survey.name,
            "account": (answer.account.name or answer.account.external_id) if answer.account else "",
        },
        "ticket": {
            "external_id": ticket.external_id,
            "category": ticket.category,
            "team": ticket.team,
            "opened_at": ticket.opened_at.isoformat(timespec="seconds"),
            "resolved_at": ticket.resolved_at.isoformat(timespec="seconds") if ticket.resolved_at else None,
            "tied_by": TIERS.get(case.check.tier, case.check.tier),
            "tier": case.check.tier,
        },
    }


def _condition(text: str) -> tuple[str, tuple[str, ...]]:
    label, _, values = text.partition("=")
    return label.strip().lower(), tuple(part.strip() for part in values.split(",") if part.strip())


def _done(action: Any) -> Any:
    from nineplus.stages.errors import NotPossible

    try:
        return action()
    except NotPossible as reason:
        _refuse(str(reason))


def _refuse(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
