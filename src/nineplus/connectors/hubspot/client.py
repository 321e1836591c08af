"""HubSpot's API, thinly: one call, what its answer means, and the lists, searches and batches made of calls.

The budget is asked in the caller's thread before each call; only waiting for the other side is left to threads.
"""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

from nineplus.connectors import Budget, GiveUp, Limit, Reconnect, Retry
from nineplus.connectors._http import Answer, Line

VERSION = "2026-09"
"""The dated API. Each is supported for 18 months; what changes between two is in HubSpot's migration guide."""
HOST = "https://api.hubapi.com"

MOST = 190
"""Calls in ten seconds that a Professional or Enterprise account has; smaller ones say so in their answers."""
TEN = Limit("ten", calls=185, seconds=10)  # some calls are longer on their way than others, and arrive closer together
SEARCH = Limit("search", calls=5, seconds=1)
PAGE, PAGE_WITH_HISTORY, BATCH, FOUND, LINKED, OWNERS = 100, 50, 100, 200, 1000, 500
"""Most at once: in a list, in one with history, in a batch, in a search, in a reading of associations, of owners."""

_TRIES = 4
_ROLLING = frozenset(("TEN_SECONDLY_ROLLING", "SECONDLY"))
_UNTIL_TOMORROW = 3600.0
_ADDRESS = re.compile(r"[^\s\"'<>()\[\],;:=]+@[^\s\"'<>()\[\],;:=]+")

T = TypeVar("T")


class Revoked(Reconnect):
    """The key itself does not work, whatever its rights."""


class Refused(GiveUp):
    """HubSpot understood the call and refuses it. `ids`: the records it names as the reason, if any."""

    def __init__(self, message: str, *, status: int, category: str = "", ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.ids = tuple(ids)


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """A call under way. `result` waits for it, and calls again when HubSpot was merely busy."""

    result: Callable[[], T]


class Client:
    """Calls of one key. Use it from one thread; `later` lets the answer be awaited elsewhere."""

    def __init__(
        self, *, token: str, base: str, private: bool, budget: Budget, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._budget = budget
        headers = {"Authorization": f"Bearer {token}"}
        self._line = Line(base or HOST, headers=headers, private=private, ticks=ticks)
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="hubspot")
        self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hubspot-ahead")
        self._tries = _TRIES
        self._share = 1.0
        self._owed = 0.0
        self._refusals = 0
        self.headers: Mapping[str, str] = {}
        self.server_time: float | None = None

    def close(self) -> None:
        for pool in (self._pool, self._ahead):  # what is read ahead ends with the call at hand
            pool.shutdown(wait=True, cancel_futures=True)
        self._line.close()

    def get(self, path: str, **query: Any) -> Any:
        return self.later("GET", path, query=query).result()

    def post(self, path: str, send: Any, *, safe: bool) -> Any:
        """`safe`: it only reads, so that it may be asked again."""
        return self.later("POST", path, send=send, safe=safe).result()

    def later(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, send: Any = None, safe: bool = True
    ) -> Waiting[Any]:
        """Begin a call; it is counted now and judged when its result is asked for."""
        bucket = SEARCH.bucket if path.endswith("/search") else TEN.bucket
        begin = lambda: self._begin(bucket, method, path, query, send)  # noqa: E731
        first = begin()
        return Waiting(lambda: self._judged(first, begin, bucket, safe=safe))

    def ahead(self, work: Callable[[Client], T], *, calls: int) -> Waiting[T]:
        """Have that reading done while the caller does something else. So many calls are counted now.

        `work` is given a client whose calls are paid; what fails there is done again here, by the rules.
        """
        self._pay(calls)
        paid = copy.copy(self)
        paid._budget, paid._tries = _Paid(), 1
        begun = self._ahead.submit(work, paid)

        def result() -> T:
            try:
                return begun.result()
            except _Spent:
                raise
            except Retry as problem:
                if isinstance(problem, _Rate):
                    self._budget.refused(TEN.bucket, after=problem.after or TEN.seconds)
                return work(self)

        return Waiting(result)

    def _pay(self, calls: int) -> None:
        # An account with a smaller share pays more for each call, so that one plan of limits serves all.
        self._owed += self._share * calls
        due, self._owed = int(self._owed), self._owed % 1
        self._budget.take(TEN.bucket, max(due, 1))

    def _begin(self, bucket: str, method: str, path: str, query: Any, send: Any) -> Future[Answer]:
        self._pay(1)
        if bucket != TEN.bucket:
            self._budget.take(bucket)
        return self._pool.submit(self._line.call, method, path, query=query, send=send)

    def _judged(self, first: Future[Answer], again: Callable[[], Future[Answer]], bucket: str, *, safe: bool) -> Any:
        waiting = first
        for left in reversed(range(self._tries)):
            try:
                return self._meant(waiting.result(), bucket)
            except Retry as problem:
                # Refused for its rate alone, a call did nothing; any other failure may have come after the deed.
                again_is_fine = left and (isinstance(problem, _Rate) or (safe and left == self._tries - 1))
                if not again_is_fine or isinstance(problem, _Spent):
                    raise
            waiting = again()
        raise AssertionError

    def _meant(self, answer: Answer, bucket: str) -> Any:
        self._learn(answer.headers)
        if answer.status != 429:
            self._refusals = 0
        body = answer.body if isinstance(answer.body, dict) else None
        if answer.status < 300:
            if body is None and answer.status != 204:
                raise Retry("HubSpot's answer is no JSON.")
            return body or {}
        if answer.status == 429:
            raise self._busy(answer, body or {}, bucket)
        if answer.status == 401:
            raise Revoked("HubSpot does not know this key (any more).")
        if answer.status == 403:
            missing = _scopes(body or {})
            words = ", ".join(missing) or unnamed(str((body or {}).get("message") or "a right is missing"))
            raise Reconnect(f"HubSpot does not allow this to the key: {words}.", missing=missing)
        if answer.status >= 500 or answer.status in (408, 423, 425, 477):
            raise Retry(f"HubSpot is out of order ({answer.status}).", after=_seconds(answer.headers))
        raise _refused(answer.status, body or {})

    def _busy(self, answer: Answer, body: Mapping[str, Any], bucket: str) -> Retry:
        policy = str(body.get("policyName") or "")
        after = _seconds(answer.headers)
        if policy == "DAILY":
            return _Spent("The calls of this day are used up at HubSpot.", after=after or _UNTIL_TOMORROW)
        limited = SEARCH.bucket if policy == "SECONDLY" and bucket == SEARCH.bucket else TEN.bucket
        if after is None:
            # A rolling window frees a part of itself all the time: its whole length is waited for only in the end.
            interval = answer.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
            usual = SEARCH.seconds if limited == SEARCH.bucket else TEN.seconds
            whole = int(interval) / 1000 if interval.isdigit() and policy in _ROLLING else usual
            after = min(whole, max(1.0, whole / 10) * 2**self._refusals)
        self._refusals += 1
        self._budget.refused(limited, after=after)
        return _Rate("HubSpot asks to call less often.", after=after)

    def _learn(self, headers: Mapping[str, str]) -> None:
        self.headers = {**self.headers, **{n: v for n, v in headers.items() if n.startswith("x-hubspot-ratelimit")}}
        most = headers.get("x-hubspot-ratelimit-max", "")
        interval = headers.get("x-hubspot-ratelimit-interval-milliseconds", "10000")
        if most.isdigit() and int(most) and interval == "10000":
            self._share = max(1.0, MOST / int(most))
        try:
            told = parsedate_to_datetime(headers["date"])
            self.server_time = (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
        except (KeyError, ValueError):
            pass

    # Paths ---------------------------------------------------------------------------------------------------------

    def objects(self, kind: str, *more: str) -> str:
        return "/".join((f"/crm/objects/{VERSION}/{kind}", *more))

    def listed(
        self, kind: str, properties: Sequence[str], history: Sequence[str], after: str, *, archived: bool = False
    ) -> Waiting:
        query: dict[str, Any] = {
            "limit": PAGE_WITH_HISTORY if history else PAGE,
            "archived": "true" if archived else "false",
            "properties": ",".join(properties),
        }
        if history:
            query["propertiesWithHistory"] = ",".join(history)
        if after:
            query["after"] = after
        return self.later("GET", self.objects(kind), query=query)

    def read_batch(
        self, kind: str, ids: Sequence[str], properties: Sequence[str], history: Sequence[str] = (), *, by: str = ""
    ) -> Iterator[dict[str, Any]]:
        """Those of the records that are there, in no particular order."""
        waiting = []
        for some in in_parts(ids, PAGE_WITH_HISTORY if history else BATCH):
            send: dict[str, Any] = {
                "inputs": [{"id": key} for key in some],
                "properties": list(properties),
                "propertiesWithHistory": list(history),
            }
            if by:
                send["idProperty"] = by
            waiting.append(self.later("POST", self.objects(kind, "batch/read"), send=send))
        for one in waiting:
            yield from one.result().get("results") or ()

    def search(
        self, kind: str, filters: Sequence[Mapping[str, Any]], *, sort: str, properties: Sequence[str], limit: int
    ) -> Mapping[str, Any]:
        """HubSpot takes one sorting rule. `sort` with a minus before it: the greatest first."""
        send = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [
                {"propertyName": sort.removeprefix("-"), "direction": "DESCENDING" if sort[0] == "-" else "ASCENDING"}
            ],
            "properties": list(properties),
            "limit": limit,
        }
        return self.post(self.objects(kind, "search"), send, safe=True)

    def linked(self, kind: str, to: str, ids: Sequence[str]) -> Waiting[dict[str, Any]]:
        """Associations of up to 1,000 records: `{id: [(their id, {type ids})]}`, as they are told."""
        path = f"/crm/associations/{VERSION}/{kind}/{to}/batch/read"
        waiting = [
            self.later("POST", path, send={"inputs": [{"id": key} for key in some]}) for some in in_parts(ids, LINKED)
        ]
        return Waiting(lambda: {k: v for one in waiting for k, v in _links(one.result()).items()})

    def known_properties(self, kind: str) -> list[dict[str, Any]]:
        return list(self.get(f"/crm/properties/{VERSION}/{kind}", archived="false").get("results") or ())

    def pipelines(self, kind: str) -> list[dict[str, Any]]:
        return list(self.get(f"/crm/pipelines/{VERSION}/{kind}").get("results") or ())

    def account(self) -> dict[str, Any]:
        return dict(self.get(f"/account-info/{VERSION}/details"))


class _Paid:
    """The budget of calls that were counted before."""

    def take(self, bucket: str, calls: int = 1) -> None: ...

    def refused(self, bucket: str, *, after: float) -> None: ...


class _Rate(Retry):
    """Too fast."""


class _Spent(_Rate):
    """Too much for one day."""


def in_parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Parts of at most so many."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def next_after(page: Mapping[str, Any], before: str) -> str:
    """Where the next page begins; empty: there is none. A page that leads to itself makes no sense."""
    after = str(((page.get("paging") or {}).get("next") or {}).get("after") or "")
    if after and after == before:
        raise GiveUp("HubSpot gives the same page again and again.")
    return after


def _links(told: Mapping[str, Any]) -> dict[str, list[tuple[str, frozenset[int]]]]:
    return {
        str(row["from"]["id"]): [
            (str(to["toObjectId"]), frozenset(int(kind["typeId"]) for kind in to.get("associationTypes") or ()))
            for to in row.get("to") or ()
        ]
        for row in told.get("results") or ()
    }


def _seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _scopes(body: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for told in [body, *(body.get("errors") or ())]:
        context = told.get("context") if isinstance(told, dict) else None
        for name in ("requiredGranularScopes", "requiredScopes", "missingScopes"):
            given = context.get(name) if isinstance(context, dict) else None
            found += [scope for scope in given or () if isinstance(scope, str) and scope not in found]
            if given:
                break
    return found


def unnamed(words: str) -> str:
    """HubSpot's words without the addresses that it likes to repeat in them."""
    return _ADDRESS.sub("…@…", words)[:500]


def _refused(status: int, body: Mapping[str, Any]) -> Refused:
    ids = (body.get("context") or {}).get("ids") or () if isinstance(body.get("context"), dict) else ()
    words = unnamed(str(body.get("message") or "no reason given"))
    return Refused(
        f"HubSpot refuses the call ({status}): {words}",
        status=status,
        category=str(body.get("category") or ""),
        ids=[str(key) for key in ids],
    )
