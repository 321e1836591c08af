"""The frozen values that cross walls. No behaviour beyond what a value can say of itself."""

from nineplus.model.estimate import Estimate, Interval
from nineplus.model.filters import BadFilter, Filter, Window
from nineplus.model.notes import Note
from nineplus.model.result import (
    Column,
    Figure,
    Grade,
    Kind,
    Marker,
    Mixed,
    Result,
    Snapshot,
    Table,
    refuse,
)

__all__ = [
    "BadFilter",
    "Column",
    "Estimate",
    "Figure",
    "Filter",
    "Grade",
    "Interval",
    "Kind",
    "Marker",
    "Mixed",
    "Note",
    "Result",
    "Snapshot",
    "Table",
    "Window",
    "refuse",
]
