"""What a survey asks, beside what the customer will see of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from nineplus.languages import languages, texts
from nineplus.model.survey import Content, Texts
from nineplus.questions import kinds
from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stages.capture.sending.mail import letter
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.preferences import preferences
from nineplus.store.models import CodePool, Survey
from nineplus.web.access import require_role
from nineplus.web.page import in_words, page, reads
from nineplus.web.pages.surveys import reading
from nineplus.web.survey import preview

DEVICES = (("phone", "Phone"), ("desktop", "Desktop"), ("email", "E-mail"))
GROUPS = (("promoter", "Promoters (9–10)"), ("passive", "Passives (7–8)"), ("detractor", "Detractors (0–6)"))
SPARE_QUESTIONS = 1


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("analyst")
@in_words
def surveys_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Every change is kept as a draft; the survey goes on with what was published."""
    survey = drawing.find(pk)
    content = drawing.content_of(survey)
    language = _language(request, content)
    problem = ""
    if request.method == "POST":
        try:
            content = reading.content(request.POST, before=content, language=language, logo=request.FILES.get("logo"))
            survey = drawing.save(survey, content=content, name=request.POST.get("name", ""), now=timezone.now())
        except NotPossible as refusal:
            problem = str(refusal)
        else:
            if not request.htmx:
                return redirect(f"{request.path}?lang={language}")
        if request.htmx:
            return _kept(request, survey, problem)
    return page(
        request,
        "surveys/words.html",
        title=survey.name,
        survey=survey,
        section="words",
        problem=problem,
        **_form(content, language),
    )


def _form(content: Content, language: str) -> dict[str, object]:
    own = content.texts.get(language, Texts())
    standard = texts(language)
    product = content.product or content.brand.company
    say = {
        "question": standard.say("question", "standard", product=product or "…"),
        "low": standard.say("question", "low"),
        "high": standard.say("question", "high"),
        "subject": standard.say("email", "subject"),
        "intro": standard.say("email", "intro", company=content.brand.company or "…"),
    }
    return {
        "content": content,
        "language": language,
        "direction": standard.direction,
        "lines": [
            ("question", "The question", own.question, say["question"]),
            ("low", "Said at 0", own.low, say["low"]),
            ("high", "Said at 10", own.high, say["high"]),
        ],
        "mail_lines": [("subject", "Subject", own.subject, say["subject"])],
        "intro": own.intro,
        "intro_standard": say["intro"],
        "groups": [
            {
                "slug": slug,
                "label": label,
                "follow_up": own.follow_up.of(slug),
                "follow_up_standard": standard.say("follow_up", slug),
                "thanks": own.thanks.of(slug),
                "thanks_standard": standard.say("thanks", slug),
            }
            for slug, label in GROUPS
        ],
        "extras": [
            *_extras(content, language),
            *({"number": f"new{n}", "number_text": f"new{n}"} for n in range(SPARE_QUESTIONS)),
        ],
        "kinds": [(kind.name, kind.title) for kind in kinds().values()],
        "languages": list(languages().values()),
        "devices": DEVICES,
        "pools": CodePool.objects.order_by("name"),
    }


def _extras(content: Content, language: str) -> list[dict[str, object]]:
    own = content.texts.get(language, Texts()).extras
    base = content.texts.get(content.language, Texts()).extras
    rows = []
    for number, extra in enumerate(content.extras):
        words = own.get(extra.slug) or base.get(extra.slug)
        rows.append(
            {
                "number": number,
                "number_text": str(number),
                "extra": extra,
                "wording": words.wording if words else "",
                "options": "\n".join(words.options.values()) if words and extra.kind == "choice" else "",
                "low": words.options.get("low", "") if words else "",
                "high": words.options.get("high", "") if words else "",
            }
        )
    return rows


def _language(request: HttpRequest, content: Content) -> str:
    wanted = request.GET.get("lang", "") or content.language
    return wanted if wanted in languages() else content.language


def _kept(request: HttpRequest, survey: Survey, problem: str) -> HttpResponse:
    """The line that says that it is saved; the preview beside it draws itself anew."""
    response = page(request, "surveys/kept.html", survey=survey, problem=problem)
    if not problem:
        response["HX-Trigger"] = "drawn"
    return response


@reads("analyst")
def surveys_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The survey page or the e-mail as the customer will get it, for the frame beside the form."""
    content = drawing.content_of(drawing.find(pk))
    language = _language(request, content)
    if request.GET.get("device") == "email":
        written = letter(content=content, language=language, company=preferences().company, list_id="preview")
        shown = written.to(key="", address="", name="", answer="", unsubscribe="", sender_address="", at=timezone.now())
        html = shown.html.replace("cid:logo", content.brand.logo)
        return preview.framed(HttpResponse(html), mail=True)
    group = request.GET.get("group", "")
    return preview.preview_page(request, content=content, language=language, group=group or None)
