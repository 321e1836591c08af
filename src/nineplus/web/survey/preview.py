"""The survey page as it will be, for the builder: any content, any language, and nothing that is pressed is kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from nineplus import languages
from nineplus.model.survey import Content
from nineplus.web.survey import showing
from nineplus.web.survey.answer import sealed
from nineplus.web.survey.showing import Doors, Shown
from nineplus.web.survey.wording import Wording

TEST = "This is a test. Press what you like: nothing is kept."
_MAIL = {"style-src": ["'unsafe-inline'"], "script-src": ["'none'"]}


def preview_page(
    request: HttpRequest, *, content: Content, language: str, group: str | None = None, thanks: bool = False
) -> HttpResponse:
    """The page in that language: the question, or what promoters, passives or detractors see after it.

    `thanks`: what that group sees at the end. May stand in a frame of a page of this site. Every button works, the
    script keeps what is pressed in the page, and there is no address that anything could be sent to.
    """
    words = showing.words_for(request, content)
    words = Wording(words.content, languages.texts(language))
    phase: showing.Phase = "ask" if group is None else "done" if thanks else "more"
    shown = Shown("preview", phase, Doors(score="#", more="#", change="#"), group=group or "", seed="preview")
    return showing.survey_page(request, words, shown)


def test_page(request: HttpRequest, *, content: Content) -> HttpResponse:
    """The page that a test message leads to: as a customer would see it, and nothing is kept."""
    words = showing.words_for(request, content)
    doors = Doors(score="#", more="#", change="#")
    shown = Shown("preview", "ask", doors, preset=showing.preset_of(request), seed="test", banner=TEST)
    return showing.survey_page(request, words, shown)


def framed(response: HttpResponse, *, mail: bool = False) -> HttpResponse:
    """Let pages of this site show it in a frame. `mail`: a message brings its style in its elements, and no script."""
    response = sealed(response, framed=True)
    if mail:
        response._csp_replace |= _MAIL  # type: ignore[attr-defined]
    return response
