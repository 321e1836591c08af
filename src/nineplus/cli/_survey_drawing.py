"""nineplus survey create, change, show, start, pause, test-send: surveys drawn up from files and switched on."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from nineplus.store.models import Survey

_CREATE = """Draw up a survey from a file (JSON or TOML), or from a usual moment to ask. It asks nobody before `start`.

The file has name, starting or touchpoint, content and plan, each whole or left out; `survey show` prints such a file.
Ends with 1 when it cannot be drawn up, with 2 when the file cannot be read.

Examples:

  nineplus survey create --starting post-resolution --name "After tickets"

  nineplus survey create survey.toml --json

  nineplus survey show Quarterly --json | nineplus survey create - --name "Quarterly, EMEA"
"""
_CHANGE = """Change a survey's words or plan from a file. Words are a draft until published; a plan holds at once.

Examples:

  nineplus survey change Quarterly survey.json

  nineplus survey change Quarterly survey.toml --publish --json
"""
_SHOW = """Show a survey: its state, what happens next, whom it asks and when. --json prints what `create` takes.

Examples:

  nineplus survey show Quarterly

  nineplus survey show Quarterly --json > survey.json
"""
_START = """Switch asking on. What was never published is published. Says when the first messages go.

Examples:

  nineplus survey start Quarterly

  nineplus survey start Quarterly --json
"""
_PAUSE = """Switch asking off for a while. Links that are out still take answers.

Examples:

  nineplus survey pause Quarterly

  nineplus survey pause Quarterly --json
"""
_TEST = """Send the survey's message to yourself. Its link shows the survey and keeps nothing.

It goes through the sender that customers' messages go through, within seconds while a worker runs.

Examples:

  nineplus survey test-send Quarterly --to me@example.com

  nineplus survey test-send Quarterly --to +4915112345678 --language de --json
"""

Name = Annotated[str, typer.Argument(help="The survey's name or number.")]
File = Annotated[str, typer.Argument(help="A JSON or TOML file; - reads JSON from standard input.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(group: typer.Typer) -> None:
    """The commands on the group `survey`."""
    for name, words, command in (
        ("create", _CREATE, create),
        ("change", _CHANGE, change),
        ("show", _SHOW, show),
        ("start", _START, start),
        ("pause", _PAUSE, pause),
        ("test-send", _TEST, send_to_oneself),
    ):
        group.command(name, help=words)(command)


def create(
    file: Annotated[str, typer.Argument(help="A JSON or TOML file; - reads JSON from standard input.")] = "",
    name: Annotated[str, typer.Option(help="Its name, in place of the file's.")] = "",
    starting: Annotated[str, typer.Option(help="A usual moment to ask that the rest is taken from.")] = "",
    as_json: Json = False,
) -> None:
    now = ready()
    from nineplus.model.survey import Brand, Content, Plan
    from nineplus.stages.capture.drawing import surveys
    from nineplus.stages.capture.drawing.starting import STARTING
    from nineplus.stages.capture.drawing.starting import starting as found
    from nineplus.stages.govern.preferences import preferences

    given = _read(file, known=("name", "starting", "touchpoint", "content", "plan")) if file else {}
    moment = starting or str(given.get("starting") or "")
    base = found(moment)
    if base is None and (moment or not given):
        there = ", ".join(one.slug for one in STARTING)
        wrong = f"There is no moment {moment!r} to start from" if moment else "Name a file or --starting"
        _end(f"{wrong}: {there}.", 2)

    def content() -> Content:
        if given.get("content") is not None:
            return surveys.read_content(given["content"])
        company = preferences().company
        own = base.content if base else Content()
        return own.model_copy(update={"brand": Brand(company=company), "product": company})

    def work() -> Survey:
        plan = surveys.read_plan(given["plan"]) if given.get("plan") is not None else base.plan if base else Plan()
        return surveys.create(
            name=name or str(given.get("name") or (base.title if base else "")),
            touchpoint=str(given.get("touchpoint") or (base.touchpoint if base else "custom")),
            content=content(),
            plan=plan,
            now=now,
        )

    made = _done(work)
    if as_json:
        print_json(_whole(made, now=now))
    else:
        typer.echo(f"Survey {made.pk} ({made.name}) is drawn up. Start it: nineplus survey start {made.pk}")


def change(
    name: Name,
    file: File,
    publish: Annotated[bool, typer.Option("--publish", help="Ask with the new words from now on.")] = False,
    as_json: Json = False,
) -> None:
    now = ready()
    from nineplus.stages.capture.drawing import surveys

    survey = survey_named(name)
    given = _read(file, known=("name", "touchpoint", "content", "plan"))

    def work() -> Survey:
        content = surveys.read_content(given["content"]) if given.get("content") is not None else None
        plan = surveys.read_plan(given["plan"]) if given.get("plan") is not None else None
        surveys.save(survey, content=content, plan=plan, name=str(given.get("name") or ""), now=now)
        if publish:
            surveys.publish(survey, now=now)
        return surveys.find(survey.pk)

    _told(_done(work), "Changed.", as_json=as_json, now=now)


def show(name: Name, as_json: Json = False) -> None:
    now = ready()
    survey = survey_named(name)
    if as_json:
        print_json(_whole(survey, now=now))
        return
    from nineplus.stages.capture.drawing import surveys
    from nineplus.store.models.capture import Touchpoint

    plan = surveys.plan_of(survey)
    version = f"version {survey.current.number}" if survey.current else "not published"
    more = ", changes not published" if survey.draft and survey.current else ""
    typer.echo(f"{survey.name} ({survey.pk}): {Touchpoint(survey.touchpoint).label}, {survey.state}, {version}{more}")
    typer.echo(f"Asks: {plan.trigger.kind}, by {', '.join(plan.channels) or 'link only'}")
    for one in plan.audience:
        typer.echo(f"Only: {one.attribute} {one.op} {', '.join(one.values)}".rstrip())
    typer.echo(f"Not from {plan.policy.quiet_from} to {plan.policy.quiet_to} of the recipient's day")
    _next(survey, now=now)


def start(name: Name, as_json: Json = False) -> None:
    now = ready()
    from nineplus.stages.capture.drawing import surveys

    survey = survey_named(name)

    def work() -> Survey:
        if survey.current is None:
            surveys.publish(survey, now=now)
        surveys.switch(survey, state="active", now=now)
        return surveys.find(survey.pk)

    _told(_done(work), "It asks from now on.", as_json=as_json, now=now)


def pause(name: Name, as_json: Json = False) -> None:
    now = ready()
    from nineplus.stages.capture.drawing import surveys

    survey = survey_named(name)
    _told(_done(lambda: surveys.switch(survey, state="paused", now=now)), "Paused.", as_json=as_json, now=now)


def send_to_oneself(
    name: Name,
    to: Annotated[str, typer.Option(help="An e-mail address, or a number as +49…")],
    language: Annotated[str, typer.Option(help="In this language; the survey's own when left out.")] = "",
    as_json: Json = False,
) -> None:
    now = ready()
    from nineplus.stages.capture.sending.testing import send_test

    survey = survey_named(name)
    medium = "sms" if to.strip().startswith("+") else "email"
    sent = _done(lambda: send_test(survey, to=to, medium=medium, language=language, now=now))
    if as_json:
        print_json({"message": sent.pk, "to": sent.address, "medium": sent.medium, "state": sent.state})
    else:
        typer.echo(f"On its way to {sent.address}. Its link shows the survey and keeps nothing.")


def _told(survey: Survey, words: str, *, as_json: bool, now: Any) -> None:
    if as_json:
        print_json(_whole(survey, now=now))
        return
    typer.echo(words)
    _next(survey, now=now)


def _next(survey: Survey, *, now: Any) -> None:
    from nineplus.stages.capture.reading.outlook import outlook

    ahead = outlook(survey, now=now)
    if ahead:
        typer.echo(ahead.says)
        if ahead.hindrance:
            typer.echo(f"Nothing arrives as things stand: {ahead.hindrance}", err=True)


def _whole(survey: Survey, *, now: Any) -> dict[str, Any]:
    from nineplus.stages.capture.drawing import surveys
    from nineplus.stages.capture.reading.outlook import outlook

    ahead = outlook(survey, now=now)
    return {
        "id": survey.pk,
        "name": survey.name,
        "touchpoint": survey.touchpoint,
        "state": survey.state,
        "version": survey.current.number if survey.current else None,
        "next": ahead.says if ahead else None,
        "hindrance": ahead.hindrance or None if ahead else None,
        "content": surveys.content_of(survey).model_dump(mode="json"),
        "plan": surveys.plan_of(survey).model_dump(mode="json"),
    }


_SHOWN_ONLY = ("id", "state", "version", "next", "hindrance")  # `show` prints them; a file may bring them along


def _read(file: str, *, known: tuple[str, ...]) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        given = tomllib.loads(text) if file.lower().endswith(".toml") else json.loads(text)
    except OSError as problem:
        _end(f"{file} cannot be read: {problem.strerror}.", 2)
    except (ValueError, UnicodeDecodeError) as problem:
        _end(f"{file} is neither JSON nor TOML that can be read: {problem}.", 2)
    if not isinstance(given, dict):
        _end(f"{file} must hold one survey: an object with {', '.join(known)}.", 2)
    if strange := sorted(set(given) - {*known, *_SHOWN_ONLY}):
        _end(f"{file}: there is no {strange[0]!r} in a survey. There are: {', '.join(known)}.", 2)
    return given


def _done(work: Any) -> Any:
    """One call of the stage; what cannot be done is said and ends with 1."""
    from nineplus.stages.errors import NotPossible

    try:
        return work()
    except NotPossible as reason:
        _end(str(reason), 1)


def _end(words: str, code: int) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(code)


def ready() -> Any:
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    return timezone.now()


def survey_named(name: str) -> Survey:
    """By name, else by number; ends with 1 and the names there are."""
    from nineplus.store.models import Survey

    rows = Survey.objects.select_related("current").order_by("pk")
    found = rows.filter(name=name).first() or rows.filter(name__iexact=name).first()
    if found is None and name.isdecimal() and len(name) < 19:
        found = rows.filter(pk=int(name)).first()
    if found is None:
        there = ", ".join(repr(known) for known in rows.values_list("name", flat=True)[:20]) or "none yet"
        _end(f"There is no survey {name!r}. There are: {there}.", 1)
    return found


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
