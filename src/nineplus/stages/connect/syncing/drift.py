"""How the other side's objects changed: properties that came, went or became something else are told, once."""

from __future__ import annotations

from datetime import datetime

from nineplus.connectors import Session
from nineplus.stages.connect.syncing.problems import tell
from nineplus.store.models import StreamState


def look(session: Session, state: StreamState, *, now: datetime) -> None:
    """Compare the stream's properties with last time. The first look only remembers them."""
    found = {one.name: one.type for one in session.properties(state.stream)}
    before = state.schema
    if not found or found == before:
        return
    mapped = state.connection.mapping.get(state.stream, {})
    told = []
    if before:
        told += [
            (name, "property_gone", f"The property {name} is gone over there; it was mapped to {mapped[name]}.")
            for name in before.keys() - found.keys()
            if name in mapped
        ]
        told += [
            (name, "property_changed", f"The property {name} was {before[name]} and is {found[name]} now.")
            for name in before.keys() & found.keys()
            if before[name] != found[name] and name in mapped
        ]
    else:
        told += [
            (name, "property_unknown", f"There is no property {name} over there; it was to become {mapped[name]}.")
            for name in mapped.keys() - found.keys()
        ]
    tell(told, connection=state.connection_id, stream=state.stream, now=now)
    state.schema = found
    StreamState.objects.filter(pk=state.pk).update(schema=found)
