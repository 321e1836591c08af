"""The description at /api/openapi.json: what Ninja knows, and what only we do: scopes, errors, headers."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from nineplus.api.door import Key
from nineplus.api.problems import MEDIA_TYPE
from nineplus.stages.govern.scopes import SCOPES

_INT = {"type": "integer"}
_QUOTA = {
    "RateLimit-Limit": {"description": "Requests that this key may send in a minute.", "schema": _INT},
    "RateLimit-Remaining": {"description": "How many of them are left.", "schema": _INT},
    "RateLimit-Reset": {"description": "Seconds until the next minute begins.", "schema": _INT},
}
_LINK = {"Link": {"description": 'The next page: `<https://…>; rel="next"`.', "schema": {"type": "string"}}}
_WAIT = {"Retry-After": {"description": "Seconds to wait.", "schema": _INT}}
_ABOUT = (
    "Surveys, who is asked, answers in, analyses out. Every request carries a key: `Authorization: Bearer np_…`. "
    "A key does what its role may, and of that only its scopes when it has any. Lists come in pages: `next` and the "
    "Link header lead on. A POST that makes something takes an `Idempotency-Key`: sent again with the same body it "
    "makes nothing twice. Errors are Problems (RFC 9457)."
)


class Described(OpenAPISchema):
    """The description with the scope of every operation."""

    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        self._answers: dict[tuple[Any, ...], tuple[dict[str, Any], bool]] = {}
        super().__init__(api, path_prefix)

    def _create_schema_from_model(self, model: Any, *given: Any, **more: Any) -> tuple[dict[str, Any], bool]:
        """Every operation wraps the same few answers (a Problem for each status) in models of its own: each kind is
        worked out once.
        """
        field = model.model_fields.get("response")
        if model.__name__ != "NinjaResponseSchema" or field is None or field.metadata or len(model.model_fields) > 1:
            return super()._create_schema_from_model(model, *given, **more)
        key = (field.annotation, given, *sorted(more.items()))
        if key not in self._answers:
            self._answers[key] = super()._create_schema_from_model(model, *given, **more)
        schema, required = self._answers[key]
        return dict(schema), required

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        """Ninja knows shapes by their names and lets the last of one name stand for all: that would describe others'
        bodies. Raises ValueError.
        """
        for name, shape in definitions.items():
            if self.schemas.get(name, shape) != shape:
                raise ValueError(f"Two shapes of the API are called {name}: rename one.")
        super().add_schema_definitions(definitions)

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        security = super().operation_security(operation)
        for door in operation.auth_callbacks:
            if isinstance(door, Key) and door.scope and security:
                security = [{"Key": [door.scope]}]
        return security

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details = super().operation_details(operation)
        for door in operation.auth_callbacks:
            if isinstance(door, Key) and door.scope:
                role = SCOPES[door.scope].role
                words = f"Scope `{door.scope}`, role {role} or above."
                details["description"] = f"{details.get('description', '')}\n\n{words}".strip()
        for status, answer in details["responses"].items():
            _complete(int(status), answer)
        return details


class Api(NinjaAPI):
    """Ninja's API with our description."""

    def __init__(self, **more: Any) -> None:
        super().__init__(description=_ABOUT, **more)
        self._described: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description under that prefix; made once, for it takes seconds."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self._described:
            self._described[prefix] = Described(self, prefix)
        return self._described[prefix]


def _complete(status: int, answer: dict[str, Any]) -> None:
    """Errors are problem+json, with an example; every answer has its headers."""
    content = answer.get("content", {})
    if status >= 400 and "application/json" in content:
        answer["content"] = {MEDIA_TYPE: {**content["application/json"], "example": _example(status)}}
    answer["headers"] = {} if status == 401 else dict(_QUOTA)
    if status == 429:
        answer["headers"] |= _WAIT
    if "next" in _properties(content):
        answer["headers"] |= _LINK


def _properties(content: dict[str, Any]) -> str:
    """The name of the schema: pages are called Some…"""
    reference = str(content.get("application/json", {}).get("schema", {}).get("$ref", ""))
    return "next" if reference.rpartition("/")[2].startswith("Some") else ""


_EXAMPLES = {
    400: ("Bad Request", "There is no parameter 'surveys'."),
    401: ("Unauthorized", "A valid key is needed."),
    403: ("Forbidden", "This key has the role viewer; analyst is needed."),
    404: ("Not Found", "There is no such survey."),
    409: ("Conflict", "This key was used for another request. Use a new key for a new request."),
    413: ("Request Entity Too Large", "A body has at most 10 MB. Divide it."),
    415: ("Unsupported Media Type", "Send JSON, with the header Content-Type: application/json."),
    422: ("Unprocessable Entity", "Parts of the request cannot be used."),
    429: ("Too Many Requests", "This key may ask 1200 times a minute. Ask again in 12 seconds."),
    503: ("Service Unavailable", "Somebody else is planning invitations. Try again in a minute."),
}


def _example(status: int) -> dict[str, Any]:
    title, detail = _EXAMPLES[status]
    faults = [{"where": "body.answer.score", "message": "Input should be less than or equal to 10"}]
    return {"title": title, "status": status, "detail": detail, "faults": faults if status == 422 else []}
