from __future__ import annotations

from tests.web.conftest import client_of

__all__ = ["client_of"]
