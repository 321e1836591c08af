"""Times as commands write them: by the company's clock, saying whose clock that is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[str | None], str]


def company_clock() -> Clock:
    """Writes times (ISO) by the clock of the company; nothing for none. The store must be there."""
    from nineplus.render.numbers import clock
    from nineplus.stages.govern.preferences import preferences

    zone = preferences().zone

    def written(at: str | None) -> str:
        if not at:
            return ""
        local = datetime.fromisoformat(at).astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M} {clock(local)}"

    return written
