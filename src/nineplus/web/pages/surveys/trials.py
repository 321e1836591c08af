"""Experiments: which way of asking gets more answers?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.model.survey import Content, Texts
from nineplus.render import result_html
from nineplus.stages.capture.drawing import experimenting
from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stages.capture.reading.experiments import experiment_result
from nineplus.stages.errors import NotPossible
from nineplus.store.models import CodePool
from nineplus.store.models.asking import ExperimentKind
from nineplus.web.page import carried_out, page, reads, writes


@reads("analyst")
def surveys_trials(request: HttpRequest, pk: int) -> HttpResponse:
    return _trials(request, pk)


def _trials(request: HttpRequest, pk: int, *, problem: str = "") -> HttpResponse:
    """The page; after a refusal with what was typed."""
    survey = drawing.find(pk)
    now = timezone.now()
    trials = [
        {"trial": trial, "shown": result_html(experiment_result(trial, now=now), level=3) if trial.started_at else ""}
        for trial in survey.experiments.order_by("-created_at")
    ]
    content = drawing.content_of(survey)
    return page(
        request,
        "surveys/trials.html",
        title=survey.name,
        survey=survey,
        section="trials",
        trials=trials,
        kinds=ExperimentKind.choices,
        pools=CodePool.objects.order_by("name"),
        language=content.language,
        problem=problem,
        wrong=next((field for words, field in _ABOUT.items() if problem and words in problem), ""),
        given=request.POST,
        chosen=request.POST.get("kind") or ExperimentKind.SUBJECT.value,
        now_is=_as_it_is(content),
        status=400 if problem else 200,
    )


@writes("analyst")
def surveys_trials_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Two arms: as it is, and the other way."""
    given = request.POST

    def add() -> None:
        survey = drawing.find(pk)
        share = given.get("share", "50")
        if not share.isdecimal() or not 1 <= int(share) <= 99:
            raise NotPossible("The share of the other way is a number from 1 to 99.")
        arms = [
            {"name": "as it is", "share": 100 - int(share), "change": {}},
            {"name": "the other way", "share": int(share), "change": _change(given.get("kind", ""), given)},
        ]
        experimenting.create(
            survey, name=given.get("name", ""), kind=given.get("kind", ""), arms=arms, now=timezone.now()
        )

    try:
        add()
    except NotPossible as problem:
        return _trials(request, pk, problem=str(problem))
    messages.success(request, "Drawn up. Start it when you are ready.")
    return redirect("surveys-trials", pk)


@writes("analyst")
def surveys_trials_change(request: HttpRequest, pk: int, trial: int) -> HttpResponse:
    """Start, end or take away."""
    doing = {"start": experimenting.start, "end": experimenting.end, "remove": experimenting.remove}
    done = {"start": "It runs.", "end": "Ended: everybody is asked as the survey says.", "remove": "Taken away."}
    what = request.POST.get("do", "")

    def change() -> None:
        if what not in doing:
            raise NotPossible("An experiment can be started, ended or taken away.")
        doing[what](experimenting.find(trial), now=timezone.now())

    return carried_out(request, change, done=done.get(what, ""), then="surveys-trials", pk=pk)


_ABOUT = {
    "share": "share",
    "needs a name of": "name",
    "other words": "text",
    "hours": "hours",
    "codes": "pool",
}
"""Which field a refusal is about, by the words in it."""


def _as_it_is(content: Content) -> dict[str, str]:
    """The words that the other way would replace."""
    own = content.texts.get(content.language, Texts())
    return {"subject": own.subject, "question": own.question}


def _change(kind: str, given: dict[str, str]) -> dict[str, object]:
    """What the other arm replaces, by what is compared."""
    text = given.get("text", "").strip()
    if kind in (ExperimentKind.SUBJECT, ExperimentKind.WORDING):
        if not text:
            raise NotPossible("Write the other words.")
        part = "subject" if kind == ExperimentKind.SUBJECT else "question"
        return {"texts": {given.get("language", "en"): {part: text}}}
    if kind == ExperimentKind.TIMING:
        hours = given.get("hours", "").replace(",", ".")
        try:
            return {"delay_hours": float(hours)}
        except ValueError:
            raise NotPossible("Say after how many hours the others are asked.") from None
    pool = given.get("pool", "")
    return {"code_pool": int(pool) if pool.isdecimal() else None}
