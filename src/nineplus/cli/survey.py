"""nineplus survey list, preview, plan, funnel, coverage: who is asked, who not and why, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nineplus.cli import _survey_drawing as drawing
from nineplus.cli._survey_drawing import Json, Name, print_json, ready, survey_named

if TYPE_CHECKING:
    from nineplus.stages.capture.asking.preview import Preview

_LIST = """Show the surveys, those that ask first.

Examples:

  nineplus survey list

  nineplus survey list --json
"""
_PREVIEW = """Show who a survey would ask in the next hours, who not, and why. Nothing is written.

A survey that is not switched on is shown as if it were. Names and addresses are shown with --people only.

Examples:

  nineplus survey preview "After tickets"

  nineplus survey preview Quarterly --hours 2160 --json

  nineplus survey preview Quarterly --reason account_cap --people
"""
_PLAN = """Plan a survey now: invite or skip everyone who is due. The worker does this each minute by itself.

Safe to run again: nobody is asked twice for one occasion.

Examples:

  nineplus survey plan "After tickets" --dry-run

  nineplus survey plan "After tickets" --json
"""
_FUNNEL = """Show what became of every ask: planned, sent, delivered, opened, scored, commented; skipped and why.

Examples:

  nineplus survey funnel "After tickets"

  nineplus survey funnel "After tickets" --by channel

  nineplus survey funnel --by region --json
"""
_COVERAGE = """Show a survey's coverage goals with the day each is reached; without NAME, whose revenue was heard.

Examples:

  nineplus survey coverage Quarterly

  nineplus survey coverage --json
"""


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Surveys: whom they ask and what became of it.", no_args_is_help=True)
    group.command("list", help=_LIST)(every)
    drawing.register(group)
    group.command("preview", help=_PREVIEW)(preview)
    group.command("plan", help=_PLAN)(plan)
    group.command("funnel", help=_FUNNEL)(funnel)
    group.command("coverage", help=_COVERAGE)(coverage)
    app.add_typer(group, name="survey")


def every(as_json: Json = False) -> None:
    now = ready()
    from nineplus.stages.capture.reading.numbers import numbers_of

    lines = [
        {
            "id": line.survey.pk,
            "name": line.survey.name,
            "state": line.survey.state,
            "touchpoint": line.survey.touchpoint,
            "asked_90_days": line.asked,
            "answered_90_days": line.answered,
            "answers": line.answers,
        }
        for line in numbers_of(now=now)
    ]
    if as_json:
        print_json(lines)
    elif not lines:
        typer.echo("There are no surveys yet.")
    for line in [] if as_json else lines:
        rate = f"{line['answered_90_days']:,} of {line['asked_90_days']:,} asked" if line["asked_90_days"] else "–"
        typer.echo(f"{line['id']:>4}  {line['state']:<8} {line['name']:<40} {rate}, {line['answers']:,} answers in all")


def preview(
    name: Name,
    hours: Annotated[float, typer.Option(min=0.0, max=24 * 731.0, help="How far to look ahead.")] = 24.0,
    reason: Annotated[str, typer.Option(help="Only people with this reason; `asked`: those who are asked.")] = "",
    people: Annotated[bool, typer.Option("--people", help="Name them, a page of fifty.")] = False,
    page: Annotated[int, typer.Option(min=1, help="Which page of people.")] = 1,
    as_json: Json = False,
) -> None:
    now = ready()
    from nineplus.stages.capture.asking.preview import preview as previewed

    found = previewed(survey_named(name), now=now, hours=hours, reason=reason, page=page)
    if as_json:
        print_json(_as_dict(found, people=people))
    else:
        _show(found, people=people)


def plan(
    name: Name,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: Json = False,
) -> None:
    now = ready()
    from nineplus.stages.capture.asking import planning
    from nineplus.stages.capture.asking.preview import preview as previewed

    survey = survey_named(name)
    if dry_run:
        found = previewed(survey, now=now, hours=0)
        if as_json:
            print_json(_as_dict(found, people=False))
        elif found.by_hand:
            typer.echo("Nobody is due by time: this survey asks when a person or a program says so.")
        else:
            _show(found, people=False)
        return
    done = planning.plan(survey, now=now)
    if as_json:
        print_json({"planned": done.planned, "skipped": dict(done.skipped), "complete": done.complete})
        return
    typer.echo(f"{done.planned:,} invited, {done.skipped.total():,} skipped.")
    _reasons(done.skipped.most_common())


def funnel(
    name: Annotated[str, typer.Argument(help="The survey's name or number; leave it out for all.")] = "",
    by: Annotated[str, typer.Option(help="Split by version, arm, channel or an attribute.")] = "",
    as_json: Json = False,
) -> None:
    ready()
    from nineplus.stages.capture.reading.funnel import funnel as counted

    result = counted(survey_named(name) if name else None, by=by)
    typer.echo(result.to_json() if as_json else str(result))


def coverage(
    name: Annotated[str, typer.Argument(help="The survey's name or number; leave it out for revenue.")] = "",
    as_json: Json = False,
) -> None:
    now = ready()
    from nineplus.stages.capture.reading.goals import coverage_goals, revenue_coverage

    result = coverage_goals(survey_named(name), now=now) if name else revenue_coverage(now=now)
    typer.echo(result.to_json() if as_json else str(result))


def _as_dict(found: Preview, *, people: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "until": found.until.isoformat(),
        "due": found.due,
        "asked": found.asked,
        "not_asked": found.not_asked,
        "outside_audience": found.outside,
        "reasons": {one.reason: one.n for one in found.reasons},
        "complete": found.complete,
    }
    if people:
        told["people"] = [
            {
                "contact": one.contact,
                "name": one.name,
                "email": one.email,
                "asked": one.asked,
                "reason": one.reason or None,
                "at": one.at.isoformat() if one.at else None,
            }
            for one in found.people
        ]
        told |= {"page": found.page, "pages": found.pages}
    return told


def _show(found: Preview, *, people: bool) -> None:
    typer.echo(f"{found.asked:,} would be asked, {found.not_asked:,} not (up to {found.until:%Y-%m-%d %H:%M} UTC).")
    _reasons((one.reason, one.n) for one in found.reasons)
    if found.outside:
        typer.echo(f"{found.outside:,} more are due and not in the audience.")
    if not found.complete:
        typer.echo("There are more than were looked at.")
    if people:
        for one in found.people:
            when = f"{one.at:%Y-%m-%d %H:%M}" if one.at and one.asked else ""
            typer.echo(f"  {one.name or one.email:<40} {when or one.reason}")
        typer.echo(f"Page {found.page} of {found.pages}.")


def _reasons(counted: Any) -> None:
    from nineplus.rules.asking import REASONS

    for reason, n in counted:
        typer.echo(f"{n:>8,}  {reason:<14} {REASONS.get(reason, '')}")
