"""An advocate's own page, and the page of the link that they share. Opening either keeps nothing; a press does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.model.survey import Content
from nineplus.rules.outcomes import State
from nineplus.stages.act.advocates import acts, asking, leads, ledger, rewards
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import Act, Advocate, Programme, Redemption, Reward
from nineplus.store.models.advocates import ActStage
from nineplus.web.survey import answer, showing
from nineplus.web.survey.answer import for_customers
from nineplus.web.survey.often import not_too_often
from nineplus.web.survey.wording import Wording


@for_customers
@require_http_methods(["GET", "HEAD", "POST"])
@not_too_often
def own(request: HttpRequest, token: str) -> HttpResponse:
    """What they were asked, what they agreed to, their link, points and rewards; and wanting no more of it."""
    found = acts.advocate_by(token)
    if found is None:
        return _unknown(request)
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
    return answer.page(
        request,
        "survey/advocate.html",
        words=_words(request),
        title="Thank you for your help",
        advocate=found,
        said=said,
        problem=problem,
        acts=[(one, acts.title_of(one), one.stage in acts.OPEN) for one in asked.order_by("-asked_at", "-pk")],
        link=asking.referral_link(found) if refers else "",
        points=points,
        level=ledger.level(found),
        lines=ledger.lines(found).order_by("-pk")[:20],
        rewards=[one for one in Reward.objects.filter(on=True).order_by("points", "pk") if one.points <= points],
        given=Redemption.objects.select_related("reward").filter(advocate__contact=found.contact).order_by("-pk"),
    )


@for_customers
@require_http_methods(["GET", "HEAD", "POST"])
@not_too_often
def refer(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody came by an advocate's link. They are told the same, whether it counts or not."""
    if leads.advocate_of(code) is None:
        return _unknown(request)
    problem, given = "", request.POST
    if request.method == "POST":
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
    words = _words(request)
    return answer.page(
        request,
        "survey/refer.html",
        words=words,
        title="Thank you" if given and not problem else "Somebody thinks you would like this",
        done=bool(given) and not problem,
        problem=problem,
        given=given,
        status=400 if problem else 200,
    )


def _act(advocate: Advocate, given: QueryDict) -> str:
    now = timezone.now()
    what, number = given.get("what", ""), given.get("number", "")
    pk = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
    if what in ("agree", "decline"):
        acts.say(advocate, act=pk, wants=what == "agree", quote=given.get("quote", ""), now=now)
        return "Thank you, we have noted it." if what == "agree" else "That is fine: we have noted it."
    if what == "redeem":
        rewards.redeem(advocate, reward=pk, now=now)
        return "Thank you: we look at it and write to you."
    if what == "leave":
        acts.leave(advocate, now=now)
        return "We ask you for nothing more."
    if what == "return":
        acts.come_back(advocate)
        return "Welcome back."
    raise NotPossible("That cannot be done here.")


def _words(request: HttpRequest) -> Wording:
    return showing.words_for(request, Content.model_validate({}), known=["en"])


def _unknown(request: HttpRequest) -> HttpResponse:
    return showing.state_page(request, showing.words_for(request, showing.nobodys()), State.UNKNOWN)
