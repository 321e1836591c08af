"""Capture: an answer is taken in, kept, and read again in the live list."""

from nineplus.stages.capture.answers import Recorded, add_comment, frozen_attributes, record_response
from nineplus.stages.capture.reading import Cursor, Detail, LinkedTicket, Page, newer_than, response_detail, responses

__all__ = [
    "Cursor",
    "Detail",
    "LinkedTicket",
    "Page",
    "Recorded",
    "add_comment",
    "frozen_attributes",
    "newer_than",
    "record_response",
    "response_detail",
    "responses",
]
