"""The reference says all that the description says, and its examples are taken as they stand."""

from __future__ import annotations

import json
import shlex
from urllib.parse import urlsplit

import pytest

from nineplus.api.application import api
from nineplus.api.reference import KEY, Operation, Reference, ours, type_of


@pytest.fixture(scope="module")
def told() -> Reference:
    return ours("https://nps.example.org")


def operations(told: Reference) -> list[Operation]:
    return [one for area in told.areas for one in area.operations]


def test_every_operation_is_there_once(told):
    described = api.get_openapi_schema(path_prefix="/api/")["paths"]
    known = {(path, method.upper()) for path, methods in described.items() for method in methods}
    listed = [(one.path, one.method) for one in operations(told)]
    assert sorted(listed) == sorted(known)
    assert len({one.slug for one in operations(told)} | {area.slug for area in told.areas}) == len(known) + len(
        told.areas
    )


def test_every_shape_that_is_named_is_described(told):
    fields = [field for one in operations(told) for field in one.parameters]
    types = [field.type for field in fields] + [kind for one in operations(told) for _, kind in one.answers]
    types += [field.type for shape in told.shapes for field in shape.fields] + [shape.type for shape in told.shapes]
    assert {word.text for words in types for word in words if word.shape} <= {shape.name for shape in told.shapes}


def test_an_operation_says_what_is_asked_of_it(told):
    draw = next(one for one in operations(told) if (one.method, one.path) == ("POST", "/api/surveys"))
    assert (draw.scope, draw.role) == ("surveys:write", "analyst")
    assert [(field.name, field.place, field.needed) for field in draw.parameters] == [
        ("Idempotency-Key", "header", False)
    ]
    assert draw.body.name == "NewSurvey"
    assert draw.body.fields[0].name == "name"
    assert "surveys:write" in draw.words


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 200}, "whole number 1–200"),
        ({"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, "whole number"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"anyOf": [{"type": "string", "maxLength": 1000}, {"type": "null"}]}, "text up to 1,000"),
        ({"anyOf": [{"type": "boolean"}, {"type": "number"}]}, "true or false or number"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Score"}}, "list of Score"),
        ({"enum": ["up", "down"], "type": "string"}, "up | down"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of text"),
        ({}, "anything"),
    ],
)
def test_a_type_in_words(about, words):
    assert "".join(word.text for word in type_of(about)) == words


@pytest.mark.one_database("asks what the API takes, not what the store keeps")
def test_every_example_is_taken_as_it_stands(told, client_as):
    client = client_as("owner")
    for one in operations(told):
        address, sent = as_a_shell_sends(one.curl)
        parts = urlsplit(address)
        assert parts.netloc == "nps.example.org"
        response = client.generic(one.method, f"{parts.path}?{parts.query}", **sent)
        assert response.status_code in (200, 201, 202, 204, 404, 409) or means_nothing_here(response), (
            one.curl,
            response.content[:300],
        )


def means_nothing_here(response) -> bool:
    """Well formed, and refused in words: there is no such person, survey, draft …"""
    return response.status_code == 400 and not json.loads(response.content).get("faults")


def as_a_shell_sends(curl: str) -> tuple[str, dict[str, object]]:
    """The address, and what Django's client is to send along."""
    program, *words = shlex.split(curl.replace("\\\n", ""))
    assert program == "curl"
    sent: dict[str, object] = {}
    headers: dict[str, str] = {}
    address = ""
    while words:
        word = words.pop(0)
        if word == "-X":
            words.pop(0)
        elif word == "-H":
            name, value = words.pop(0).split(": ", 1)
            headers[name] = value
        elif word == "--json":
            sent |= {"data": words.pop(0), "content_type": "application/json"}
        else:
            address = word
    assert headers.pop("Authorization") == f"Bearer {KEY}"
    return address, sent | {"headers": headers}
