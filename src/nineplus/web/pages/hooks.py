"""Where providers tell what became of messages, and survey tools what was answered.

The address is secret and each call is signed.
"""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nineplus.channels import Call, Forged, Retry
from nineplus.stages.capture.people import addresses
from nineplus.stages.capture.sending import hooks, inbox
from nineplus.stages.connect import feeds
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.web.access import public

log = logging.getLogger(__name__)

LARGEST = 2_000_000
LARGEST_MAIL = 10_000_000
"""What is held in memory of one call. Its attachments are only noted."""


@csrf_exempt
@public
@require_http_methods(["POST", "HEAD", "GET"])
def hook(request: HttpRequest, hook_key: str) -> HttpResponse:
    """One call. Providers try again on anything but 2xx, so what cannot be read is taken note of and let go."""
    if request.method != "POST":
        return HttpResponse(status=200)  # some look whether the address answers before they use it
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    call = heard(request)
    try:
        hooks.hear(hook_key=hook_key, call=call, now=timezone.now())
    except NotFound:
        return _answer_of_another_tool(hook_key, call)
    except Forged:
        return HttpResponse(status=403)
    except (Retry, NotPossible):
        return HttpResponse(status=503)
    except ValueError:
        return HttpResponse(status=400)
    return HttpResponse(status=204)


@csrf_exempt
@public
@require_http_methods(["POST", "HEAD", "GET"])
def mail(request: HttpRequest, hook_key: str) -> HttpResponse:
    """Mail that a provider took in for us and hands on."""
    if request.method != "POST":
        return HttpResponse(status=200)
    if not inbox.receives(hook_key):
        return HttpResponse(status=404)
    length = request.headers.get("Content-Length") or "0"
    if not length.isdigit() or int(length) > LARGEST_MAIL:
        log.warning("mail_too_large")
        return HttpResponse(status=413)
    try:
        inbox.receive(hook_key=hook_key, call=heard(request), now=timezone.now())
    except NotFound:
        return HttpResponse(status=404)
    except Forged:
        return HttpResponse(status=403)
    except (Retry, NotPossible, OperationalError, InterfaceError):  # it comes again
        return HttpResponse(status=503)
    except ValueError:
        return HttpResponse(status=400)
    return HttpResponse(status=204)


def _answer_of_another_tool(hook_key: str, call: Call) -> HttpResponse:
    """A survey tool that sends its answers. What holds no answer is kept with its reason: it need not come again."""
    try:
        feeds.hear(hook_key=hook_key, headers=call.headers, body=call.body, now=timezone.now())
    except NotFound:
        return HttpResponse(status=404)
    except feeds.Forged:
        return HttpResponse(status=403)
    except NotPossible:
        return HttpResponse(status=503)
    return HttpResponse(status=204)


def heard(request: HttpRequest) -> Call:
    """The call as it came, for whoever verifies its signature."""
    return Call(
        url=_base(request) + request.get_full_path(),
        method="POST",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
    )


def _base(request: HttpRequest) -> str:
    """The address as the provider knows it: what is signed begins with it."""
    try:
        return addresses.base()
    except NotPossible:
        return f"{request.scheme}://{request.get_host()}"
