"""A rule asks into a programme, by the programme's terms."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from nineplus.stages.act.actions import actions, programme
from nineplus.stages.act.advocates import programmes
from nineplus.stages.act.rules.starters import STARTERS
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Act
from tests.stages.act.advocates import world
from tests.stages.act.world import NOW, answer, company, person

pytestmark = pytest.mark.django_db


def test_whichever_programme_is_on_asks_and_never_a_review(settings, tmp_path):
    settings.HOME = tmp_path
    world.sender(tmp_path)
    [wait, do] = STARTERS["Promoters join a programme"]["then"]
    ada = person("Ada", at=company())
    said = answer(10, by=ada, at=NOW)
    later = SimpleNamespace(contact=ada, response=said, now=NOW + world.DAY * wait["wait"] / 24)
    soon = SimpleNamespace(contact=ada, response=said, now=NOW + world.DAY)
    world.programme("review")
    run = actions()[do["do"]].run
    with pytest.raises(NotPossible, match="No programme is switched on"):
        run(later, {})
    board, quote = world.programme("board"), world.programme("quote", points=5)
    assert "only a few days ago" in run(soon, {}).says
    assert run(later, {"programme": "QUOTE"}).says == "They are asked: quote"
    assert "already" in run(later, {"programme": "quote"}).says
    assert "90 days" in run(later, {}).says
    assert list(Act.objects.values_list("programme", flat=True)) == [quote.pk]
    programmes.switch(board.pk, on=False)
    for name, why in (("review", "everyone is asked"), ("board", "off"), ("none", "no programme")):
        with pytest.raises(NotPossible, match=why):
            run(later, {"programme": name})
    assert "everyone is asked" in programme.check({"programme": "review"})
    assert programme.check({"programme": "none"}) == ""
    said.consent_contact = False
    with pytest.raises(NotPossible, match="agree"):
        run(later, {})
    with pytest.raises(NotPossible, match="Nobody"):
        run(SimpleNamespace(contact=None, response=None, now=NOW), {})
