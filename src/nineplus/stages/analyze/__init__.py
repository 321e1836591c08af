"""Analyze: questions asked of the mart, and the mart kept up with the store."""

from nineplus.stages.analyze.freshening import rebuild_mart, refresh_mart
from nineplus.stages.analyze.running import BadOption, UnknownAnalysis, catalogue, dataset, run, snapshot
from nineplus.stages.mart import attributes, folder

__all__ = [
    "BadOption",
    "UnknownAnalysis",
    "attributes",
    "catalogue",
    "dataset",
    "folder",
    "rebuild_mart",
    "refresh_mart",
    "run",
    "snapshot",
]
