"""GET /api/imports: the files that were brought in and how it went."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from nineplus.api.door import Key
from nineplus.api.paging import CURSOR, LIMIT, follow, newest_first
from nineplus.api.problems import ERRORS
from nineplus.api.shapes import OneImport, SomeImports
from nineplus.store.models import Import

router = Router(tags=["Imports"], auth=Key("imports:read"))


@router.get("", response={200: SomeImports, **ERRORS}, summary="Imports, newest first")
def every(request: HttpRequest, response: HttpResponse, cursor: str = CURSOR, limit: int = LIMIT) -> SomeImports:
    """The imports with their state and counts, page by page."""
    rows, older = newest_first(Import.objects.all(), cursor=cursor, limit=limit)
    return SomeImports(items=[OneImport.of(row) for row in rows], next=follow(request, response, older))
