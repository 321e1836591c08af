"""An advocate's own page, and the page of the link that they share. Opening either keeps nothing; a press does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.model.survey import Content
from nineplus.render import numbers
from nineplus.rules.outcomes import State
from nineplus.stages.act.advocates import acts, asking, leads, ledger, rewards, trying, words
from nineplus.stages.act.changes.words import filled
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import Act, Advocate, Programme, Redemption, Reward
from nineplus.store.models.advocates import ActStage
from nineplus.web.survey import answer, showing
from nineplus.web.survey.answer import for_customers
from nineplus.web.survey.often import not_too_often
from nineplus.web.survey.preview import TEST
from nineplus.web.survey.wording import Wording


@for_customers
@require_http_methods(["GET", "HEAD", "POST"])
@not_too_often
def own(request: HttpRequest, token: str) -> HttpResponse:
    """What they were asked, what they agreed to, their link, points and rewards; and wanting no more of it."""
    found = acts.advocate_by(token)
    if found is None:
        tried = trying.tested(token)
        return _unknown(request) if tried is None else _tried(request, tried)
    page_words = _words(request, found.contact.language)
    say = words.said(page_words.language.code)
    said = problem = ""
    if request.method == "POST":
        try:
            said = _act(found, request.POST)
        except (NotPossible, NotFound, Conflict) as refused:
            problem = str(refused)
        found.refresh_from_db()
    asked = Act.objects.select_related("programme").filter(contact=found.contact).exclude(stage=ActStage.SKIPPED)
    refers = Programme.objects.filter(kind="referral", on=True).exists() and not found.opted_out_at
    points = ledger.balance(found)
    rows = Redemption.objects.select_related("reward").filter(advocate__contact=found.contact).order_by("-pk")
    return answer.page(
        request,
        "survey/advocate.html",
        words=page_words,
        say=say,
        advocate=found,
        said=say.get(said, ""),
        problem=_told(problem, say["not_now"], page_words),
        acts=[_Shown.of(one, say) for one in asked.order_by("-asked_at", "-pk")],
        link=asking.referral_link(found) if refers else "",
        points=say["points"].format(points=points),
        level=say.get(ledger.level(found).lower(), ""),
        lines=_lines(found, say),
        rewards=[
            (one.pk, say["redeem"].format(reward=one.name, points=one.points))
            for one in Reward.objects.filter(on=True).order_by("points", "pk")
            if one.points <= points
        ],
        given=[(one, say[one.state]) for one in rows],
    )


def _lines(advocate: Advocate, say: Mapping[str, str]) -> list[tuple[str, str]]:
    """The newest lines of their points, each with what it was for in their language, not by our name for it."""
    kinds = dict(Act.objects.filter(contact=advocate.contact).values_list("pk", "programme__kind"))
    told = []
    for one in ledger.lines(advocate).order_by("-pk")[:20]:
        about, _, number = one.key.partition("-")
        why = one.why
        if about == "lead":
            why = say["referral"]
        elif about == "act" and number.isdecimal() and int(number) in kinds:
            why = say[kinds[int(number)]]
        elif one.key.startswith(rewards.BACK):
            row = Redemption.objects.select_related("reward").filter(pk=number.removeprefix("back-")).first()
            why = f"{row.reward.name}: {say['refused']}" if row else why
        told.append((numbers.number(one.points, signed=True), why))
    return told


def _tried(request: HttpRequest, programme: Programme) -> HttpResponse:
    """The page as whoever was just asked sees it; what is pressed is answered, and keeps nothing."""
    page_words = _words(request, programme.language)
    say = words.said(page_words.language.code)
    shown = _Shown.of(trying.act_of(programme, now=timezone.now()), say)
    return answer.page(
        request,
        "survey/advocate.html",
        words=page_words,
        say=say,
        advocate=Advocate(),
        banner=TEST,
        said=say[_SAID.get(request.POST.get("what", ""), "not_now")] if request.method == "POST" else "",
        acts=[shown],
        link=trying.referral_link(programme) if programme.kind == "referral" else "",
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One act as its customer sees it; with the letter while it waits for their word."""

    act: Act
    kind: str
    stage: str
    letter: str
    language: str
    open: bool

    @classmethod
    def of(cls, act: Act, say: Mapping[str, str]) -> _Shown:
        words = act.programme.words[act.programme.language]
        name = act.contact.name.strip() if act.contact else ""
        letter = filled(words["text"], {"name": name, "company": preferences().company, "said": ""})
        waits = act.stage == ActStage.ASKED
        kind, stage = say[act.programme.kind], say[act.stage]
        return cls(act, kind, stage, letter if waits else "", act.programme.language, act.stage in acts.OPEN)


@for_customers
@require_http_methods(["GET", "HEAD", "POST"])
@not_too_often
def refer(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody came by an advocate's link. They are told the same, whether it counts or not."""
    tried = leads.advocate_of(code) is None
    if tried and trying.tested(code) is None:
        return _unknown(request)
    page_words = _words(request, "")
    say = words.said(page_words.language.code)
    problem, given = "", request.POST
    if request.method == "POST" and not tried:
        try:
            leads.bring(
                code,
                name=given.get("name", ""),
                email=given.get("email", ""),
                company=given.get("company", ""),
                agreed=given.get("agreed") == "yes",
                now=timezone.now(),
            )
        except NotPossible as refused:
            problem = str(refused)
    done = bool(given) and not problem
    company = page_words.company
    return answer.page(
        request,
        "survey/refer.html",
        words=page_words,
        say=say,
        title=say["thanks"] if done else say["refer"].format(company=company) if company else say["refer_us"],
        done=done,
        banner=TEST if tried else "",
        problem=_told(problem, say["check"], page_words),
        given=given,
        status=400 if problem else 200,
    )


def _told(problem: str, otherwise: str, page_words: Wording) -> str:
    """Why not, in words where they are in the reader's language."""
    return problem if page_words.language.code.startswith("en") else otherwise if problem else ""


_SAID = {"agree": "noted", "decline": "noted_no", "redeem": "looked_at", "leave": "left_now", "return": "welcome"}
"""What is said when one of them was pressed (words)."""


def _act(advocate: Advocate, given: QueryDict) -> str:
    """Do what was pressed; the key of what is said then (words)."""
    now = timezone.now()
    what, number = given.get("what", ""), given.get("number", "")
    pk = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
    if what in ("agree", "decline"):
        acts.say(advocate, act=pk, wants=what == "agree", quote=given.get("quote", ""), now=now)
    elif what == "redeem":
        rewards.redeem(advocate, reward=pk, now=now)
    elif what == "leave":
        acts.leave(advocate, now=now)
    elif what == "return":
        acts.come_back(advocate)
    else:
        raise NotPossible("That cannot be done here.")
    return _SAID[what]


def _words(request: HttpRequest, language: str) -> Wording:
    content = Content.model_validate({"languages": words.LANGUAGES})
    return showing.words_for(request, content, known=[language])


def _unknown(request: HttpRequest) -> HttpResponse:
    return showing.state_page(request, showing.words_for(request, showing.nobodys()), State.UNKNOWN)
