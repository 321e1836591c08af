"""The API put together: keys, routers, errors, description."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.security import HttpBearer

from nineplus.api import analyses, imports, responses
from nineplus.api.problems import MEDIA_TYPE, explain
from nineplus.stages.govern import keys
from nineplus.store.models import ApiKey
from nineplus.version import __version__


class Key(HttpBearer):
    """`Authorization: Bearer np_…`, a key made in Settings or by `nineplus key create`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return keys.authenticate(token, now=timezone.now())


class Api(NinjaAPI):
    """Ninja describes every answer as JSON; ours to errors are problem+json."""

    def get_openapi_schema(self, *args: Any, **more: Any) -> OpenAPISchema:
        described = super().get_openapi_schema(*args, **more)
        for methods in described["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in answer.get("content", {}):
                        answer["content"] = {MEDIA_TYPE: answer["content"].pop("application/json")}
        return described


api = Api(
    title="nineplus",
    version=__version__,
    description="Answers in, analyses out. Every request carries a key: `Authorization: Bearer np_…`.",
    docs_url=None,
    auth=Key(),
    urls_namespace="api",
)
explain(api)
api.add_router("/analyses", analyses.router)
api.add_router("/responses", responses.router)
api.add_router("/imports", imports.router)
