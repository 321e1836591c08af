"""Where connected systems tell that they have news. The address is secret and each call is signed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nineplus.connectors import Forged
from nineplus.stages.connect.syncing import connections
from nineplus.stages.errors import NotFound, NotPossible
from nineplus.web.access import public
from nineplus.web.pages.hooks import LARGEST, heard

_ANSWERS = {NotFound: 404, Forged: 403, NotPossible: 503, ValueError: 400}


@csrf_exempt
@public
@require_http_methods(["POST"])
def hook(request: HttpRequest, hook_key: str) -> HttpResponse:
    """One call. It only says that there is something to read."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    call = heard(request)
    try:
        connections.heard(hook_key, call, now=timezone.now())
    except tuple(_ANSWERS) as problem:
        return HttpResponse(status=next(code for kind, code in _ANSWERS.items() if isinstance(problem, kind)))
    return HttpResponse(status=204)
