"""Where Slack calls: the command, and what is pressed. Each call is signed; the same one is taken once."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nineplus.connectors import Forged
from nineplus.stages.act.chat import acting
from nineplus.stages.errors import NotPossible
from nineplus.stages.share.chat import commands
from nineplus.web.access import public
from nineplus.web.pages.hooks import LARGEST, heard


@csrf_exempt
@public
@require_http_methods(["POST"])
def slack_command(request: HttpRequest) -> HttpResponse:
    """/nineplus: answered at once, to whoever asked."""
    form = _form(request)
    if isinstance(form, HttpResponse):
        return form
    return JsonResponse(commands.command(form.dict(), now=timezone.now()))


@csrf_exempt
@public
@require_http_methods(["POST"])
def slack_act(request: HttpRequest) -> HttpResponse:
    """A button, a menu, a window that was sent off."""
    form = _form(request)
    if isinstance(form, HttpResponse):
        return form
    try:
        payload = json.loads(form.get("payload", ""))
        if not isinstance(payload, dict):
            return HttpResponse(status=400)
        found = acting.pressed(payload, now=timezone.now())
    except (ValueError, NotPossible):
        return HttpResponse(status=400)
    return JsonResponse(found.answer) if found.answer else HttpResponse(status=200)


def _form(request: HttpRequest) -> QueryDict | HttpResponse:
    """The form of a call that is Slack's; else what it is refused with."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    call = heard(request)
    try:
        acting.take(headers=call.headers, body=call.body, now=timezone.now())
        return QueryDict(call.body)
    except Forged:
        return HttpResponse(status=403)
    except NotPossible:
        return HttpResponse(status=503)
    except (ValueError, UnicodeError):
        return HttpResponse(status=400)
