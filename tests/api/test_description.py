"""The description is kept: what is asked by it is answered by it, whatever the values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from hypothesis import HealthCheck, given, settings
from ninja import Schema
from pydantic import create_model
from schemathesis.checks import negative_data_rejection, positive_data_acceptance

from nineplus.api.application import api
from nineplus.api.description import Api
from nineplus.stages.govern import keys
from tests.stages.capture import asking_world as world

pytestmark = pytest.mark.django_db(transaction=True)  # requests through WSGI end their connections
MEANING = [positive_data_acceptance, negative_data_rejection]
"""A name of an analysis, an option, a day: what is well formed may still mean nothing, and says so with 400."""


@pytest.mark.parametrize(
    "mode",
    [
        schemathesis.GenerationMode.POSITIVE,
        pytest.param(
            schemathesis.GenerationMode.NEGATIVE, marks=pytest.mark.one_database("refused before the store is asked")
        ),
    ],
)
def test_the_api_is_as_described(mode: schemathesis.GenerationMode):
    world.survey("Launch")  # some ids lead somewhere
    token = keys.create(name="Described", role="owner", now=datetime(2026, 1, 1, tzinfo=UTC)).token
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    for found in described.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        def holds(case: schemathesis.Case) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=MEANING)

        holds()


def test_every_operation_says_what_it_does():
    for methods in api.get_openapi_schema(path_prefix="/api/")["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert {"401", "403"} <= {str(status) for status in operation["responses"]}


def test_every_operation_that_takes_a_body_shows_one():
    described = api.get_openapi_schema(path_prefix="/api/")
    for path, methods in described["paths"].items():
        for operation in methods.values():
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                name = schema["$ref"].rpartition("/")[2]
                assert described["components"]["schemas"][name].get("examples"), path
                assert {"413", "415", "422"} <= {str(status) for status in operation["responses"]}
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert answer["content"]["application/problem+json"]["example"]["status"] == int(status)
                if int(status) != 401:
                    assert "RateLimit-Remaining" in answer["headers"]


def test_two_shapes_of_one_name_are_refused():
    described = Api(urls_namespace="of-one-name")
    for place, fields in (("/a", {"a": (int, ...)}), ("/b", {"b": (str, ...)})):
        body = create_model("Body", __base__=Schema, **fields)
        described.post(place)(taking(body))
    with pytest.raises(ValueError, match="are called Body"):
        described.get_openapi_schema(path_prefix="/")


def taking(body: type[Schema]) -> Callable[..., None]:
    def act(request: HttpRequest, given: object) -> None: ...

    act.__annotations__["given"] = body
    return act
