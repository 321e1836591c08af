"""The mart as the stages use it: where it lies, and its newest snapshot narrowed to a filter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from django.conf import settings

from nineplus import mart
from nineplus.mart.dataset import BUILT_IN, Attribute, Dataset
from nineplus.model import BadFilter, Filter
from nineplus.store import models


def folder() -> Path:
    """Where the mart lies."""
    return Path(settings.HOME) / "mart"


def prepare() -> None:
    """Load what the mart is written with, and have its statements kept between processes."""
    mart.warm()
    from nineplus.mart import statements_kept

    statements_kept.keep_in((settings.NINEPLUS.cache_folder or Path(settings.HOME) / "cache") / "statements")


def newest() -> Dataset:
    """The newest snapshot. Raises NoMart before the first refresh, MartDamaged when it cannot be read."""
    mart.warm()
    from nineplus.mart.folder import open_dataset

    return open_dataset(folder=folder(), engine=settings.NINEPLUS.engine)


def attributes() -> tuple[Attribute, ...]:
    """Everything one can segment by: what every response has, then what the company's data brought."""
    known = models.Attribute.objects.order_by("label", "slug").values_list("slug", "label")
    return (*BUILT_IN, *(Attribute.of(slug, label) for slug, label in known))


def check(filter: Filter) -> None:
    """Raises BadFilter, naming those there are, when the filter asks for an attribute that nobody defined."""
    known = [attribute.slug for attribute in attributes()] if filter.attributes else []
    for slug, _values in filter.attributes:
        if slug not in known:
            raise BadFilter(f"There is no attribute {slug!r}. There are: {', '.join(known)}.")


def narrowed(data: Dataset, filter: Filter) -> Dataset:
    """Only the responses that pass. One may filter by attributes that do not vary in these data, too.

    Raises BadFilter for an attribute that no response has.
    """
    if not filter.attributes:
        return data.narrowed(filter)
    columns = set(data.responses.columns)
    there = tuple(attribute for attribute in attributes() if attribute.column in columns)
    return replace(replace(data, attributes=there).narrowed(filter), attributes=data.attributes)
