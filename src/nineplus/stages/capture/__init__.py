"""Capture: an answer is taken in, kept, and read again in the live list."""

from nineplus.stages.capture.answering.amending import amend
from nineplus.stages.capture.answering.answers import Beside, Recorded, add_comment, frozen_attributes, record_response
from nineplus.stages.capture.answering.leaving import Leaving, leave, leaving
from nineplus.stages.capture.answering.links import (
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
from nineplus.stages.capture.asking.planning import Asked, Planned, ask, happened
from nineplus.stages.capture.reading.detail import Detail, LinkedTicket, response_detail
from nineplus.stages.capture.reading.listing import GROUPS, MOST_ROWS, Cursor, Page, among, newer_than, responses

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
    "among",
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
