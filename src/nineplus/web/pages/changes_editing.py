"""The form of a change: who asked for it stands in the address, what they are written in the form, per language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.languages import languages
from nineplus.stages.act.changes import asking, keeping, letters, telling, words
from nineplus.stages.analyze.comments import versions
from nineplus.stages.capture.sending import personal
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Change, Sender
from nineplus.web import filter_bar
from nineplus.web.page import filters_for, page

_BEGINNING = words.Said(
    "You told us, and we changed it",
    "Hello {name},\n\nyou wrote to us: “{said}”\n\nThis is what we changed:\n\n\n\n"
    "Thank you for telling us.\n{company}",
)
_Letters = list[tuple[str, words.Said]]


def editor(request: HttpRequest, change: Change | None, *, problem: str = "") -> HttpResponse:
    """The page on which a change is drawn up; with a `problem` what was written stays as it was."""
    given = request.POST
    theme, tone = request.GET.get("theme", ""), request.GET.get("tone", "complaints")
    chosen, known = filter_bar.read(request.GET), names()
    asked = theme in known and tone in asking.TONES
    askers = asking.who(theme, tone=tone, filter=chosen, now=timezone.now()) if asked else None
    against = telling.refused([one.contact for one in askers or ()], sender=_sender())
    reached = [one.contact for one in askers or () if one.contact.pk not in against]
    written = (
        _given(request) if given else list(keeping.drawn(change).words.items()) if change else [("en", _BEGINNING)]
    )
    rest = _rest(request) if given else written[0][0]
    offered = {code: None for code, _ in written if code}
    here = [*chosen.to_query(), ("theme", theme), ("tone", tone)]
    return page(
        request,
        "changes/edit.html",
        title=change.title if change else "Tell customers of a change",
        status=400 if problem else 200,
        change=change,
        problem=problem,
        name=given.get("title", change.title if change else ""),
        about_theme=theme,
        tone=tone,
        themes=sorted(known.items(), key=lambda one: one[1].casefold()),
        tones=asking.TONES.items(),
        hidden=chosen.to_query(),
        query=urlencode(here),
        askers=askers,
        reached=len(reached),
        readers=letters.readers(list(offered), language=rest, people=reached) if rest in offered else (),
        refused=sorted(Counter(telling.REASONS[why] for why in against.values()).items()),
        quotes=[one.said for one in askers or () if one.said][:3],
        written=[*written, ("", words.Said("", ""))],
        rest=rest,
        languages=sorted(tongues().items(), key=lambda one: one[1]),
        tongues=tongues(),
        blanks=words.BLANKS.items(),
        **filters_for(request, chosen, keep=[("theme", theme), ("tone", tone)]),
    )


def drawn(request: HttpRequest) -> keeping.Drawn:
    """The change as it stands in the form. Raises NotPossible rather than lose a word of it."""
    rest = _rest(request)
    return keeping.Drawn(
        title=request.POST.get("title", ""),
        theme=request.GET.get("theme", ""),
        tone=request.GET.get("tone", "complaints"),
        filter=filter_bar.read(request.GET),
        words=_by_language(_given(request), rest=rest),
        language=rest,
    )


def names() -> dict[str, str]:
    """How each theme is called."""
    return {one.slug: one.name for one in versions.names()}


def tongues() -> Mapping[str, str]:
    """How each language is called, by its code."""
    return {code: one.english_name for code, one in languages().items()}


def _given(request: HttpRequest) -> _Letters:
    """The letters in the form, with their languages. Those in which nothing is written any more are none."""
    given = request.POST
    rows = zip(given.getlist("language"), given.getlist("subject"), given.getlist("text"), strict=False)
    found = [(code, words.Said(subject, text.replace("\r\n", "\n"))) for code, subject, text in rows]
    return [one for one in found if one[1].subject.strip() or one[1].text.strip()] or found[:1]


def _rest(request: HttpRequest) -> str:
    """The language of the letter that those get whose own is not there: that of the first, unless said otherwise."""
    given, number = request.POST.getlist("language"), request.POST.get("otherwise", "0")
    known = number.isascii() and number.isdigit() and int(number[:4]) < len(given)
    return given[int(number[:4])] if known else ""


def _by_language(written: Sequence[tuple[str, words.Said]], *, rest: str) -> dict[str, words.Said]:
    found: dict[str, words.Said] = {}
    for code, said in written:
        if not code:
            raise NotPossible(f"Say in which language the letter “{(said.subject or said.text)[:40]}” is.")
        if code in found:
            raise NotPossible(f"There are two letters in {tongues().get(code, code)}. One is enough.")
        found[code] = said
    if rest not in found:
        raise NotPossible("Choose which letter those get who read another language.")
    return found


def _sender() -> Sender | None:
    try:
        return personal.sending()
    except NotPossible:
        return None
