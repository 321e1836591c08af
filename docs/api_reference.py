"""docs/reference/api.md, from the API's own reference (`nineplus.api.reference`)."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nineplus.api.reference import Operation, Shape, Type

_INTRODUCTION = """# The API

Everything at `/api/` speaks JSON, in UTF-8. The same with an example of each, to be searched, is in your
nineplus at `/api/docs/`; for programs at `/api/openapi.json` (OpenAPI 3.1). How to begin, with examples that run:
[For developers](../guide/developer.md).

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
    from nineplus.api.reference import ours

    told = ours("")
    lines = [_INTRODUCTION, "## Scopes", "", "| Scope | Opens | Role at least |", "|---|---|---|"]
    lines += [f"| `{name}` | {scope.says} | {scope.role} |" for name, scope in told.scopes.items()]
    for area in told.areas:
        lines += ["", f"## {area.name}"]
        for operation in area.operations:
            lines += ["", *_operation(operation)]
    lines += ["", "## Shapes", "", "What goes in and out. `?` marks what may be left out or null."]
    for shape in told.shapes:
        lines += ["", *_shape(shape)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _operation(one: Operation) -> list[str]:
    lines = [f"### {one.method} {one.path}", "", one.summary, "", *map(_cell, one.says), "", _cell(one.may)]
    asked = [parameter for parameter in one.parameters if parameter.place != "path"]
    if asked:
        lines += ["", "| Parameter | Type | Meaning |", "|---|---|---|"]
    for parameter in asked:
        where = " (header)" if parameter.place == "header" else ""
        lines.append(f"| `{parameter.name}`{where} | {_type(parameter.type)} | {_cell(parameter.says)} |")
    if one.body:
        lines += ["", f"Body: {_link(one.body.name)}, such as", "", "```json", one.example, "```"]
    answers = ", ".join(f"{status}: {_type(kind)}" for status, kind in one.answers)
    return [*lines, "", f"Answers {answers}. Problems: {', '.join(one.problems)}."]


def _shape(shape: Shape) -> list[str]:
    lines = [f"### {shape.name}", "", *([_cell(shape.says), ""] if shape.says else [])]
    if not shape.fields:
        return [*lines, _type(shape.type)]
    lines += ["| Field | Type | Meaning |", "|---|---|---|"]
    for field in shape.fields:
        mark = "" if field.needed else "?"
        lines.append(f"| `{field.name}`{mark} | {_type(field.type)} | {_cell(field.says)} |")
    return lines


def _type(words: Type) -> str:
    return "".join(
        _link(word.text) if word.shape else f"`{word.text}`" if word.literal else _cell(word.text) for word in words
    )


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
