"""Who is independent of whom: one number per account, the same in Python and on every engine.

md5, its first 18 hex digits with a-f written as 0-5, read as a decimal number: md5, substring and translate
exist everywhere, where turning hex into a number does not. Below 10^18, so never negative in 64 bits.
"""

from __future__ import annotations

import hashlib

import ibis
import ibis.expr.types as ir

from nineplus.mart.schema import BUCKETS

_DIGITS = 18
_DECIMAL = str.maketrans("abcdef", "012345")


def cluster_text(*, account: str | None = None, contact: str | None = None, response: str | None = None) -> str:
    """The text behind a cluster: the account, else the contact, else the response itself."""
    if account:
        return "a:" + account
    if contact:
        return "c:" + contact
    return "r:" + (response or "")


def cluster_key(text: str) -> int:
    """The number of a cluster's text: 0 to 10^18. `cluster_key(cluster_text(account="7"))`."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:_DIGITS].translate(_DECIMAL))


def cluster_of(
    *,
    account: ir.StringValue | None = None,
    contact: ir.StringValue | None = None,
    response: ir.StringValue | None = None,
) -> ir.IntegerValue:
    """`cluster_key(cluster_text(...))` as an expression; null where every given column is null."""
    parts = [
        ibis.literal(prefix) + column
        for prefix, column in (("a:", account), ("c:", contact), ("r:", response))
        if column is not None
    ]
    if not parts:
        return ibis.null("int64")
    text = ibis.coalesce(*parts)
    return text.hexdigest("md5").substr(0, _DIGITS).translate("abcdef", "012345").cast("int64")


def bucket_of(cluster: ir.IntegerValue) -> ir.IntegerValue:
    """Which of the jackknife's groups a cluster falls in."""
    return (cluster % BUCKETS).cast("int16")
