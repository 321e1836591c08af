"""The survey page itself, for whoever stands before it: by personal link, anonymous link, kiosk or in the builder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from django.http import HttpRequest, HttpResponse

from nineplus import languages
from nineplus.languages import Language
from nineplus.model.survey import Brand, Content
from nineplus.rules.outcomes import State, read_score
from nineplus.stages.govern.preferences import preferences
from nineplus.stats import scale
from nineplus.store.models import Response
from nineplus.web.survey import answer
from nineplus.web.survey.wording import Wording

Phase = Literal["ask", "more", "done"]
Way = Literal["personal", "anonymous", "amend", "kiosk", "preview"]


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the page's forms go. `amend` is the pattern of the address for additions, with {} for the token."""

    score: str
    more: str
    decline: str = ""
    unsubscribe: str = ""
    opened: str = ""
    trap: str = ""
    change: str = ""
    amend: str = ""
    again: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known before the page is drawn. `preset` is the score in the link: chosen, not kept."""

    way: Way
    phase: Phase
    doors: Doors
    response: Response | None = None
    preset: int | None = None
    code: str = ""
    notice: Iterable[str] = ()
    banner: str = ""
    hidden: Iterable[tuple[str, str]] = ()
    seed: str = ""
    group: str = ""


def words_for(
    request: HttpRequest, content: Content, *, known: Iterable[str] = (), company: str | None = None
) -> Wording:
    """The survey's words in the language to read it in. `known` are codes we know of the reader, the surest first."""
    link = request.GET.get("lang", "") or request.POST.get("lang", "")
    wanted = next(filter(None, known), "")
    code = languages.choose(
        survey=content.language,
        offered=content.languages,
        link=link[:35],
        contact=wanted,
        browser=request.headers.get("Accept-Language", ""),
    )
    if not content.brand.company:
        named = preferences().company if company is None else company
        content = content.model_copy(update={"brand": content.brand.model_copy(update={"company": named[:300]})})
    return Wording(content, languages.texts(code))


def survey_page(request: HttpRequest, words: Wording, shown: Shown) -> HttpResponse:
    """The question, what follows it and the thanks in one document, opened at `shown.phase`."""
    content, response, doors = words.content, shown.response, shown.doors
    score = response.score if response else shown.preset
    group = shown.group or (scale.group_of(response.score).value if response else "")
    kept = words.say("thanks", "saved", score=score) if response else ""
    personal = shown.way in ("personal", "preview")
    context: dict[str, object] = {
        "way": shown.way,
        "phase": shown.phase,
        "group": group,
        "kiosk": shown.way == "kiosk",
        "question": words.question(),
        "low": words.end("low"),
        "high": words.end("high"),
        "numbers": words.numbers(chosen=score),
        "preset": shown.preset,
        "confirm": words.say("buttons", "confirm", score=shown.preset),
        "chosen": words.say("states", "chosen", score=shown.preset),
        "line": kept if shown.phase == "more" and not shown.notice else "",
        "notice": shown.notice,
        "banner": shown.banner,
        "hidden": [("language", words.language.code), *shown.hidden],
        "follow_up": list(words.by_group("follow_up").items()),
        "thanks": list(words.by_group("thanks").items()),
        "comment_asked": content.comment_asked,
        "comment": response.comment_raw if response else "",
        "comment_label": words.say("follow_up", "label"),
        "extras": words.extras(group=group, answers=response.extras if response else {}, seed=shown.seed),
        "optional": words.say("follow_up", "optional"),
        "several": words.say("extras", "several"),
        "other_text": words.say("extras", "other_text"),
        "consent_contact_asked": content.consent_contact and personal,
        "consent_quote_asked": content.consent_quote and personal,
        "consent_contact": bool(response and response.consent_contact),
        "consent_quote": bool(response and response.consent_quote),
        "consent_contact_text": words.say("consent", "contact"),
        "consent_quote_text": words.say("consent", "quote"),
        "consents": _consents(content) if personal else "",
        "send": words.say("buttons", "send"),
        "thanks_title": words.say("thanks", "title"),
        "may_close": words.say("thanks", "may_close"),
        "next_one": words.say("kiosk", "next"),
        "code": shown.code,
        "code_text": words.say("thanks", "code", code="").strip() if content.code_pool or shown.code else "",
        "change": words.say("buttons", "change" if shown.way != "amend" else "back"),
        "skip": words.say("buttons", "skip"),
        "unsubscribe": words.say("unsubscribe", "button"),
        "privacy": words.say("email", "privacy" if personal else "anonymous"),
        "score_to": doors.score,
        "more_to": doors.more,
        "decline_to": doors.decline if shown.phase == "ask" else "",
        "unsubscribe_to": doors.unsubscribe,
        "change_to": doors.change,
        "trap_to": doors.trap,
        "again": doors.again,
        "data": _for_script(words, shown),
        **_chooser(request, words),
    }
    return answer.page(request, "survey/page.html", words=words, framed=shown.way == "preview", **context)


def state_page(
    request: HttpRequest,
    words: Wording,
    state: State,
    *,
    until: datetime | None = None,
    anyway: str = "",
) -> HttpResponse:
    """How a link stands that takes no answer, said politely. Forged, cut off and forgotten ones look the same."""
    if state is State.EXPIRED and until:
        date = _unbroken(until.astimezone(UTC).date().isoformat())
        said, status = [words.say("states", "expired_text", date=date)], 410
        title = words.say("states", "expired_title")
    elif state in (State.EXPIRED, State.CLOSED):
        title, said, status = words.say("states", "expired_title"), [words.say("states", "closed_text")], 410
    elif state is State.PAUSED:
        title, said, status = words.say("states", "paused_title"), [words.say("states", "paused_text")], 200
    elif state is State.DECLINED:
        title, said, status = words.say("states", "declined_title"), [words.say("states", "declined_text")], 200
    elif state is State.TOO_OFTEN:
        title, said, status = words.say("states", "failed_title"), [words.say("states", "failed_text")], 429
    else:
        title, said, status = words.say("states", "unknown_title"), [words.say("states", "unknown_text")], 404
    more = {"link": words.say("buttons", "answer"), "link_to": anyway} if anyway else {}
    return said_page(request, words, title=title, lines=said, status=status, **more)


def said_page(
    request: HttpRequest, words: Wording, *, title: str, lines: list[str], status: int = 200, **context: object
) -> HttpResponse:
    """A page of a few words, and at most one thing to press."""
    return answer.page(
        request, "survey/state.html", words=words, status=status, title=title, lines=lines,
        **_chooser(request, words), **context,
    )  # fmt: skip


def nobodys(company: str | None = None) -> Content:
    """What a page is drawn with when its link leads to no survey."""
    return Content(brand=Brand(company=(preferences().company if company is None else company)[:300]))


def preset_of(request: HttpRequest) -> int | None:
    """The score that the link carries, when it is one."""
    return read_score(request.GET.get("score"))


def _unbroken(date: str) -> str:
    """2026-11-21 on one line: the order of year, month and day that no language reads otherwise."""
    return date.replace("-", "\u2011")


def _consents(content: Content) -> str:
    """Which boxes the form has: one that is not ticked is not sent."""
    asked = {"contact": content.consent_contact, "quote": content.consent_quote}
    return " ".join(name for name, is_asked in asked.items() if is_asked)


def _for_script(words: Wording, shown: Shown) -> list[tuple[str, str]]:
    """What the page's script says and where it goes, as data-… of the page."""
    said = {
        "preset": "" if shown.preset is None else str(shown.preset),
        "saved": str(shown.response.score) if shown.response else "",
        "taken": words.say("thanks", "saved"),
        "saving": words.say("states", "saving"),
        "kept": words.say("states", "kept"),
        "offline": words.say("states", "offline"),
        "failed": words.say("states", "failed_text"),
        "required": words.say("follow_up", "required"),
        "too-many": words.say("extras", "too_many"),
        "opened": shown.doors.opened,
        "amend": shown.doors.amend,
        "again": shown.doors.again if shown.way == "kiosk" else "",
    }
    return [(name, value) for name, value in said.items() if value]


def _chooser(request: HttpRequest, words: Wording) -> dict[str, object]:
    """Every other language the survey is offered in, as links to this page."""
    return {"language_word": words.say("buttons", "language"), "others": _others(request, words)}


def _others(request: HttpRequest, words: Wording) -> list[tuple[Language, str]]:
    offered = [*dict.fromkeys((words.content.language, *words.content.languages))] if words.content.languages else []
    known = languages.languages()
    found = [known[code] for code in offered if code in known] if offered else list(known.values())
    if len(found) < 2:
        return []
    query = request.GET.copy()
    links = []
    for one in sorted(found, key=lambda one: one.name.casefold()):
        query["lang"] = one.code
        links.append((one, f"?{query.urlencode()}"))
    return links
