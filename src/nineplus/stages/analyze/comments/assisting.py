"""What may be asked of the assistant about comments: a name for a topic, a summary of a theme. Shown before it is sent.

Only the parts of comments that speak of it go, masked, and none of a customer who said that they may not be quoted.
Nothing that comes back is kept or applied here: people take it or leave it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from nineplus.model import Filter
from nineplus.stages.analyze.comments import quoting, versions
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import assistant
from nineplus.store.models import Mention, Response, Topic
from nineplus.store.models.comments import TopicState
from nineplus.text.endpoint import Answered, Request, ask_name, ask_summary, read_answer

_FEWEST = 2


def name_of(pk: int) -> Request:
    """What would be sent to have this topic named. Raises NotFound, NotPossible."""
    held = _on()
    topic = Topic.objects.filter(pk=pk, state=TopicState.NEW).first()
    if topic is None:
        raise NotFound("There is no such topic any more.")
    rows = Response.objects.filter(pk__in=[row[0] for row in topic.quotes]).exclude(consent_quote=False)
    comments = dict(rows.values_list("pk", "comment"))
    said = _enough([comments[pk][a:b] for pk, a, b in topic.quotes if pk in comments])
    return ask_name(phrases=topic.phrases, comments=said, language=held.language, model=held.model)


def summary_of(slug: str, *, filter: Filter, now: datetime) -> Request:
    """What would be sent to have summed up what is said of this theme in that selection, the newest of what is sure.

    Raises NotFound, NotPossible.
    """
    held, version = _on(), versions.current()
    slug = versions.taxonomy(version).now(slug)
    name = next((one.name for one in versions.names() if one.slug == slug), None)
    if name is None:
        raise NotFound("There is no such theme any more.")
    themes = [one.slug for one in versions.names() if slug in (one.slug, one.parent)]
    newest = quoting.newest(themes, filter=filter, now=now)
    rows = (
        Mention.objects.filter(reading__version=version, reading__response__in=newest, theme__in=themes, counts=True)
        .exclude(reading__response__consent_quote=False)
        .select_related("reading__response")
    )
    parts = {row.reading.response.pk: _part(row) for row in rows}
    said = _enough([parts[pk] for pk in newest if pk in parts])
    return ask_summary(theme=name, comments=said, language=held.language, model=held.model)


def seal(request: Request) -> str:
    """By this it is known that what is sent is what was shown."""
    return hashlib.sha256(request.shown.encode()).hexdigest()


def send(request: Request, *, sealed: str) -> Answered:
    """Send it, and say what of the answer counts, or why nothing does.

    Raises Conflict when it is not what was shown, NotPossible when the assistant is off.
    """
    if sealed != seal(request):
        raise Conflict("The comments have changed since this was shown. Look again at what would be sent.")
    heard = assistant.ask(request.body)
    return Answered(None, heard.reason) if heard.text is None else read_answer(request, heard.text)


def _on() -> assistant.Held:
    held = assistant.held()
    if not held.on:
        raise NotPossible("No assistant is switched on. An owner can do that in Settings.")
    return held


def _enough(said: Sequence[str]) -> list[str]:
    """Each once; a model that is given one comment would only repeat it."""
    once = list(dict.fromkeys(text.strip() for text in said if text.strip()))
    if len(once) < _FEWEST:
        raise NotPossible("Too few comments that may be sent speak of it.")
    return once


def _part(row: Mention) -> str:
    """The clauses that the theme rests on; the whole comment when it was not cut."""
    comment = row.reading.response.comment
    cut = [(a, b) for a, b, *_ in row.reading.clauses if a < max(row.stop, row.start + 1) and row.start < b]
    return comment[min(a for a, _ in cut) : max(b for _, b in cut)] if cut else comment
