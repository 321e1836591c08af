"""How a stream of HubSpot objects is read: once through the list, then what changed, and now and then what is gone.

The list is walked by ids, so what changes during the walk is neither moved nor lost: it is read again by the search
for changes, which begins a little before the walk did. A search takes a window of time that is closed when it begins
and walks it by ids too: more records than HubSpot shows for one search (10,000), even all of one instant, are no
matter, and what changes meanwhile leaves the window and is found in the next. All windows are cut by HubSpot's own
stamps, never by a clock of ours; a window's end is read again as long as late records may still turn up in it.

Cursors (JSON): `{at: all, after, from}` → `{at: changes, since, until, id, next}` → `{at: gone, after, since}` →
`{at: rest, …}`, and from there to changes again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nineplus.connectors import GiveUp, Gone, Item, Portion, Reconnect, Record, Retry, Unusable
from nineplus.connectors.hubspot.client import (
    FOUND,
    OWNERS,
    PAGE,
    PAGE_WITH_HISTORY,
    VERSION,
    Client,
    Refused,
    Waiting,
    next_after,
)
from nineplus.connectors.hubspot.history import Stage
from nineplus.connectors.hubspot.records import TOGETHER, Around, Shape, merges
from nineplus.connectors.hubspot.values import flag, instant, milliseconds

LOOK_BACK = 10 * 60 * 1000
"""Milliseconds: so long may HubSpot's search take to know of a change."""
GONE_EVERY = 3600
"""Seconds between two looks at what was deleted: HubSpot lists all deleted records of three months each time."""
_PORTION = 500
_PAGES_AT_ONCE = 20
"""Pages of deleted records after which it is told how far the look is, though nothing was found."""

_Fetched = tuple[list[Mapping[str, Any]], str, Around]


class Reading:
    """One object's stream through one session."""

    def __init__(self, client: Client, shape: Shape, *, mapping: Mapping[str, str], clock: Callable[[], float]) -> None:
        self._client = client
        self._shape = shape
        self._clock = clock
        known = {one["name"] for one in client.known_properties(shape.object)}
        self._mapping = {theirs: ours for theirs, ours in mapping.items() if theirs in known}
        self._lost = [name for name in mapping if name not in known]
        together = [other for name in mapping for other in TOGETHER.get(name, ())]
        wanted = dict.fromkeys((*mapping, *together, *shape.needs, *shape.merged, shape.modified))
        self._asked = [name for name in wanted if name in known]
        self._history = [name for name in shape.history if name in known]
        self._still: Around | None = None

    def read(self, cursor: Mapping[str, Any]) -> Iterator[Portion]:
        """From that cursor to the end of what there is now."""
        state = dict(cursor)
        told = self._vanished()
        if state.get("at", "all") == "all":
            if "from" not in state:
                newest, total = self._newest(since=None)
                since = None if newest is None else self._after(newest)
                state = {"at": "all", "after": "", "from": since, "total": total, "gone_at": self._clock()}
            for portion in self._all(state):
                yield replace(portion, items=[*told, *portion.items])
                told, state = [], dict(portion.cursor)
        if state["at"] == "rest":
            state = self._opened(state)
        if state["at"] == "changes":
            for portion in self._changes(state):
                yield replace(portion, items=[*told, *portion.items])
                told, state = [], dict(portion.cursor)
        elif state["at"] == "rest":
            if self._looked(state):
                yield Portion(told, state, last=True)
            else:
                state = self._looking(state)
        if state["at"] == "gone":
            for portion in self._gone(state):
                yield replace(portion, items=[*told, *portion.items])
                told = []

    def _vanished(self) -> list[Item]:
        return [
            Unusable(
                self._shape.kind,
                name,
                "property_vanished",
                f"HubSpot has no property {name} on {self._shape.object}: what it was mapped to stays as it is.",
            )
            for name in self._lost
        ]

    # Once through ---------------------------------------------------------------------------------------------------

    def _all(self, state: Mapping[str, Any]) -> Iterator[Portion]:
        self._still = self._still or self._standing()
        waiting: Waiting[_Fetched] | None = self._fetching(str(state["after"]))
        while waiting:
            found, after, around = waiting.result()
            spent = None
            try:
                waiting = self._fetching(after) if after else None  # under way while this one is kept
            except Retry as problem:
                spent = problem
            cursor: Mapping[str, Any] = {**state, "after": after}
            if not after:
                cursor = {"at": "rest", "since": state["from"], "gone_at": state["gone_at"], "gone_since": None}
            yield Portion(self._items(found, around), cursor, total=state.get("total"))
            if spent:
                raise spent

    def _fetching(self, after: str) -> Waiting[_Fetched]:
        links = len(self._shape.linked) + (self._shape.kind == "tickets")
        return self._client.ahead(lambda client: self._fetch(client, after), calls=self._pages + links)

    @property
    def _pages(self) -> int:
        return _PORTION // (PAGE_WITH_HISTORY if self._history else PAGE)

    def _fetch(self, client: Client, after: str) -> _Fetched:
        """A portion of the list with what is around it, and where the next begins."""
        found: list[Mapping[str, Any]] = []
        for _ in range(self._pages):
            page = client.listed(self._shape.object, self._asked, self._history, after).result()
            found += page.get("results") or ()
            after = next_after(page, after)
            if not after:
                break
        return found, after, self._around(client, found)

    # What changed ---------------------------------------------------------------------------------------------------

    def _newest(self, *, since: int | None) -> tuple[int | None, int]:
        """The latest stamp of a change there is, and how many records were changed since. None is of the future."""
        filters = [] if since is None else [_filter(self._shape.modified, "GTE", since)]
        found = self._client.search(
            self._shape.object, filters, sort=f"-{self._shape.modified}", properties=[self._shape.modified], limit=1
        )
        stamps = [instant(one["properties"].get(self._shape.modified)) for one in found.get("results") or ()]
        now = int(max(self._clock(), self._client.server_time or 0.0) * 1000)
        return max((min(milliseconds(at), now) for at in stamps if at), default=None), int(found.get("total") or 0)

    def _opened(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """A window of changes, or the same rest when nothing is newer."""
        newest, _ = self._newest(since=state.get("since"))
        if newest is None:
            return dict(state)
        return {**state, "at": "changes", "until": newest, "id": "0", "next": self._after(newest)}

    def _changes(self, state: Mapping[str, Any]) -> Iterator[Portion]:
        last = int(state["id"])
        while True:
            filters = [
                _filter(self._shape.modified, "LTE", state["until"]),
                _filter("hs_object_id", "GT", last),
            ]
            if state.get("since") is not None:
                filters.append(_filter(self._shape.modified, "GTE", state["since"]))
            searched = self._client.search(
                self._shape.object,
                filters,
                sort="hs_object_id",
                properties=[] if self._history else self._asked,
                limit=FOUND,
            )
            found = list(searched.get("results") or ())
            reached = max((int(one["id"]) for one in found), default=last)
            if found and reached <= last:
                raise GiveUp("HubSpot's search gives the same records again and again.")
            last = reached
            if self._history and found:
                ids = list(dict.fromkeys(str(one["id"]) for one in found))
                found = list(self._client.read_batch(self._shape.object, ids, self._asked, self._history))
            items = self._items(found, self._around(self._client, found))
            shown = len(searched.get("results") or ())
            over = not shown or (not _more(searched) and int(searched.get("total") or 0) <= shown)
            if over:
                kept = {name: state.get(name) for name in ("gone_at", "gone_since")}
                rested = {"at": "rest", "since": state["next"], **kept}
                last_one = self._looked(rested)
                yield Portion(items, rested if last_one else self._looking(rested), last=last_one)
                return
            yield Portion(items, {**state, "id": str(last)})

    def _after(self, newest: int) -> int:
        """From which stamp on there may be news, when everything up to `newest` is being read."""
        now = min(self._clock(), self._client.server_time or self._clock()) * 1000
        return newest + 1 if now - newest > LOOK_BACK else newest - LOOK_BACK

    # What is gone ---------------------------------------------------------------------------------------------------

    def _looked(self, state: Mapping[str, Any]) -> bool:
        """Was it lately?"""
        return 0 <= self._clock() - float(state.get("gone_at") or 0) < GONE_EVERY

    def _looking(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {**state, "at": "gone", "after": "", "newest": None, "gone_at": self._clock()}

    def _gone(self, state: Mapping[str, Any]) -> Iterator[Portion]:
        after, since, newest = str(state["after"]), state.get("gone_since"), state.get("newest")
        waiting: Waiting[Any] | None = self._archived(after)
        pages = 0
        while waiting:
            page, pages = waiting.result(), pages + 1
            after = next_after(page, after)
            waiting = self._archived(after) if after else None
            items: list[Item] = []
            for one in page.get("results") or ():
                at = instant(one.get("archivedAt"))
                stamp = milliseconds(at) if at else None
                if stamp is None or since is None or stamp >= since:
                    items.append(Gone(self._shape.kind, str(one["id"])))
                newest = max((x for x in (newest, stamp) if x is not None), default=None)
            if waiting is None:
                kept = {"at": "rest", "since": state["since"], "gone_at": state["gone_at"]}
                yield Portion(items, {**kept, "gone_since": self._next_gone(state, newest)}, last=True)
            elif items or pages % _PAGES_AT_ONCE == 0:
                yield Portion(items, {**state, "after": after, "newest": newest})

    @staticmethod
    def _next_gone(state: Mapping[str, Any], newest: int | None) -> int | None:
        """From when on deletions are news the next time. What was deleted during this look may lie behind it."""
        began = int(state["gone_at"] * 1000)
        if newest is None:
            return state.get("gone_since")
        return newest + 1 if began - newest > LOOK_BACK else min(newest, began) - LOOK_BACK

    def _archived(self, after: str) -> Waiting[Any]:
        return self._client.listed(self._shape.object, [], [], after, archived=True)

    # Objects into items ---------------------------------------------------------------------------------------------

    def _items(self, found: Sequence[Mapping[str, Any]], around: Around) -> list[Item]:
        items: list[Item] = []
        for told in _newest_of_each(found, self._shape.modified).values():
            items += self._shape.make(self._shape, told, self._mapping, around)
            items += merges(self._shape, told)
        return items

    def _around(self, client: Client, found: Sequence[Mapping[str, Any]]) -> Around:
        self._still = self._still or self._standing()
        ids = list(dict.fromkeys(str(one["id"]) for one in found))
        waiting = {to: client.linked(self._shape.object, to, ids) for to in self._shape.linked}
        linked = {to: one.result() for to, one in waiting.items()}
        behind: Mapping[str, Any] = {}
        if self._shape.kind == "tickets":
            contacts = {
                linked["contacts"][key][0][0]
                for key in ids
                if not linked["companies"].get(key) and linked["contacts"].get(key)
            }
            behind = client.linked("contacts", "companies", sorted(contacts)).result()
        return replace(self._still, linked=linked, companies_of_contacts=behind)

    def _standing(self) -> Around:
        if self._shape.object not in ("tickets", "deals"):
            return Around()
        stages = {
            str(stage["id"]): _stage(stage, stage.get("metadata") or {})
            for pipeline in self._client.pipelines(self._shape.object)
            for stage in pipeline.get("stages") or ()
        }
        if self._shape.object == "deals":
            return Around(stages=stages, currency=str(self._client.account().get("companyCurrency") or ""))
        return Around(stages=stages, teams=_teams(self._client) if "hubspot_team_id" in self._asked else {})


def owners(client: Client, cursor: Mapping[str, Any]) -> Iterator[Portion]:
    """All owners each time: they are few, and have no search."""
    state = {"archived": False, "after": "", **cursor}
    while True:
        archived, after = bool(state["archived"]), str(state["after"])
        page = _owners(client, archived=archived, after=after)
        items = [_owner(one, archived=archived) for one in page.get("results") or ()]
        following = next_after(page, after)
        if following:
            state = {"archived": archived, "after": following}
        elif not archived:
            state = {"archived": True, "after": ""}
        else:
            yield Portion(items, {}, last=True)
            return
        yield Portion(items, state)


def _owners(client: Client, *, archived: bool, after: str) -> Mapping[str, Any]:
    more = {"after": after} if after else {}
    return client.get(f"/crm/owners/{VERSION}", limit=OWNERS, archived="true" if archived else "false", **more)


def _teams(client: Client) -> dict[str, str]:
    """How teams are called: only their members tell."""
    found: dict[str, str] = {}
    after = ""
    with contextlib.suppress(Reconnect, Refused):
        while True:
            page = _owners(client, archived=False, after=after)
            teams = [team for one in page.get("results") or () for team in one.get("teams") or ()]
            found |= {str(team["id"]): str(team.get("name") or team["id"]) for team in teams}
            if not (after := next_after(page, after)):
                break
    return found


def _owner(told: Mapping[str, Any], *, archived: bool) -> Record:
    name = " ".join(filter(None, (told.get("firstName"), told.get("lastName"))))
    fields = {"name": name or None, "email": told.get("email") or None, "active": not archived}
    return Record("owners", str(told["id"]), fields, modified_at=instant(told.get("updatedAt")))


def _filter(name: str, operator: str, value: int) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _more(page: Mapping[str, Any]) -> bool:
    return bool(((page.get("paging") or {}).get("next") or {}).get("after"))


def _stage(told: Mapping[str, Any], metadata: Mapping[str, Any]) -> Stage:
    """Tickets have `ticketState`, deals `isClosed` and a probability."""
    closed = str(metadata.get("ticketState") or "").upper() == "CLOSED" or bool(flag(metadata.get("isClosed")))
    won = closed and str(metadata.get("probability") or "") in ("1", "1.0")
    return Stage(str(told.get("label") or told["id"]), closed, won)


def _newest_of_each(found: Sequence[Mapping[str, Any]], modified: str) -> dict[str, Mapping[str, Any]]:
    """Each record once, as it was last changed, whatever the order in which it was told."""
    unique: dict[str, Mapping[str, Any]] = {}
    for told in found:
        key = str(told["id"])
        was, now = (instant(one["properties"].get(modified)) if one else None for one in (unique.get(key), told))
        if key not in unique or was is None or (now is not None and now >= was):
            unique[key] = told
    return unique
