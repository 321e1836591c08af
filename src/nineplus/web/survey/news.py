"""Did it help? Opening the link only asks, because mail scanners open it too; the press is kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.model.survey import Content
from nineplus.rules.outcomes import State
from nineplus.stages.act.changes import letters, telling, trying, words
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Change
from nineplus.store.models.changes import Helped
from nineplus.web.survey import answer, showing
from nineplus.web.survey.answer import for_customers
from nineplus.web.survey.often import not_too_often
from nineplus.web.survey.preview import TEST


@for_customers
@require_http_methods(["GET", "HEAD", "POST"])
@not_too_often
def news(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, with the answer of the link chosen; POST keeps it, and may bring a word more. A test keeps nothing."""
    found, tried = telling.news_of(token), trying.tested(token)
    if found is None and tried is None:
        return showing.state_page(request, showing.words_for(request, showing.nobodys()), State.UNKNOWN)
    code = telling.language_of(found) if found else _language_tried(tried, request)
    page_words = showing.words_for(request, Content.model_validate({}), known=[code])
    asked = words.asked(code)
    wanted = request.POST.get("helped") or request.GET.get("helped", "")
    kept = False
    if request.method == "POST" and found is None:
        kept = wanted in letters.WAYS
    elif request.method == "POST":
        try:
            telling.answer(token, helped=wanted, comment=request.POST.get("comment"), now=timezone.now())
            kept = True
        except NotPossible:
            wanted = ""
    ways = [(Helped.YES, asked.yes), (Helped.PARTLY, asked.partly), (Helped.NO, asked.no)]
    return answer.page(
        request,
        "survey/news.html",
        words=page_words,
        asked=asked,
        title=asked.thanks if kept else asked.question,
        kept=kept,
        banner="" if found else TEST,
        chosen=wanted,
        comment=request.POST.get("comment") if kept else None,
        ways=[(way.value, name, way == wanted) for way, name in ways],
    )


def _language_tried(change: Change | None, request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if change is None or wanted in change.words else change.language
