"""Responses: who said what? A live list, newest first, and one answer with what stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from nineplus.model import Filter
from nineplus.render.csv import rows_csv
from nineplus.stages import capture
from nineplus.web import filter_bar
from nineplus.web.access import require_role
from nineplus.web.page import filters_for, in_words, page

AT_ONCE = 50
GROUPS = (("", "All"), ("promoters", "Promoters"), ("passives", "Passives"), ("detractors", "Detractors"))
_EXPORT = (
    "answered_at",
    "score",
    "comment",
    "account",
    "contact",
    "email",
    "survey",
    "touchpoint",
    "channel",
    "language",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What this address asks for."""

    filter: Filter
    group: str
    search: str
    account: int | None

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        account = request.GET.get("account", "")
        return cls(
            filter=filter_bar.read(request.GET),
            group=request.GET.get("group", ""),
            search=request.GET.get("q", "").strip(),
            account=int(account) if account.isdecimal() else None,
        )

    def kept(self) -> list[tuple[str, str]]:
        """What the address says besides the filter."""
        pairs = (
            ("group", self.group),
            ("q", self.search),
            ("account", "" if self.account is None else str(self.account)),
        )
        return [pair for pair in pairs if pair[1]]

    def query(self, **more: str) -> str:
        return urlencode([*self.filter.to_query(), *self.kept(), *more.items()])


@require_safe
@require_role("agent")
@in_words
def responses(request: HttpRequest) -> HttpResponse:
    asked = Asked.of(request)
    after = request.GET.get("after", "")
    found = capture.responses(
        filter=asked.filter,
        search=asked.search,
        group=asked.group,
        account=asked.account,
        after_cursor=after or None,
        limit=AT_ONCE,
    )
    context = {
        "asked": asked,
        "rows": found.rows,
        "found": found,
        "older": asked.query(after=str(found.older)) if found.older else "",
        "newest": asked.query(after=str(found.newest)) if found.newest else asked.query(),
        "query": asked.query(),
    }
    if request.htmx and after:
        return page(request, "responses/more.html", **context)
    return page(
        request,
        "responses/list.html",
        title="Responses",
        live=not after and not asked.search,
        groups=[(label, "?" + _with_group(asked, group), group == asked.group) for group, label in GROUPS],
        **filters_for(request, asked.filter, keep=asked.kept()),
        **context,
    )


@require_safe
@require_role("agent")
@in_words
def responses_news(request: HttpRequest) -> HttpResponse:
    """What came since the list was drawn, asked for by the open page; 204 while there is nothing."""
    asked = Asked.of(request)
    count = capture.newer_than(
        request.GET.get("after") or None, filter=asked.filter, group=asked.group, account=asked.account
    )
    if not count:
        return HttpResponse(status=204)
    found = capture.responses(filter=asked.filter, group=asked.group, account=asked.account, limit=min(count, AT_ONCE))
    return page(
        request,
        "responses/news.html",
        asked=asked,
        count=count,
        missed=max(0, count - len(found.rows)),
        rows=found.rows,
        query=asked.query(),
        newest=asked.query(after=str(found.newest)),
    )


@require_safe
@require_role("agent")
@in_words
def responses_one(request: HttpRequest, pk: int) -> HttpResponse:
    detail = capture.response_detail(pk)
    template = "responses/detail.html" if request.htmx else "responses/one.html"
    return page(
        request, template, title="Response", detail=detail, response=detail.response, back=Asked.of(request).query()
    )


@require_safe
@require_role("agent")
@in_words
def responses_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The whole list as it is filtered, piece by piece, so that its length does not matter."""
    rows = _csv(Asked.of(request))
    first = next(rows)  # what cannot be asked is said before the download begins
    answer = StreamingHttpResponse(chain((first,), rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="responses.csv"'
    return answer


def _with_group(asked: Asked, group: str) -> str:
    pairs = [pair for pair in asked.kept() if pair[0] != "group"]
    return urlencode([*asked.filter.to_query(), *pairs, *([("group", group)] if group else [])])


def _csv(asked: Asked) -> Iterator[str]:
    head = "\ufeff" + rows_csv(_EXPORT, [])
    after = None
    while True:
        found = capture.responses(
            filter=asked.filter,
            search=asked.search,
            group=asked.group,
            account=asked.account,
            after_cursor=after,
            limit=200,
        )
        yield head + rows_csv(_EXPORT, map(_row, found.rows)).split("\r\n", 1)[1]
        head = ""
        after = found.older
        if after is None:
            return


def _row(response: object) -> dict[str, object]:
    return {
        "answered_at": response.answered_at,
        "score": response.score,
        "comment": response.comment,
        "account": response.account.name or response.account.external_id if response.account else "",
        "contact": response.contact.name if response.contact else "",
        "email": response.contact.email if response.contact else "",
        "survey": response.survey.name,
        "touchpoint": response.survey.touchpoint,
        "channel": response.channel,
        "language": response.language,
    }
