"""Ways to ask: the open link and its QR code, the kiosk, the widget for a web page, and a test sent to oneself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from nineplus.stages.capture.drawing import surveys as drawing
from nineplus.stages.capture.sending.testing import send_test
from nineplus.store.models import Sender
from nineplus.web.page import carried_out, page, reads, writes


@reads("analyst")
def surveys_ways(request: HttpRequest, pk: int) -> HttpResponse:
    survey = drawing.find(pk)
    base = (settings.NINEPLUS.public_url or request.build_absolute_uri("/")).rstrip("/")
    plan = drawing.plan_of(survey)
    senders = {sender.medium: sender for sender in Sender.objects.filter(is_default=True)}
    return page(
        request,
        "surveys/ways.html",
        title=survey.name,
        survey=survey,
        section="ways",
        base=base,
        link=f"{base}/a/{survey.public_id}/",
        kiosk=f"{base}/k/{survey.public_id}/",
        script=f"{base}/static/built/widget.js",
        local=not settings.NINEPLUS.public_url,
        media=[(medium, senders.get(medium)) for medium in plan.channels],
        plan=plan,
    )


@writes("analyst")
def surveys_test(request: HttpRequest, pk: int) -> HttpResponse:
    """The message as a customer would get it, to whoever is logged in or the address they name."""
    to = request.POST.get("to", "").strip() or request.user.email

    def send() -> None:
        medium = "sms" if to.startswith("+") else "email"
        send_test(drawing.find(pk), to=to, by=request.user, medium=medium, now=timezone.now())

    return carried_out(
        request,
        send,
        done=f"On its way to {to}. Its link shows the survey and keeps nothing.",
        then="surveys-ways",
        pk=pk,
    )
