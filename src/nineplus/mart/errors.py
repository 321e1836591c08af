"""What can be wrong with a mart. Apart, so that to expect it loads no engine."""

from __future__ import annotations


class MartDamaged(Exception):
    """The folder cannot be read as it is (missing, torn or lost files): rebuild it. The message says what is wrong."""


class NoMart(MartDamaged):
    """There is no snapshot yet."""


class MartBusy(Exception):
    """Another refresh is at work and did not end in time."""
