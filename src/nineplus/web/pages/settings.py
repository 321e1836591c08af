"""Settings: one's own account, the company, dated notes, and the data themselves."""

from __future__ import annotations

from datetime import date

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from nineplus.stages import analyze
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import events, markers, people, preferences, public_address, rates, sample
from nineplus.web.page import carried_out, page, reads, writes


@reads("viewer")
def settings(request: HttpRequest) -> HttpResponse:
    return page(request, "settings/account.html", title="My account", section="account")


@writes("viewer")
@sensitive_post_parameters("old", "new")
def settings_password(request: HttpRequest) -> HttpResponse:
    def change() -> None:
        if not request.user.check_password(request.POST.get("old", "")):
            raise NotPossible("The password you have now is not the one you typed.")
        user = people.set_password(user_id=request.user.pk, password=request.POST.get("new", ""))
        update_session_auth_hash(request, user)

    return carried_out(request, change, done="Changed. Other browsers are logged out.", then="settings")


@reads("analyst")
def settings_company(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "settings/company.html",
        title="Company",
        section="company",
        **_company(request),
    )


def _company(request: HttpRequest) -> dict[str, object]:
    return {
        "preferences": preferences.preferences(),
        "rates": rates.written(),
        "unconverted": rates.missing(now=timezone.now()).items(),
        "zones": preferences.zones(also=preferences.preferences().time_zone),
        "address": public_address.public_address(),
        "here": request.build_absolute_uri("/").rstrip("/"),
    }


@writes("analyst")
def settings_company_change(request: HttpRequest) -> HttpResponse:
    given = request.POST

    def change() -> None:
        with transaction.atomic():
            preferences.change(
                company=given.get("company", ""),
                time_zone=given.get("time_zone", ""),
                currency=given.get("currency", "").upper(),
            )
            if "rates" in given:
                rates.change(given["rates"])

    return carried_out(request, change, done="Saved.", then="settings-company")


@writes("owner")
def settings_address_change(request: HttpRequest) -> HttpResponse:
    """Where links in messages lead. The web server starts again for it: the page says so and comes back."""
    url = request.POST.get("public_url", "")
    try:
        address = public_address.change(url)
    except NotPossible as problem:
        return page(
            request,
            "settings/company.html",
            status=400,
            title="Company",
            section="company",
            **_company(request),
            typed=url,
            wrong_address=str(problem),
        )
    response = page(request, "settings/starting_again.html", title="Company", section="company", address=address)
    response["Refresh"] = "12; url=" + reverse("settings-company")
    return response


@reads("analyst")
def settings_notes(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "settings/notes.html",
        title="Dated notes",
        section="notes",
        notes=markers.notes(),
        today=timezone.now().date(),
    )


@writes("analyst")
def settings_notes_add(request: HttpRequest) -> HttpResponse:
    def add() -> None:
        try:
            at = date.fromisoformat(request.POST.get("at", ""))
        except ValueError:
            raise NotPossible("That is not a day. Write it as 2026-01-31.") from None
        markers.add(at=at, label=request.POST.get("label", ""), created_by=request.user)

    return carried_out(request, add, done="Noted. It now stands on every time axis.", then="settings-notes")


@writes("analyst")
def settings_notes_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(request, lambda: markers.remove(note_id=pk), done="Taken back.", then="settings-notes")


@reads("analyst")
def settings_data(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        "settings/data.html",
        title="Data",
        section="data",
        parked=events.parked(),
        sample=sample.status(),
        snapshot=analyze.snapshot(now=timezone.now()),
    )


@writes("analyst")
def settings_events_resend(request: HttpRequest) -> HttpResponse:
    """One parked event, or all of them when none is named."""
    now = timezone.now()
    event = request.POST.get("event", "")

    def resend() -> object:
        return events.resend(event_id=int(event), now=now) if event.isdecimal() else events.resend_all(now=now)

    return carried_out(request, resend, done="Sent again. The worker takes it up at once.", then="settings-data")


@writes("owner")
def settings_sample_remove(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: sample.ask_removal(now=timezone.now()),
        done="The worker takes the sample company away. Your own data stay as they are.",
        then="settings-data",
    )
