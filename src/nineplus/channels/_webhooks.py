"""A call of a provider as anymail's webhook views want it, verified by them without being mounted as views."""

from __future__ import annotations

import importlib
import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from nineplus.channels import Call, Forged, _mime

Settings = Mapping[str, str]


def verified(
    title: str,
    module: str,
    name: str,
    request: Any,
    *,
    login: str,
    proof: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
    instead: Mapping[str, Callable[..., Any]] | None = None,
) -> Any:
    """The view of that name, once it has verified the request by `login` (user:password) or by `proof`, its options.

    `more` are options that prove nothing, `instead` methods in the place of its own. Raises Forged.
    """
    exceptions = importlib.import_module("anymail.exceptions")
    if not login and not any(proof.values()):
        raise Forged(f"Webhooks of {title} are not taken before their user and password or signing key is set.")
    options = {option: value for option, value in {**proof, **(more or {})}.items() if value}
    own = getattr(importlib.import_module(f"anymail.webhooks.{module}"), name)
    # As View.as_view would: an option must be there before it can be set.
    missing = {option: None for option in proof if not hasattr(own, option)}
    view_class = type(name, (own,), {**missing, **(instead or {})})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        view = view_class(webhook_secret=[login] if login else [], **options)
    try:
        view.run_validators(request)
    except exceptions.AnymailWebhookValidationFailure as problem:
        raise Forged(_mime.one_line(str(problem))) from None
    return view


class _Headers(dict[str, str]):
    """Headers by name in whatever case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Request:
    """As much of a request as anymail's views of events look at."""

    method = "POST"
    encoding = None
    POST: Mapping[str, str] = {}

    def __init__(self, call: Call) -> None:
        self.body = call.body
        self.headers = _Headers({name.lower(): value for name, value in call.headers.items()})
        self.META = _meta(call)
        self.content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()


def form(call: Call) -> Any:
    """The call as Django's own request, for views that look at the fields and files of a form."""
    meta = _meta(call)
    request = importlib.import_module("django.core.handlers.wsgi").WSGIRequest(  # of anymail's own house
        {
            **meta,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "CONTENT_TYPE": meta.get("HTTP_CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(call.body)),
            "wsgi.input": io.BytesIO(call.body),
        }
    )
    _ = request.body  # read before its fields are, so that both can be looked at
    return request


def _meta(call: Call) -> dict[str, str]:
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in call.headers.items()}
