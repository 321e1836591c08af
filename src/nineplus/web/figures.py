"""What Prometheus is told: requests, and what the store holds and waits for."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from nineplus.stages.govern.health import State, readiness, unread
from nineplus.store.models import Event
from nineplus.store.models.events import EventState


class _Store:
    """Asked at each scrape, so that every web process tells the same."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        events = GaugeMetricFamily("nineplus_events", "Events by state.", labels=["state"])
        counts = dict(
            Event.objects.exclude(state=EventState.DONE).order_by().values_list("state").annotate(count=Count("id"))
        )
        for state in (EventState.WAITING, EventState.CLAIMED, EventState.PARKED):
            events.add_metric([str(state)], counts.get(state, 0))
        yield events
        oldest = Event.objects.filter(state=EventState.WAITING, due_at__lte=now).aggregate(at=Min("due_at"))["at"]
        yield GaugeMetricFamily(
            "nineplus_events_oldest_seconds",
            "How long the oldest due event has waited.",
            value=(now - oldest).total_seconds() if oldest else 0,
        )
        yield GaugeMetricFamily("nineplus_comments_unread", "Comments that wait to be read for themes.", value=unread())
        well = GaugeMetricFamily("nineplus_well", "1 when this check is well.", labels=["check"])
        for check in readiness(now=now).checks:
            well.add_metric([check.name], float(check.state is State.WELL))
        yield well


def exposition() -> tuple[bytes, str]:
    """The figures of all web processes, and their content type."""
    registry = CollectorRegistry()
    registry.register(_Store())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
        return generate_latest(registry), CONTENT_TYPE_LATEST
    return generate_latest(REGISTRY) + generate_latest(registry), CONTENT_TYPE_LATEST
