"""Quotes that stand for a theme are of what customers say now."""

from __future__ import annotations

import pytest
from django.db import transaction

from nineplus.stages.analyze.comments import labels, quoting, reading
from nineplus.store.models import Response, Revision
from tests.stages.analyze.comments.conftest import NOW, SLOW

pytestmark = pytest.mark.django_db(transaction=True)


def words(*responses: Response) -> list[str]:
    found = quoting._chosen("support.speed", [one.pk for one in responses], now=NOW)
    return [one.before + one.words + one.after for one in found]


def change(response: Response, **values: object) -> None:
    with transaction.atomic():
        Response.objects.filter(pk=response.pk).update(**values, revision=Revision.next())


def test_what_was_changed_withheld_or_corrected_is_quoted_no_more(say):
    [one] = say(SLOW)
    reading.follow(now=NOW)
    assert words(one) == [SLOW]
    change(one, comment="Very " + SLOW.lower())
    assert words(one) != [SLOW]
    reading.follow(now=NOW)
    assert words(one) == ["Very " + SLOW.lower()]
    labels.label(response=one.pk, themes={"support.speed": False}, by=None, now=NOW)
    assert words(one) == []
    labels.take_back(response=one.pk, by=None, now=NOW)
    change(one, consent_quote=False)
    assert words(one) == []
