"""Log-in, log-out and the first visit, which makes the owner."""

from __future__ import annotations

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from nineplus.model.currencies import KNOWN
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.stages.govern import people
from nineplus.stages.govern.preferences import Preferences, change, zones
from nineplus.web.access import public, require_role
from nineplus.web.page import THEMES

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_YEAR = 60 * 60 * 24 * 365


class LogIn(forms.Form):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput({"autocomplete": "username", "autofocus": True}))
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )


class FirstVisit(forms.Form):
    company = forms.CharField(
        label="Company", max_length=200, widget=forms.TextInput({"autocomplete": "organization", "autofocus": True})
    )
    name = forms.CharField(label="Your name", max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput({"autocomplete": "username"}))
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text="At least 12 characters. A few words you can remember do well.",
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(zone, zone) for zone in zones()],
        initial=Preferences().time_zone,
        help_text="Where most of you work: working hours and quiet hours are counted in it.",
        widget=forms.Select({"data-zone": True}),
    )
    currency = forms.RegexField(
        r"^\s*[A-Za-z]{3}\s*$",
        label="Currency",
        initial=Preferences().currency,
        help_text="That most of your customers pay in, such as EUR. Who is a large customer is asked in it.",
        error_messages={"invalid": "Write the currency as three letters, such as EUR."},
        widget=forms.TextInput({"maxlength": 3, "autocomplete": "off", "data-currency": True}),
    )

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if code not in KNOWN:
            raise forms.ValidationError("There is no such currency. Write its code, such as EUR.")
        return code


@public
@sensitive_post_parameters("password")
@never_cache
def log_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("overview")
    if not people.anyone():
        return redirect("first-visit")
    form = LogIn(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, username=form.cleaned_data["email"], password=form.cleaned_data["password"])
        if user is not None:
            login(request, user)
            return redirect(_back_to(request))
        for name in ("email", "password"):  # the password is empty again: on with it
            form.fields[name].widget.attrs["autofocus"] = name == "password"
        form.add_error(
            None, "This e-mail and password do not go together. Check both, or ask an owner of this company."
        )
    return render(
        request, "log_in.html", {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}
    )


@require_role("viewer")
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("log-in")


@public
@sensitive_post_parameters("password")
@never_cache
def first_visit(request: HttpRequest) -> HttpResponse:
    """Nobody has an account yet: whoever opens the page first becomes the owner."""
    if people.anyone():
        return redirect("overview")
    form = FirstVisit(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            user = people.create_owner(
                email=answers["email"], name=answers["name"], password=answers["password"], now=timezone.now()
            )
        except Conflict:
            return redirect("log-in")
        except NotPossible as problem:
            form.add_error(None, str(problem))
        else:
            change(
                company=answers["company"],
                time_zone=answers["time_zone"],
                currency=answers["currency"],
            )
            login(request, user, backend=_BACKEND)
            return redirect("welcome")
    return render(request, "first_visit.html", {"form": form})


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark for this browser, for those without scripts."""
    response = redirect(_back_to(request))
    if request.POST.get("theme") in THEMES:
        response.set_cookie("theme", request.POST["theme"], max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return response


def _back_to(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("overview")
