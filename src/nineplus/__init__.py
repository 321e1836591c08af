"""nineplus: measures what service does to customer loyalty, explains it, and proves which fixes worked."""

from nineplus.version import __version__

__all__ = ["__version__"]
