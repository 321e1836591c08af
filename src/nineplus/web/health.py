"""For machines that watch: /health (it runs), /ready (it can answer), /metrics (figures, off unless enabled)."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nineplus.stages.govern import keys
from nineplus.stages.govern.health import State, readiness
from nineplus.version import __version__
from nineplus.web.access import public


@public
@require_safe
@never_cache
def health(_request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing of the database."""
    return JsonResponse({"status": "up", "version": __version__})


@public
@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """503 while database or migrations are not well; what else is not well is told, but keeps nobody out."""
    found = readiness(now=timezone.now())
    checks = {check.name: str(check.state) for check in found.checks}
    well = all(check.state is State.WELL for check in found.checks)
    status = ("ready" if well else "degraded") if found.ready else "unready"
    return JsonResponse({"status": status, "checks": checks}, status=200 if found.ready else 503)


@public
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus: to this machine, or with a key. Not there at all unless enabled."""
    if not settings.NINEPLUS.metrics:
        raise Http404
    if not _may_see(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    from nineplus.web import figures

    body, kind = figures.exposition()
    return HttpResponse(body, content_type=kind)


def _may_see(request: HttpRequest) -> bool:
    # Behind a proxy everybody comes from this machine, whether it says so (X-Forwarded-For) or not.
    proxied = settings.NINEPLUS.public_url or "X-Forwarded-For" in request.headers
    local = not proxied and request.META.get("REMOTE_ADDR", "") in ("127.0.0.1", "::1")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return local or (scheme.lower() == "bearer" and keys.authenticate(token, now=timezone.now()) is not None)


urlpatterns = [
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
]
