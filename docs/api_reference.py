"""docs/reference/api.md, from the API's own description (/api/openapi.json)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

Described = Mapping[str, Any]

_INTRODUCTION = """# The API

Everything at `/api/` speaks JSON, in UTF-8. The same, for programs: `/api/openapi.json` (OpenAPI 3.1). How to
begin, with examples that run: [For developers](../guide/developer.md).

- **Keys.** `Authorization: Bearer np_…`, made under Settings → Keys or with `nineplus key create`. A key does what
  its role may, and never more than its maker may at that time. With scopes it does only those parts.
- **Pages.** Lists take `limit` and `cursor`. The cursor of the following page is `next` in the answer, and its
  whole address is in the `Link` header; at the end there is neither.
- **Once.** A POST that makes something takes the header `Idempotency-Key`. The same key with the same body again
  makes nothing twice and answers 200 with what the first made; with another body it is refused with 409. Keys are
  each API key's own and kept for a day, those of responses for good. What was refused may be mended and sent under
  the same key.
- **Quota.** Each key may send so many requests a minute (`NINEPLUS_API_LIMIT`), over all processes. Every answer
  says how it stands: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (seconds). Too many are refused
  with 429 and `Retry-After`. Delighted's clients share the quota of their key.
- **Errors** are Problems (RFC 9457, `application/problem+json`): a sentence in `detail`, and in `faults` the parts
  of the request that must change.
- **Times** are RFC 3339 with a time zone. Other origins may not read the API: there are no CORS headers. Browsers
  of your customers talk to the [widget's](../guide/asking.md) addresses.
"""


def api_page() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nineplus.settings")
    import django

    django.setup()
    from nineplus.api.application import api
    from nineplus.stages.govern.scopes import SCOPES

    described: Described = api.get_openapi_schema(path_prefix="/api/")
    lines = [_INTRODUCTION, "## Scopes", "", "| Scope | Opens | Role at least |", "|---|---|---|"]
    lines += [f"| `{name}` | {scope.says} | {scope.role} |" for name, scope in SCOPES.items()]
    tag = ""
    for path, method, operation in _operations(described):
        if operation["tags"][0] != tag:
            tag = operation["tags"][0]
            lines += ["", f"## {tag}"]
        lines += ["", *_operation(path, method, operation, described)]
    lines += ["", "## Shapes", "", "What goes in and out. `?` marks what may be left out or null."]
    for name, schema in sorted(described["components"]["schemas"].items()):
        lines += ["", *_shape(name, schema)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _operations(described: Described) -> Iterator[tuple[str, str, Described]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _operation(path: str, method: str, operation: Described, described: Described) -> list[str]:
    lines = [f"### {method} {path}", "", f"{operation['summary']}.", ""]
    lines += [_flat(part) for part in operation.get("description", "").split("\n\n")[:-1]]
    lines += ["", _flat(operation["description"].split("\n\n")[-1])]
    asked = [one for one in operation["parameters"] if one["in"] in ("query", "header")]
    if asked:
        lines += ["", "| Parameter | Type | Meaning |", "|---|---|---|"]
    for one in asked:
        where = " (header)" if one["in"] == "header" else ""
        name = "Idempotency-Key" if one["name"] == "idempotency_key" else one["name"]
        lines.append(f"| `{name}`{where} | {_type(one['schema'])} | {_flat(one.get('description', ''))} |")
    if "requestBody" in operation:
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        example = described["components"]["schemas"][reference.rpartition("/")[2]]["examples"][0]
        lines += ["", f"Body: {_link(reference)}, such as", "", "```json", json.dumps(example), "```"]
    answers = [f"{status}: {_answer(answer)}" for status, answer in operation["responses"].items() if int(status) < 400]
    problems = sorted(str(status) for status in operation["responses"] if int(status) >= 400)
    return [*lines, "", f"Answers {', '.join(answers)}. Problems: {', '.join(problems)}."]


def _answer(answer: Described) -> str:
    content = answer.get("content")
    return _type(content["application/json"]["schema"]) if content else "nothing"


def _shape(name: str, schema: Described) -> list[str]:
    lines = [f"### {name}", ""]
    if says := _flat(schema.get("description", "").split("\n\n")[0]):
        lines += [says, ""]
    if "properties" not in schema:
        return [*lines, _type(schema)]
    lines += ["| Field | Type | Meaning |", "|---|---|---|"]
    needed = schema.get("required", ())
    for field, about in schema["properties"].items():
        mark = "" if field in needed and not _may_be_null(about) else "?"
        lines.append(f"| `{field}`{mark} | {_type(about)} | {_flat(about.get('description', ''))} |")
    return lines


def _may_be_null(about: Described) -> bool:
    return any(kind.get("type") == "null" for kind in about.get("anyOf", ()))


def _type(about: Described) -> str:
    if "$ref" in about:
        return _link(about["$ref"])
    if "enum" in about:
        return " \\| ".join(f"`{value}`" for value in about["enum"])
    if "allOf" in about:
        return " and ".join(_type(part) for part in about["allOf"])
    if "const" in about:
        return f"`{about['const']}`" if about["const"] else "empty"
    if "anyOf" in about:
        kinds = [_type(kind) for kind in about["anyOf"] if kind.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if about.get("type") == "array":
        return f"list of {_type(about['items'])}" if "items" in about else "list"
    if about.get("type") == "object" and isinstance(about.get("additionalProperties"), dict):
        return f"object of {_type(about['additionalProperties'])}"
    if patterns := about.get("patternProperties"):
        return f"object of {_type(next(iter(patterns.values())))}"
    kind = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    shown = about.get("format", "").replace("date-time", "time") or kind.get(
        about.get("type", ""), about.get("type", "")
    )
    return f"{shown or 'anything'}{_bounds(about)}"


def _bounds(about: Described) -> str:
    low, high = about.get("minimum"), about.get("maximum")
    if low is not None and high is not None and high < 2**53:
        return f" {low:g}–{high:g}"
    return f" up to {about['maxLength']:,}" if "maxLength" in about else ""


def _link(reference: str) -> str:
    name = reference.rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")
