"""The API for people who read: areas, operations with parameters, body and an example, and the shapes that they name.

Made from the description at /api/openapi.json, so it cannot say anything else. The page at /api/docs/ and
docs/reference/api.md show it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nineplus.stages.govern.scopes import SCOPES, Scope

Described = Mapping[str, Any]
KEY = "$KEY"
"""What stands for the key in examples: a variable of the shell, so that no key comes into its history."""


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a type in words. `shape`: it is the name of a shape; `literal`: it is to be written so."""

    text: str
    shape: bool = False
    literal: bool = False


Type = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a part of a shape. `place`: path, query or header; of a shape's parts it is empty."""

    name: str
    type: Type
    says: str
    needed: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What goes in or out under one name: its fields, or its type when it has none."""

    name: str
    says: str
    fields: tuple[Field, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked. `may` says in a sentence which key it takes; `example` is a body, in JSON."""

    slug: str
    method: str
    path: str
    summary: str
    says: tuple[str, ...]
    may: str
    scope: str
    role: str
    parameters: tuple[Field, ...]
    body: Shape | None
    example: str
    curl: str
    answers: tuple[tuple[str, Type], ...]
    problems: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it is found by, in small letters."""
        parts = (self.method, self.path, self.summary, self.scope, *self.says, *(one.name for one in self.parameters))
        return " ".join(parts).lower()


@dataclass(frozen=True, slots=True)
class Area:
    """What belongs together, in the order of the description."""

    name: str
    slug: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of it."""

    scopes: Mapping[str, Scope]
    areas: tuple[Area, ...]
    shapes: tuple[Shape, ...]


@lru_cache(maxsize=4)
def ours(base: str) -> Reference:
    """The reference of this version, its examples with that address, such as https://nps.example.org."""
    from nineplus.api.application import api

    return reference(api.get_openapi_schema(path_prefix="/api/"), base=base)


def reference(described: Described, *, base: str) -> Reference:
    """The same description, for people. Examples begin with `base`."""
    shapes = {name: _shape(name, schema) for name, schema in sorted(described["components"]["schemas"].items())}
    areas: dict[str, list[Operation]] = {}
    for path, method, about in _operations(described):
        made = _operation(path, method, about, described, shapes, base)
        areas.setdefault(about["tags"][0], []).append(made)
    told = tuple(Area(name, slug_of(name), tuple(operations)) for name, operations in areas.items())
    return Reference(SCOPES, told, tuple(shapes.values()))


def slug_of(name: str) -> str:
    """A name as part of an address on the page."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def type_of(about: Described) -> Type:
    """A type of the description in words."""
    if "$ref" in about:
        return (Word(_name(about["$ref"]), shape=True),)
    if "enum" in about:
        return _joined(" | ", [(Word(str(value), literal=True),) for value in about["enum"]])
    if "allOf" in about:
        return _joined(" and ", [type_of(part) for part in about["allOf"]])
    if "const" in about:
        return (Word(str(about["const"]), literal=True),) if about["const"] else (Word("empty"),)
    if "anyOf" in about:
        kinds = [type_of(kind) for kind in about["anyOf"] if kind.get("type") != "null"]
        return _joined(" or ", list(dict.fromkeys(kinds)))
    if about.get("type") == "array":
        return (Word("list of "), *type_of(about["items"])) if "items" in about else (Word("list"),)
    if about.get("type") == "object" and isinstance(about.get("additionalProperties"), dict):
        return (Word("object of "), *type_of(about["additionalProperties"]))
    if patterns := about.get("patternProperties"):
        return (Word("object of "), *type_of(next(iter(patterns.values()))))
    return (Word(_simple(about)),)


def _simple(about: Described) -> str:
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    kind = about.get("type", "")
    shown = about.get("format", "").replace("date-time", "time") or names.get(kind, kind)
    return f"{shown or 'anything'}{_bounds(about)}"


def _bounds(about: Described) -> str:
    low, high = about.get("minimum"), about.get("maximum")
    if low is not None and high is not None and high < 2**53:
        return f" {low:g}–{high:g}"
    return f" up to {about['maxLength']:,}" if "maxLength" in about else ""


def _joined(between: str, types: list[Type]) -> Type:
    return tuple(word for place, one in enumerate(types) for word in ((Word(between), *one) if place else one))


def _operations(described: Described) -> Iterator[tuple[str, str, Described]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _operation(
    path: str, method: str, about: Described, described: Described, shapes: Mapping[str, Shape], base: str
) -> Operation:
    *says, may = [flat(part) for part in about["description"].split("\n\n")]
    scope = next((name for one in about["security"] for name in one["Key"]), "")
    parameters = tuple(_parameter(one) for one in about["parameters"])
    body, example = _body(about, described, shapes)
    return Operation(
        slug=slug_of(f"{method} {path.removeprefix('/api/')}"),
        method=method,
        path=path,
        summary=f"{about['summary']}.",
        says=tuple(says),
        may=may,
        scope=scope,
        role=SCOPES[scope].role if scope else "",
        parameters=parameters,
        body=body,
        example=example,
        curl=_curl(method, base + path, parameters, example),
        answers=tuple(
            (status, _answer(answer)) for status, answer in _by_status(about["responses"]) if int(status) < 400
        ),
        problems=tuple(sorted(str(status) for status in about["responses"] if int(status) >= 400)),
    )


def _by_status(responses: Described) -> Iterator[tuple[str, Described]]:
    return ((str(status), answer) for status, answer in responses.items())


def _parameter(one: Described) -> Field:
    name = "Idempotency-Key" if one["name"] == "idempotency_key" else one["name"]
    schema = one["schema"]
    needed = one["in"] == "path" or bool(one.get("required"))
    return Field(name, type_of(schema), flat(one.get("description", "")), needed, one["in"])


def _body(about: Described, described: Described, shapes: Mapping[str, Shape]) -> tuple[Shape | None, str]:
    if "requestBody" not in about:
        return None, ""
    name = _name(about["requestBody"]["content"]["application/json"]["schema"]["$ref"])
    example = described["components"]["schemas"][name]["examples"][0]
    return shapes[name], json.dumps(example, ensure_ascii=False)


def _answer(answer: Described) -> Type:
    content = answer.get("content")
    return type_of(content["application/json"]["schema"]) if content else (Word("nothing"),)


def _curl(method: str, address: str, parameters: tuple[Field, ...], example: str) -> str:
    """A command for a shell, with what must be there: numbers are 1, texts the name of what is meant.

    `--json` sends a POST with the headers that the API wants (curl 7.82 or newer).
    """
    samples = {one.name: "1" if one.type[0].text == "whole number" else one.name for one in parameters if one.needed}
    for one in parameters:
        if one.place == "path":
            address = address.replace(f"{{{one.name}}}", samples[one.name])
    asked = "&".join(f"{one.name}={samples[one.name]}" for one in parameters if one.place == "query" and one.needed)
    parts = [f'"{address}{"?" if asked else ""}{asked}"', f'-H "Authorization: Bearer {KEY}"']
    if any(one.place == "header" for one in parameters):
        parts.append('-H "Idempotency-Key: once-1"')
    if example:
        quoted = example.replace("'", "'\\''")
        parts.append(f"--json '{quoted}'")
    usual = "POST" if example else "GET"
    return f"curl {f'-X {method} ' if method != usual else ''}" + " \\\n  ".join(parts)


def _shape(name: str, schema: Described) -> Shape:
    says = flat(schema.get("description", "").split("\n\n")[0])
    if "properties" not in schema:
        return Shape(name, says, (), type_of(schema))
    required = schema.get("required", ())
    fields = tuple(
        Field(field, type_of(about), flat(about.get("description", "")), field in required and not _may_be_null(about))
        for field, about in schema["properties"].items()
    )
    return Shape(name, says, fields, ())


def _may_be_null(about: Described) -> bool:
    return any(kind.get("type") == "null" for kind in about.get("anyOf", ()))


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def flat(text: str) -> str:
    """In one line."""
    return re.sub(r"\s+", " ", text).strip()
