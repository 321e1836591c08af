"""An analysis' page asks with the choices there are: nobody types the name of a column."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nineplus.model import Column, Filter, Result, Table, refuse
from nineplus.model.themes import ThemeName
from nineplus.stages import analyze
from nineplus.stages.analyze.choices import Choices, Offer
from nineplus.web import options
from tests.web.given import NOW

OFFER = Offer(
    choices=(Choices("channel", "Channel", ("a", "b"), False, 0.01), Choices("plan", "Plan", ("x", "y"), False, 0.2))
)
RANKED = Result(
    name="drivers",
    title="",
    says="",
    tables=(
        Table(
            name="drivers",
            title="",
            columns=(Column("driver", ""),),
            rows=(
                {"driver": "reopens+escalations", "title": "Reopens, escalations"},
                {"driver": "first_response_hours", "title": "Time to first response"},
                {"driver": "sla_breached", "title": "SLA breach"},
            ),
        ),
    ),
)


@pytest.fixture
def known(monkeypatch):
    """Two attributes, and service facts by weight."""
    monkeypatch.setattr(options, "choices", lambda *, now: OFFER)
    monkeypatch.setattr(options.analyze, "run", lambda name, *, filter, now: RANKED)
    monkeypatch.setattr(options.versions, "names", lambda: (ThemeName("billing", "Billing and contract"),))


def asked(name, **chosen):
    analysis = analyze.catalogue()[name]
    preset = options.preset(analysis, chosen=Filter(), now=NOW, without=chosen)
    found = options.fields(analysis, preset | chosen, OFFER, chosen=Filter(), now=NOW)
    return preset, {field.name: field for field in found}


def test_the_service_fact_is_chosen_from_those_there_are_the_weightiest_first(known):
    preset, form = asked("what-if")
    assert preset == {"driver": "first_response_hours"}
    assert (form["driver"].kind, form["driver"].value) == ("select", "first_response_hours")
    assert form["driver"].choices == (
        ("first_response_hours", "Time to first response"),
        ("sla_breached", "SLA breach"),
    )


def test_a_required_attribute_is_the_one_that_tells_most(known):
    preset, form = asked("segments")
    assert preset == {"by": "plan"}
    assert (form["by"].value, dict(form["by"].choices)) == ("plan", {"channel": "Channel", "plan": "Plan"})
    preset, form = asked("segments", by="channel,plan")
    assert preset == {}
    assert (form["by"].value, form["by"].choices[-1]) == ("channel,plan", ("channel,plan", "channel,plan"))


def test_a_theme_is_chosen_from_those_in_force(known):
    _, form = asked("theme-trend")
    assert form["theme"].choices == (("", "All"), ("billing", "Billing and contract"))


def test_where_nothing_is_known_nothing_is_invented(monkeypatch):
    monkeypatch.setattr(options, "choices", lambda *, now: Offer())
    monkeypatch.setattr(options.analyze, "run", lambda name, *, filter, now: refuse("drivers", "", "No tickets."))
    segments = analyze.catalogue()["segments"]
    assert options.preset(segments, chosen=Filter(), now=NOW) == {}
    assert options.lacking(segments, {}) == ["by"]
    assert options.movable(replace(RANKED, refusal="Too few.")) == []


def test_only_numbers_are_typed(known):
    for name in analyze.catalogue():
        for field in asked(name)[1].values():
            assert field.kind in ("select", "number"), (name, field.name)


@pytest.mark.django_db
def test_each_question_stands_once_in_the_list(client_of):
    page = client_of("viewer").get("/analysis/").content.decode()
    for analysis in analyze.catalogue().values():
        assert page.count(f"<h2>{analysis.title}</h2>") == 1
    assert '<p class="soft small">Trend</p>' in page
    assert "or is that noise?" not in page
