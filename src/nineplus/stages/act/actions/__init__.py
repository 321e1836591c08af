"""What rules can do: one plug a file. Each is done once for a step of a run, or at least once under its key."""

from __future__ import annotations

from collections.abc import Mapping

from nineplus.plugs import Action, find


def actions() -> Mapping[str, Action]:
    """Every action by its name."""
    return find("nineplus.stages.act.actions", Action)
