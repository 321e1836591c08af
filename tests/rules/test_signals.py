"""Machines that open mail are told from people who press, and a person is never taken for the scanner before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nineplus.rules.signals import agent_class, looks_like_machine, read_signals, with_visit

PERSON = {"dwell_ms": 4_000, "how": "press", "moved": True, "agent": "browser"}


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1", "browser"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "browser"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "scanner"),
        ("BarracudaCentral/1.0", "scanner"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0", "scanner"),
        ("Slackbot-LinkExpanding 1.0", "scanner"),
        ("curl/8.5.0", "program"),
        ("python-requests/2.32", "program"),
        ("Mozilla/5.0 GoogleImageProxy", "mail"),
        ("", "none"),
        (" ", "none"),
    ],
)
def test_a_user_agent_has_a_class(agent: str, kind: str):
    assert agent_class(agent) == kind


@pytest.mark.parametrize(
    ("signals", "why"),
    [
        ({}, ""),
        (PERSON, ""),
        ({**PERSON, "trap": True}, "trap"),
        ({**PERSON, "agent": "scanner"}, "scanner"),
        ({"agent": "program"}, "program"),
        ({"hidden": True}, "hidden_link"),
        ({"links": ["0", "1", "2", "3"]}, "all_links"),
        ({"links": ["0", "1", "2"]}, ""),
        ({"dwell_ms": 30}, "too_quick"),
        ({"dwell_ms": 30, "moved": True}, "too_quick"),
        ({"heads": 1}, "heads_only"),
        ({"heads": 1, "opened": 1}, ""),
        ({**PERSON, "hidden": True, "links": ["0", "1", "2", "3", "4"]}, ""),  # a scanner came first
    ],
)
def test_why_it_looks_like_a_machine(signals: dict[str, object], why: str):
    assert looks_like_machine(signals) == why


def test_visits_add_up():
    seen = with_visit({}, head=True, agent="curl/8")
    for score in (9, 9, 3):
        seen = with_visit(seen, head=False, agent="Mozilla/5.0", link=score)
    seen = with_visit(seen, head=False, agent="Mozilla/5.0", hidden=True)
    assert seen == {"heads": 1, "opened": 4, "agent": "browser", "links": ["9", "3"], "hidden": True}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(("dwell_ms", "how", "moved", "trap", "hidden", "agent", "earlier", "links"))


@given(ANYTHING | st.dictionaries(NAMES, ANYTHING))
def test_of_what_a_page_says_only_the_known_is_kept(given_: object):
    kept = read_signals(given_)
    assert set(kept) <= {"dwell_ms", "how", "moved", "trap"}
    assert looks_like_machine(kept) in ("", "trap", "too_quick")


def test_what_a_page_says():
    assert read_signals({"dwell_ms": "120", "how": "auto", "moved": "1", "trap": "", "x": 1}) == {
        "dwell_ms": 120,
        "how": "auto",
        "moved": True,
    }
