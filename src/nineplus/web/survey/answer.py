"""How every page for customers leaves the house: headers, nonce, compression, no traces."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

from nineplus.web.access import View, public
from nineplus.web.survey import assets
from nineplus.web.survey.colour import brand_css
from nineplus.web.survey.wording import Wording


def page(
    request: HttpRequest, template: str, *, words: Wording, status: int = 200, framed: bool = False, **context: object
) -> HttpResponse:
    """One whole document; nothing else is loaded. `framed`: pages of this site may show it in a frame."""
    brand = words.content.brand
    context |= {
        "words": words,
        "language": words.language,
        "company": words.company,
        "logo": brand.logo,
        "nonce": str(request.csp_nonce),  # type: ignore[attr-defined]
        "style": mark_safe(assets.style() + brand_css(brand.colour)),  # noqa: S308 - our build, and #rrggbb
        "script": assets.script(),
    }
    return sealed(render(request, template, context, status=status), nonce=context["nonce"], framed=framed)


def sealed(response: HttpResponse, *, nonce: object = "", framed: bool = False) -> HttpResponse:
    """Nothing runs, loads or is kept but what the page brings; its address is told to nobody."""
    own = [f"'nonce-{nonce}'"] if nonce else ["'none'"]
    response._csp_replace = {  # type: ignore[attr-defined]
        "style-src": own,
        "script-src": own,
        "img-src": ["data:"],
        "font-src": ["'none'"],
        "manifest-src": ["'none'"],
        "frame-ancestors": ["'self'"] if framed else ["'none'"],
    }
    if framed:
        response["X-Frame-Options"] = "SAMEORIGIN"
    return traceless(response)


def traceless(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def for_customers(view: View) -> View:
    """Open to whoever has the link: the link is the proof, so there is neither cookie nor form token."""

    @wraps(view)
    def open_to_all(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        return view(request, *args, **named)

    packed: Callable[..., HttpResponse] = gzip_page(open_to_all)
    return csrf_exempt(public(packed))
