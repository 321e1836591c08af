"""No more surveys. Opening the link only asks, because mail scanners open it too; the press does it.

A mail program's own button sends the press by itself, as RFC 8058 says: no cookie, no form token, no questions.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.rules.outcomes import State
from nineplus.stages import capture
from nineplus.web.survey import showing
from nineplus.web.survey.answer import for_customers
from nineplus.web.survey.often import not_too_often


@for_customers
@require_http_methods(["GET", "HEAD", "POST"])
@not_too_often
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST does it. Who has left already is told so."""
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        found = capture.leave(token=token, now=timezone.now(), detail="one click" if one_click else "page")
    else:
        found = capture.leaving(token=token)
    if found is None:
        return showing.state_page(request, showing.words_for(request, showing.nobodys()), State.UNKNOWN)
    words = showing.words_for(request, found.content, known=[found.language])
    if request.method == "POST" or found.left:
        title, lines = words.say("unsubscribe", "done_title"), [words.say("unsubscribe", "done_text")]
        return showing.said_page(request, words, title=title, lines=lines)
    return showing.said_page(
        request,
        words,
        title=words.say("unsubscribe", "title"),
        lines=[words.say("unsubscribe", "text", address=found.hint)],
        press=words.say("unsubscribe", "button"),
    )
