"""The page for what nobody foresaw, and for what is outside: a full disk, a database that another program holds."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from nineplus.stages.errors import outside


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls it while the exception is being handled; it must need neither database nor session."""
    problem = sys.exc_info()[1]
    reason = outside(problem) if problem else ""
    page = render_to_string("500.html", {"request": request, "reason": reason})
    return HttpResponse(page, status=503 if reason else 500)
