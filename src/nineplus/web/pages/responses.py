"""Responses: who said what? A live list, newest first, and one answer with what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from nineplus.model import Filter
from nineplus.stages import capture
from nineplus.stages.act.rules import telling
from nineplus.stages.analyze.comments import meaning, showing
from nineplus.web import answers_csv, filter_bar
from nineplus.web.page import filters_for, page, reads
from nineplus.web.pages.themes.labels import named, said

AT_ONCE = 50
MEANING = "meaning"
GROUPS = (("", "All"), ("promoters", "Promoters"), ("passives", "Passives"), ("detractors", "Detractors"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What this address asks for."""

    filter: Filter
    group: str
    search: str
    account: int | None
    theme: str = ""
    tone: str = ""
    how: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        account = request.GET.get("account", "")
        return cls(
            filter=filter_bar.read(request.GET),
            group=request.GET.get("group", ""),
            search=request.GET.get("q", "").strip(),
            account=int(account) if account.isdecimal() else None,
            theme=request.GET.get("theme", ""),
            tone=request.GET.get("tone", ""),
            how=request.GET.get("how", ""),
        )

    @property
    def by_meaning(self) -> bool:
        return bool(self.search) and self.how == MEANING

    def kept(self) -> list[tuple[str, str]]:
        """What the address says besides the filter."""
        pairs = (
            ("group", self.group),
            ("q", self.search),
            ("account", "" if self.account is None else str(self.account)),
            ("theme", self.theme),
            ("tone", self.tone),
            ("how", self.how),
        )
        return [pair for pair in pairs if pair[1]]

    def page(self, after: capture.Cursor | str | None, *, limit: int) -> capture.Page:
        """The responses asked for, from the newest or from below a place in the list; by meaning the nearest first."""
        if self.by_meaning:
            narrow = {"group": self.group, "account": self.account, "theme": self.theme, "tone": self.tone}
            return capture.among(meaning.search(self.search), filter=self.filter, **narrow)
        return capture.responses(
            filter=self.filter,
            search=self.search,
            group=self.group,
            account=self.account,
            theme=self.theme,
            tone=self.tone,
            after_cursor=after,
            limit=limit,
        )

    def query(self, **more: str) -> str:
        return urlencode([*self.filter.to_query(), *self.kept(), *more.items()])


@reads("agent")
def responses(request: HttpRequest) -> HttpResponse:
    asked = Asked.of(request)
    after = request.GET.get("after", "")
    found = asked.page(after or None, limit=AT_ONCE)
    context = {
        "asked": asked,
        "rows": found.rows,
        "found": found,
        "older": asked.query(after=str(found.older)) if found.older else "",
        "newest": asked.query(after=str(found.newest)) if found.newest else asked.query(),
        "query": asked.query(),
        "read": showing.shown([row.pk for row in found.rows if row.comment]),
    }
    if request.htmx and after:
        return page(request, "responses/more.html", **context)
    return page(
        request,
        "responses/list.html",
        title="Responses",
        live=not after and not asked.search,
        nothing=not found.rows and not after and asked == Asked(Filter(), "", "", None),
        theme_name=named(asked.theme),
        groups=[(label, "?" + _with_group(asked, group), group == asked.group) for group, label in GROUPS],
        **filters_for(request, asked.filter, keep=asked.kept()),
        **context,
    )


@reads("agent")
def responses_news(request: HttpRequest) -> HttpResponse:
    """What came since the list was drawn, asked for by the open page; 204 while there is nothing."""
    asked = Asked.of(request)
    narrow = {"group": asked.group, "account": asked.account, "theme": asked.theme, "tone": asked.tone}
    count = capture.newer_than(request.GET.get("after") or None, filter=asked.filter, **narrow)
    if not count:
        return HttpResponse(status=204)
    found = capture.responses(filter=asked.filter, limit=min(count, AT_ONCE), **narrow)
    return page(
        request,
        "responses/news.html",
        asked=asked,
        count=count,
        missed=max(0, count - len(found.rows)),
        rows=found.rows,
        query=asked.query(),
        read=showing.shown([row.pk for row in found.rows if row.comment]),
        newest=asked.query(after=str(found.newest)),
    )


@reads("agent")
def responses_one(request: HttpRequest, pk: int) -> HttpResponse:
    detail = capture.response_detail(pk)
    template = "responses/detail.html" if request.htmx else "responses/one.html"
    context = {"detail": detail, "response": detail.response, "back": Asked.of(request).query()}
    context["rules"] = telling.of_answer(detail.response, now=timezone.now())
    return page(request, template, title="Response", **(said(pk) | context))


@reads("agent")
def responses_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The whole list as it is filtered, piece by piece, so that its length does not matter."""
    asked = Asked.of(request)
    pieces = answers_csv.pieces(lambda after: asked.page(after, limit=capture.MOST_ROWS))
    first = next(pieces)  # what cannot be asked is said before the download begins
    answer = StreamingHttpResponse(chain((first,), pieces), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="responses.csv"'
    return answer


def _with_group(asked: Asked, group: str) -> str:
    pairs = [pair for pair in asked.kept() if pair[0] != "group"]
    return urlencode([*asked.filter.to_query(), *pairs, *([("group", group)] if group else [])])
