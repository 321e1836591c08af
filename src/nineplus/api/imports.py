"""GET /api/imports: the files that were brought in and how it went."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router

from nineplus.api.problems import Problem, needs
from nineplus.api.shapes import OneImport
from nineplus.store.models import Import

router = Router(tags=["Imports"])


@router.get(
    "", response={200: list[OneImport], 401: Problem, 403: Problem, 422: Problem}, summary="Imports, newest first"
)
def every(request: HttpRequest, limit: int = Query(50, ge=1, le=200)) -> list[OneImport]:
    """The newest imports with their state and counts."""
    needs(request, "analyst")
    return [OneImport.of(row) for row in Import.objects.order_by("-pk")[:limit]]
