"""Connections are made, changed, checked, paused and removed. Their secrets are never shown again."""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from nineplus import plugs
from nineplus.channels import Call
from nineplus.connectors import Checked, GiveUp, Property, Reconnect, Retry, Session
from nineplus.plugs import Connector
from nineplus.stages.connect.syncing.budget import SharedBudget
from nineplus.stages.connect.syncing.settled import COLUMNS
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.stages.govern import plug_settings, secrets
from nineplus.store.models import Connection, Event, StreamState
from nineplus.store.models.connections import ConnectionState

SHORTEST, LONGEST = 60, 86_400
"""Seconds between two runs."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")


def connectors() -> Mapping[str, Connector]:
    """Every outside system there is, by name."""
    return plugs.find("nineplus.connectors", Connector)


def every() -> list[Connection]:
    return list(Connection.objects.order_by("title", "pk"))


def find(name: str | int) -> Connection:
    """By number or source. Raises NotFound."""
    by = {"pk": name} if isinstance(name, int) or _is_number(name) else {"source": name[:40]}
    found = Connection.objects.filter(**by).first()
    if found is None:
        raise NotFound(f"There is no connection {name!r}.")
    return found


def plug_of(connection: Connection) -> Connector:
    """Raises NotPossible when its connector is not installed."""
    found = connectors().get(connection.connector)
    if found is None:
        raise NotPossible(f"The connector {connection.connector!r} is not installed here.")
    return found


def add(
    *, connector: str, settings: Mapping[str, str], title: str = "", source: str = "", every: int = 300, now: datetime
) -> Connection:
    """A new connection with the connector's own mapping; nothing is read before it is started. Raises NotPossible."""
    plug = connectors().get(connector)
    if plug is None:
        raise NotPossible(f"There is no connector {connector!r}. There are: {', '.join(connectors())}.")
    shown, hidden = plug_settings.divided(plug.title, plug.fields, settings)
    with transaction.atomic():
        return Connection.objects.create(
            source=source or _free(plug.name),
            connector=plug.name,
            title=title.strip()[:200] or plug.title,
            settings=shown,
            secrets=secrets.lock(hidden),
            mapping={stream: dict(meanings) for stream, meanings in plug.defaults.items()},
            every=_interval(every),
            hook_key=randomness.token_urlsafe(24),
            created_at=now,
        )


def change(
    connection: Connection,
    *,
    settings: Mapping[str, str] | None = None,
    title: str | None = None,
    every: int | None = None,
    writes: Sequence[str] | None = None,
    now: datetime,
) -> Connection:
    """Other settings; a secret left empty stays. What was broken is tried again."""
    plug = plug_of(connection)
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection.pk)
        if settings is not None:
            shown, hidden = plug_settings.changed(
                plug.title, plug.fields, shown=connection.settings, locked=connection.secrets, given=settings
            )
            connection.settings, connection.secrets = shown, secrets.lock(hidden)
            connection.checked_at = None  # it may be the key of another account
            if connection.state == ConnectionState.BROKEN:
                connection.state, connection.due_at = ConnectionState.ACTIVE, now
            connection.error = ""
        if title is not None:
            connection.title = title.strip()[:200] or plug.title
        if every is not None:
            connection.every = _interval(every)
        if writes is not None:
            connection.writes = _writes(plug, writes)
        connection.save()
    return connection


def remap(connection: Connection, stream: str, mapping: Mapping[str, str], *, now: datetime) -> Connection:
    """Other meanings of a stream's properties. The stream is read again from its beginning, so that history has them.

    Raises NotPossible for what will not do.
    """
    plug = plug_of(connection)
    if stream not in {one.name for one in plug.streams}:
        raise NotPossible(f"{plug.title} has no stream {stream!r}.")
    meant = {theirs: ours.strip() for theirs, ours in mapping.items() if ours.strip()}
    columns = [ours for ours in meant.values() if not ours.startswith("attribute:")]
    kinds = next(one.kinds for one in plug.streams if one.name == stream)
    known = {column for kind in kinds for column in COLUMNS.get(kind, ())}
    if strange := sorted({*columns} - known):
        raise NotPossible(f"A property cannot become {strange[0]!r}. There are: {', '.join(sorted(known))}.")
    slugs = {ours.removeprefix("attribute:") for ours in meant.values()} - {*columns}
    if strange := sorted(slug for slug in slugs if not _SLUG.match(slug)):
        raise NotPossible(f"{strange[0]!r} is no name of an attribute: lower-case letters, digits and _, at most 60.")
    if double := sorted({ours for ours in columns if columns.count(ours) > 1}):
        raise NotPossible(f"Two properties cannot both be {double[0]!r}. Choose one.")
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection.pk)
        if connection.mapping.get(stream) == meant:
            return connection
        connection.mapping = {**connection.mapping, stream: meant}
        connection.due_at = now
        connection.save(update_fields=["mapping", "due_at"])
        StreamState.objects.filter(connection=connection, stream=stream).update(cursor={}, seen=0, total=None)
    return connection


def start(connection: Connection, *, now: datetime, full: bool = False) -> None:
    """Have the worker read it now; with `full` from the beginning (rows that are there stay as they are)."""
    with transaction.atomic():
        if full:
            rewind(connection)
        Connection.objects.filter(pk=connection.pk).update(state=ConnectionState.ACTIVE, error="", due_at=now)
        Event.publish(kind="connection.due", data={"connection": connection.pk}, now=now)


def ask_for(connection: Connection, *, now: datetime) -> None:
    """Have the worker read it now, as `start`, for a program: what a person has paused stays so. Raises Conflict."""
    if Connection.objects.filter(pk=connection.pk, state=ConnectionState.PAUSED).exists():
        raise Conflict(
            f"“{connection.title}” is paused: somebody wants it neither read nor written to. "
            "An owner starts it again on its page, with Start reading."
        )
    start(connection, now=now)


def rewind(connection: Connection) -> None:
    """The next run reads everything from its beginning."""
    StreamState.objects.filter(connection=connection).update(cursor={}, seen=0, total=None)


def tell_history(connection: Connection, *, now: datetime) -> None:
    """Have the worker write every customer's newest answer back."""
    with transaction.atomic():
        Event.publish(kind="connection.history", data={"connection": connection.pk}, now=now)


def heard(hook_key: str, call: Call, *, now: datetime) -> Sequence[str]:
    """A webhook of the other side: the connection is read at once. It is only a hint, so nothing in it is used.

    Returns the streams that have news. Raises NotFound, Forged.
    """
    connection = Connection.objects.filter(hook_key=hook_key).first()
    plug = plug_of(connection) if connection else None
    if connection is None or plug is None or plug.hear is None:
        raise NotFound("There is no connection at this address.")
    settings = plug_settings.whole(plug.fields, shown=connection.settings, locked=connection.secrets)
    streams = plug.hear(settings, call)
    if streams:
        waiting = Connection.objects.filter(pk=connection.pk, state=ConnectionState.ACTIVE, due_at__gt=now)
        waiting.update(due_at=now)
    return streams


def pause(connection: Connection) -> None:
    """Nothing is read or written until it is started again."""
    Connection.objects.filter(pk=connection.pk).update(state=ConnectionState.PAUSED, due_at=None)


def remove(connection: Connection) -> None:
    """Forget the connection with its secrets. What was read through it stays."""
    connection.delete()


@contextmanager
def opened(connection: Connection, *, wait: Callable[[float], None] | None = None) -> Iterator[Session]:
    """A session with that system. Raises NotPossible when the connector or its secrets are missing."""
    plug = plug_of(connection)
    settings = plug_settings.whole(plug.fields, shown=connection.settings, locked=connection.secrets)
    budget = SharedBudget(connection.pk, plug.limits, wait=wait)
    session = plug.open(settings, mapping=connection.mapping, budget=budget)
    try:
        yield session
    finally:
        session.close()


def check(connection: Connection, *, now: datetime) -> Checked:
    """Does it work, and which rights are missing for what? Raises NotPossible with what is wrong."""
    try:
        with opened(connection) as session:
            found = looked_at(connection, session, now=now)
    except (Reconnect, Retry, GiveUp) as problem:
        lasting = {"error": str(problem)} if isinstance(problem, Reconnect) else {}
        Connection.objects.filter(pk=connection.pk).update(checked_at=now, **lasting)
        raise NotPossible(str(problem)) from None
    there = Connection.objects.filter(pk=connection.pk)
    there.update(error="")
    there.filter(state=ConnectionState.BROKEN).update(state=ConnectionState.ACTIVE, due_at=now)
    given = {one.name for one in plug_of(connection).streams if one.title in connection.lacking} - {
        one.name for one in plug_of(connection).streams if one.title in found.missing
    }
    if StreamState.objects.filter(connection=connection, stream__in=given).exclude(error="").update(error=""):
        there.filter(state=ConnectionState.ACTIVE).update(due_at=now)  # what it lacked is read at once
    return found


def looked_at(connection: Connection, session: Session, *, now: datetime) -> Checked:
    """What the other side says of the key. The first account is the account of this connection for ever.

    Raises Reconnect for the key of another one: what comes from there must not be taken for the same customers.
    """
    found = session.check()
    if connection.account and found.account and connection.account != found.account[:200]:
        raise Reconnect(
            f"This key is of the account {found.account}; the connection is with {connection.account}. "
            "Make a new connection for another account."
        )
    account = found.account[:200] or connection.account
    lacking = {why: list(rights) for why, rights in found.missing.items()}
    Connection.objects.filter(pk=connection.pk).update(checked_at=now, account=account, lacking=lacking)
    return found


def properties(connection: Connection, stream: str) -> Sequence[Property]:
    """What that stream's objects have over there, for the mapping. Raises NotPossible."""
    try:
        with opened(connection) as session:
            return session.properties(stream)
    except (Reconnect, Retry, GiveUp) as problem:
        raise NotPossible(str(problem)) from None


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) < 19


def _free(name: str) -> str:
    """A source that no connection has: the connector's name, with a number from the second one on."""
    taken = set(Connection.objects.filter(source__startswith=name).values_list("source", flat=True))
    number = 2
    source = name
    while source in taken:
        source, number = f"{name}-{number}", number + 1
    return source


def _interval(seconds: int) -> int:
    if not SHORTEST <= seconds <= LONGEST:
        raise NotPossible("It can be read every 1 minute to once a day.")
    return seconds


def _writes(plug: Connector, writes: Sequence[str]) -> list[str]:
    if writes and not plug.writes:
        raise NotPossible(f"Nothing is written to {plug.title}.")
    if strange := sorted(set(writes) - {"properties", "note", "task"}):
        raise NotPossible(f"{strange[0]!r} cannot be written. There are: properties, note, task.")
    return sorted(set(writes))
