"""Loop: who must hear from us today? Queue, mine, board, overdue, team; and one case with all there is to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from nineplus.model.cases import OUTCOMES, PRIORITIES
from nineplus.stages.act.cases import causes, letters, opening, owning, reading, replying, working
from nineplus.stages.act.playbooks import keeping as playbooks
from nineplus.stages.act.playbooks import running as playing
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.stages.share.customers import health, standing
from nineplus.stages.share.customers.entries import Customer
from nineplus.stages.share.customers.timeline import sources, timeline
from nineplus.store.models import Account, Case, Contact, Response
from nineplus.web.page import page, reads, writes
from nineplus.web.pages.case_acts import ACTIONS, number
from nineplus.web.pages.customers import LEVELS

_VIEWS = (("mine", "Mine"), ("queue", "Queue"), ("overdue", "Overdue"), ("all", "All open"), ("closed", "Closed"))
_KEPT = ("team", "owner", "priority", "account")


@reads("agent")
def loop(request: HttpRequest) -> HttpResponse:
    """The cases of one view, by when they are due; mine first, or the queue when nobody waits for me."""
    now, asked = timezone.now(), _asked(request.GET)
    if request.htmx and "since" in request.GET:
        return _news(request, asked)
    counted = reading.counts(by=request.user, now=now)
    if "view" not in request.GET and not counted["mine"] and counted["queue"]:
        asked = replace(asked, view="queue")
    found = reading.cases(asked, by=request.user, after=request.GET.get("after", ""), now=now)
    context = {
        "lines": found.lines,
        "now": now,
        "more": _query(asked, after=found.more) if found.more else "",
        "back": _query(asked),
        "asked": asked,
    }
    if request.htmx and "after" in request.GET:
        return page(request, "loop/more.html", **context)
    return page(
        request,
        "loop/list.html",
        title="Loop",
        says=_says(counted),
        nothing=not Case.objects.exists(),
        newest=reading.newest(),
        turns=owning.anybody_takes_turns(),
        narrowed=_query(asked) != _query(reading.Asked(view=asked.view)),
        **_frame(request, asked, counted, here=asked.view),
        **context,
    )


@reads("agent")
def loop_board(request: HttpRequest) -> HttpResponse:
    """Open, in work, waiting, closed this week, side by side."""
    now, asked = timezone.now(), _asked(request.GET)
    columns = reading.board(asked, by=request.user, now=now)
    counted = reading.counts(by=request.user, now=now)
    frame = _frame(request, asked, counted, here="board")
    return page(request, "loop/board.html", title="Board", says=_says(counted), columns=columns, asked=asked, **frame)


@reads("agent")
def loop_team(request: HttpRequest) -> HttpResponse:
    """Who has how much, and how soon customers hear from us."""
    now = timezone.now()
    counted = reading.counts(by=request.user, now=now)
    frame = _frame(request, reading.Asked(view="all"), counted, here="")
    return page(
        request,
        "loop/team.html",
        title="Team",
        says=_says(counted),
        team_page=True,
        mates=reading.team(now=now),
        **frame,
    )


@reads("agent")
def loop_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One case. Beside the list only the case; else with all that happened with the customer."""
    if request.htmx and "below" not in request.GET:
        return _case(request, pk)
    shown = reading.detail(pk, now=timezone.now())
    template = "accounts/older.html" if request.htmx else "loop/one.html"
    context = {**_customer(request, shown), **({} if request.htmx else _shown(request, shown))}
    return page(request, template, title=f"Case {pk}: {shown.customer}", **context)


@writes("agent")
def loop_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """One thing done with a case; then the case as it is now, what could not be done on top."""
    do = ACTIONS.get(action)
    if do is None:
        raise NotFound("There is no such thing to do with a case.")
    problem = done = ""
    try:
        done = do(request, pk, request.POST)
    except NotFound:
        raise
    except NotPossible as reason:
        problem = str(reason)
    if request.htmx:
        typed = request.POST if problem else None
        more = {"done": done, "problem": problem, "typed": typed, "open_form": action if problem else ""}
        if "list" in request.POST:
            return _case(request, pk, template="loop/beside.html", **more, **_beside(request, pk))
        return _case(request, pk, **more)
    if problem:
        messages.error(request, problem)
    elif done:
        messages.success(request, done)
    return redirect(_then(request) or reverse("loop-one", args=[pk]))


@reads("agent")
def loop_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter begun from a template, as it would go; without a script, the whole case with it."""
    shown = reading.detail(pk, now=timezone.now())
    letter = letters.draft(shown.case, name=request.GET.get("name", ""), by=request.user)
    if request.htmx:
        return page(request, "loop/letter.html", letter=letter)
    typed = {"template": letter.name, "wait": "yes"}
    return page(
        request,
        "loop/one.html",
        title=f"Case {pk}: {shown.customer}",
        **_customer(request, shown),
        **{**_shown(request, shown), "open_form": "reply", "letter": letter, "typed": typed},
    )


@writes("agent")
def loop_open(request: HttpRequest) -> HttpResponse:
    """A case by hand: for an answer, an account or a person."""
    given, now = request.POST, timezone.now()
    answer = Response.objects.select_related("account", "contact").filter(pk=number(given, "response")).first()
    account = answer.account if answer else Account.objects.filter(pk=number(given, "account")).first()
    contact = answer.contact if answer else Contact.objects.filter(pk=number(given, "contact")).first()
    try:
        made = opening.open_case(
            account=account or (contact.account if contact else None),
            contact=contact,
            reason=opening.BY_HAND,
            response=answer,
            about=given.get("about", ""),
            note=given.get("note", ""),
            by=request.user,
            owner=request.user.pk,
            now=now,
        )
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect(_then(request) or "loop")
    if not made.new:
        messages.info(request, "A case is open for this customer: this is in it now.")
    return redirect("loop-one", made.case.pk)


# -- small --------------------------------------------------------------------------------------------------------


def _news(request: HttpRequest, asked: reading.Asked) -> HttpResponse:
    """How many cases came into this view since the page was drawn."""
    since = number(request.GET, "since") or 0
    fresh = reading.chosen(asked, by=request.user, now=timezone.now()).filter(pk__gt=since).count()
    return page(request, "loop/poll.html", newest=since, fresh=fresh, back=_query(asked))


def _case(request: HttpRequest, pk: int, *, template: str = "loop/case.html", **more: object) -> HttpResponse:
    shown = reading.detail(pk, now=timezone.now())
    return page(request, template, title=f"Case {pk}", **{**_shown(request, shown), **more})


def _beside(request: HttpRequest, pk: int) -> dict[str, object]:
    """What stands beside the case that was changed: its line of the list, if it is still in it, and the numbers."""
    now, asked = timezone.now(), _asked(QueryDict(request.POST["list"]))
    counted = reading.counts(by=request.user, now=now)
    return {
        "beside": True,
        "says": _says(counted),
        "lines": reading.lines_of(reading.chosen(asked, by=request.user, now=now).filter(pk=pk), now=now),
        "back": _query(asked),
        **_frame(request, asked, counted, here=asked.view),
    }


def _customer(request: HttpRequest, shown: reading.Detail) -> dict[str, object]:
    """A page of all that happened with the case's customer."""
    case, kind = shown.case, request.GET.get("kind", "")
    of = Customer(account=case.account_id) if case.account_id else Customer(contact=case.contact_id)
    known = case.account_id or (case.contact_id and not case.contact.erased_at)
    found = timeline(of, kinds=(kind,) if kind else (), below=request.GET.get("below") or None) if known else None
    kept = [("kind", kind)] if kind else []
    every = [("All", "?", not kind)]
    return {
        "entries": found.entries if found else (),
        "icons": {one.name: one.icon for one in sources()},
        "older": urlencode([*kept, ("below", str(found.older))]) if found and found.older else "",
        "kind": kind,
        "kinds": every + [(one.title, "?" + urlencode({"kind": one.name}), one.name == kind) for one in sources()],
    }


def _shown(request: HttpRequest, shown: reading.Detail) -> dict[str, object]:
    return {
        **_worth(shown.case),
        "shown": shown,
        "case": shown.case,
        "now": timezone.now(),
        "people": owning.able(),
        "outcomes": OUTCOMES.items(),
        "causes": causes.every().items(),
        "said_causes": causes.said_in(shown.case).items(),
        "ways": working.WAYS.items(),
        "cannot_write": replying.can_write(shown.case),
        "templates": letters.every(),
        "reads_in": letters.language_of(shown.case),
        "playbooks": (taken := playing.of_case(shown.case, now=timezone.now())),
        "to_take_up": _to_take_up(taken),
        "back": request.GET.urlencode() if not request.htmx else "",
    }


def _worth(case: Case) -> dict[str, object]:
    """What an agent looks at first: what the account pays, when it renews, how it is."""
    if not case.account_id:
        return {}
    now = timezone.now()
    renews, pays = standing.money(case.account_id, now=now)
    how = health.health_of(case.account_id, now=now)
    signs = "; ".join(sign.says for sign in how.signs if sign.weight > 0)
    return {"renews": renews, "pays": pays, "health": how.level, "health_says": LEVELS[how.level], "signs": signs}


def _to_take_up(taken: Sequence[playing.Shown]) -> list[playbooks.Kept]:
    known = {one.taken_up.playbook_id for one in taken}
    return [one for one in playbooks.every() if one.playbook.pk not in known]


def _frame(request: HttpRequest, asked: reading.Asked, counted: dict[str, int], *, here: str) -> dict[str, object]:
    def tab(name: str, label: str) -> tuple[str, str, bool, int | None]:
        address = reverse("loop") + "?" + _query(reading.Asked(**{**_plain(asked), "view": name}))
        return label, address, name == here, counted.get(name)

    tabs = [tab(name, label) for name, label in _VIEWS]
    without_view = urlencode([pair for pair in _pairs(asked) if pair[0] != "view"])
    tabs.insert(
        3, ("Board", reverse("loop-board") + (f"?{without_view}" if without_view else ""), here == "board", None)
    )
    return {
        "tabs": tabs,
        "teams": owning.teams(),
        "people": owning.able(),
        "priorities": PRIORITIES,
    }


def _says(counted: dict[str, int]) -> str:
    """Who must hear from us today, in a sentence."""
    owed, rest = counted["owed"], counted["all"] - counted["owed"]
    if not owed:
        parts = ["Nobody waits to hear from you"]
    else:
        parts = ["One customer waits to hear from you" if owed == 1 else f"{owed} customers wait to hear from you"]
    if counted["overdue"]:
        parts.append(f"{counted['overdue']} for longer than promised")
    told = ", ".join(parts) + "."
    if rest:
        told += f" In {rest} more open {'case' if rest == 1 else 'cases'} nothing is owed just now."
    if counted["queue"]:
        told += f" {counted['queue']} {'is' if counted['queue'] == 1 else 'are'} in the queue: nobody looks after them."
    return told


def _asked(given: QueryDict) -> reading.Asked:
    ids = {name: found for name in ("owner", "account") if (found := number(given, name))}
    return reading.Asked(
        view=given.get("view", "mine"),
        search=given.get("q", "").strip(),
        team=given.get("team", ""),
        priority=given.get("priority", ""),
        **ids,
    )


def _pairs(asked: reading.Asked) -> list[tuple[str, str]]:
    pairs = [("view", asked.view), ("q", asked.search), *((name, getattr(asked, name)) for name in _KEPT)]
    return [(name, str(value)) for name, value in pairs if value not in ("", None)]


def _query(asked: reading.Asked, **more: str) -> str:
    return urlencode([*_pairs(asked), *more.items()])


def _plain(asked: reading.Asked) -> dict[str, object]:
    return {name: getattr(asked, name) for name in reading.Asked.__slots__}


def _then(request: HttpRequest) -> str:
    """Where the form was, when it says so and that is here."""
    then = request.POST.get("next", "")
    return then if url_has_allowed_host_and_scheme(then, allowed_hosts=None) and then.startswith("/") else ""
