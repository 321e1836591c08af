"""Capture: an answer is taken in, kept, and read again in the live list."""

from nineplus.stages.capture.amending import amend
from nineplus.stages.capture.answers import Beside, Recorded, add_comment, frozen_attributes, record_response
from nineplus.stages.capture.detail import Detail, LinkedTicket, response_detail
from nineplus.stages.capture.leaving import Leaving, leave, leaving
from nineplus.stages.capture.links import (
    Outcome,
    Standing,
    amend_token,
    decline,
    links_key,
    looked_at,
    score_anonymous,
    score_by_link,
    standing,
    standing_amend,
    standing_anonymous,
    visited,
)
from nineplus.stages.capture.listing import GROUPS, MOST_ROWS, Cursor, Page, newer_than, responses
from nineplus.stages.capture.planning import Asked, Planned, ask, happened

__all__ = [
    "GROUPS",
    "MOST_ROWS",
    "Asked",
    "Beside",
    "Cursor",
    "Detail",
    "Leaving",
    "LinkedTicket",
    "Outcome",
    "Page",
    "Planned",
    "Recorded",
    "Standing",
    "add_comment",
    "amend",
    "amend_token",
    "ask",
    "decline",
    "frozen_attributes",
    "happened",
    "leave",
    "leaving",
    "links_key",
    "looked_at",
    "newer_than",
    "record_response",
    "response_detail",
    "responses",
    "score_anonymous",
    "score_by_link",
    "standing",
    "standing_amend",
    "standing_anonymous",
    "visited",
]
