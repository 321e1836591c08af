"""nineplus: measures what service does to customer loyalty, explains it, and proves which fixes worked.

import nineplus
nineplus.nps(detractors=10, passives=20, promoters=70)      # Estimate 60.0 (45.2 to 71.3), n=100
nineplus.load("responses.csv").score(by="region")           # a Result: prints, .to_frame(), .to_json()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nineplus.version import __version__

if TYPE_CHECKING:
    from nineplus.model import Estimate, Filter, Result, Window
    from nineplus.notebook import Answers, load
    from nineplus.stats.nps import nps

__all__ = ["Answers", "Estimate", "Filter", "Result", "Window", "__version__", "load", "nps"]

_HOMES = {
    "Answers": "nineplus.notebook",
    "load": "nineplus.notebook",
    "nps": "nineplus.stats.nps",
    "Estimate": "nineplus.model",
    "Filter": "nineplus.model",
    "Result": "nineplus.model",
    "Window": "nineplus.model",
}


def __getattr__(name: str) -> Any:
    """The public names, fetched when first used: `import nineplus` itself loads no engine."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nineplus' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
