"""The API's addresses; to be included under `api/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nineplus.api.application import api

urlpatterns: list[URLPattern | URLResolver] = [path("", api.urls)]
