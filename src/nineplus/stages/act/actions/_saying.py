"""What happened, for those who are told: in a sentence, and as a document. No more of a customer than is needed."""

from __future__ import annotations

from typing import Any

from nineplus.stages.act.rules.doing import Doing
from nineplus.stages.capture.people import addresses
from nineplus.stages.errors import NotPossible

WITHOUT_NAMES = "without names: a viewer is not shown customers."
"""What is said of telling somebody who may not know them."""


def sentence(doing: Doing) -> str:
    """Who said what, in one line."""
    if doing.response is None:
        return f"{doing.customer}: case {doing.case.pk}" if doing.case else doing.customer
    said = f"{doing.customer} gave {doing.response.score}"
    return f"{said}: “{doing.response.comment[:500]}”" if doing.response.comment else f"{said}."


def path(doing: Doing) -> str:
    """Where a colleague finds it in this house; empty when it is about neither a case nor an answer."""
    if doing.about is not None:
        return f"/loop/{doing.about}/"
    return f"/responses/{doing.response.pk}/" if doing.response is not None else ""


def address(doing: Doing) -> str:
    """The same as a whole address; empty when nobody has set the public address."""
    try:
        base = addresses.base()
    except NotPossible:
        return ""
    place = path(doing)
    return base + place if place else ""


def document(doing: Doing) -> dict[str, Any]:
    """The same by its ids, for a program."""
    response = doing.response
    return {
        "rule": doing.rule,
        "at": doing.now.isoformat(),
        "response": None
        if response is None
        else {"id": response.pk, "score": response.score, "comment": response.comment, "survey": response.survey.name},
        "account": None if doing.account is None else {"id": doing.account.pk, "name": doing.account.name},
        "contact": None if doing.contact is None else {"id": doing.contact.pk},
        "case": None if doing.case is None else {"id": doing.case.pk},
        "url": address(doing),
    }
