"""What an engine must be able to do to read the mart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
from ibis.backends import BaseBackend


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine. Files are Parquet, cut by month as `month=YYYY-MM-DD/` where `partitioned`.

    `connect(memory_limit=, threads=)`: a connection of its own (memory_limit as "4GB"; None: the engine's choice);
    `share(connection)`: the same data for another thread;
    `read(connection, name=, files=, schema=, partitioned=)`: those files as one table with exactly that schema.
    """

    name: str
    connect: Callable[..., BaseBackend]
    share: Callable[[BaseBackend], BaseBackend]
    read: Callable[..., ibis.Table]


__all__ = ["Engine"]
