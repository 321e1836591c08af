"""Block Kit within its limits, whatever is put in; Slack's own kit reads it and finds nothing wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from nineplus.connectors import teams
from nineplus.connectors.chat import Press, Said
from nineplus.connectors.slack import blocks, manifest
from tests.fixtures.slack_server import wrong

LONG = "<b> & 'ü' " * 2_000
MENU = Press("snooze", LONG, "7", choices=tuple((f"{n}", LONG) for n in range(150)))
WORST = Said(
    title=LONG,
    text=LONG,
    quote="\n".join([LONG] * 50),
    facts=tuple((LONG, LONG) for _ in range(4)),
    foot=LONG,
    url="https://us.example/loop/1/?a=<b>|c",
    link=LONG,
    presses=(Press("claim", LONG, "7", primary=True), MENU),
)
USUAL = Said(
    title="Acme gave 2", text="To be answered today.", quote="Slow <!channel>\n& dear", url="https://x.example/"
)


@pytest.mark.parametrize("said", [Said("T"), USUAL])
@pytest.mark.parametrize("presses", [True, False])
def test_usual_messages_are_taken(said: Said, presses: bool):
    made = blocks.message(said, presses=presses)
    assert not wrong(made)
    for one in Block.parse_all(made):
        one.validate_json()
    assert "<!channel>" not in json.dumps(made)


@given(st.builds(Said, title=st.text(min_size=1), text=st.text(), quote=st.text(), foot=st.text()))
def test_no_text_breaks_them(said: Said):
    for part in blocks.message(said):
        for one in Block.parse_all([part]):
            one.validate_json()


def test_each_limit_is_kept():
    made = blocks.message(WORST)
    parsed = Block.parse_all(made)
    for one in parsed:
        one.validate_json()
    assert not wrong([one for one in made if one["type"] == "actions"])
    assert all(not wrong([one]) for one in made), [wrong([one]) for one in made]
    assert len(blocks.fallback(WORST)) <= 3_000


@pytest.mark.parametrize("most", [1, 2, 5, 6, 7, 100])
def test_what_is_cut_is_whole_signs(most: int):
    made = blocks.cut("<<<<&&&&", most)
    assert len(made) <= max(most, 1)
    assert made.replace("&lt;", "").replace("&amp;", "").strip("…") == ""


def test_the_window_that_closes_a_case():
    view = blocks.closing(
        case=12, title="Acme", outcomes=[("solved", "Solved")], causes=[(f"c{n}", LONG) for n in range(150)]
    )
    assert not wrong(view["blocks"], of_message=False)
    View(**view).validate_json()


def test_the_manifest_names_our_addresses():
    made = json.loads(manifest.manifest("https://nps.example"))
    assert made["settings"]["interactivity"]["request_url"] == "https://nps.example/hooks/slack/act/"
    assert made["features"]["slash_commands"][0]["url"] == "https://nps.example/hooks/slack/command/"
    assert "users:read.email" in made["oauth_config"]["scopes"]["bot"]


@pytest.mark.parametrize("said", [Said("T"), USUAL, WORST])
def test_cards_of_teams_are_small_enough(said: Said):
    told = teams.message(said)
    assert len(json.dumps(told, ensure_ascii=False).encode()) <= 28 * 1024
    card = told["attachments"][0]["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert ("actions" in card) == bool(said.url)


def test_what_a_customer_wrote_is_no_markdown_in_teams():
    card = teams.message(Said("T", quote="[x](https://evil.example) *b*"))["attachments"][0]["content"]
    assert card["body"][1]["items"][0]["text"] == r"\[x\](https://evil.example) \*b\*"
