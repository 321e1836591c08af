"""Who is who across systems: the same contact or account under several keys is one row."""

from nineplus.stages.connect.identity.keys import (
    aliases,
    contacts_by_email,
    inferred,
    keys_of,
    match,
    other_addresses,
)
from nineplus.stages.connect.identity.merging import merge, merged_there
from nineplus.stages.connect.identity.taking_back import undo

__all__ = [
    "aliases",
    "contacts_by_email",
    "inferred",
    "keys_of",
    "match",
    "merge",
    "merged_there",
    "other_addresses",
    "undo",
]
