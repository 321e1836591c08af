"""GET /api/analyses: what can be asked, and the answers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from nineplus.api.door import Key
from nineplus.api.filters import FILTER, filter_of, others
from nineplus.api.problems import ERRORS, Problem
from nineplus.api.shapes import Answer, OneAnalysis, OneOption
from nineplus.stages import analyze

router = Router(tags=["Analyses"], auth=Key("analyses:read"))

_OPTIONS = {
    "name": "options",
    "in": "query",
    "description": "The analysis' own options, each under its name (see the list of analyses).",
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}


@router.get("", response={200: list[OneAnalysis], **ERRORS}, summary="Every analysis")
def every(request: HttpRequest) -> list[OneAnalysis]:
    """Every analysis there is, with its options."""
    return [
        OneAnalysis(
            name=found.name,
            title=found.title,
            help=found.help,
            version=found.version,
            options=[
                OneOption(
                    name=option.name,
                    type=option.type.__name__,
                    default=option.default,
                    required=option.required,
                    help=option.help,
                )
                for option in found.options
            ],
        )
        for found in analyze.catalogue().values()
    ]


@router.get(
    "/{name}",
    response={200: Answer, **ERRORS, 404: Problem},
    openapi_extra={"parameters": [*FILTER, _OPTIONS]},
    summary="One analysis",
)
def one(request: HttpRequest, name: str) -> dict[str, Any]:
    """The answer of one analysis over the responses that pass the filter."""
    result = analyze.run(name, filter=filter_of(request), options=others(request), now=timezone.now())
    return result.to_dict()
