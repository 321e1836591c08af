"""Messages in Block Kit, within its limits whatever is put in: text is cut, what is too much is left out.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks a message, 3,000 characters a text, 2,000 a field,
10 fields, 150 a header, 75 a button, 2,000 its value, 25 elements of actions, 10 of a context), and about 13,200
characters in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Any

from nineplus.connectors.chat import Press, Said

Block = dict[str, Any]
MOST_BLOCKS = 50
_TEXT, _FIELD, _FIELDS, _HEADER, _BUTTON, _VALUE, _ACTIONS, _OPTIONS = 3_000, 2_000, 10, 150, 75, 2_000, 25, 100
_SENTENCE, _QUOTE, _FOOT, _MENU = 2_000, 1_500, 600, 10
"""Ours, so that all of it together is small enough."""
_FALLBACK = 3_000
_CODED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape(text: str) -> str:
    """As Slack wants it: the three characters that mean something to it. Nothing that is said can become a mention."""
    return text.translate(_CODED)


def cut(text: str, most: int) -> str:
    """The text escaped, of at most so many characters after that; never through the middle of what was escaped."""
    whole = escape(text)
    if len(whole) <= most:
        return whole
    sizes = accumulate(len(escape(letter)) for letter in text)
    kept = sum(1 for _ in takewhile(lambda size: size < most, sizes))
    return escape(text[:kept].rstrip()) + "…"


def fallback(said: Said) -> str:
    """What notifications show."""
    return cut(said.plain, _FALLBACK)


def message(said: Said, *, presses: bool = True) -> list[Block]:
    """The blocks of it. Without `presses` (an incoming webhook hears no answer) there are links alone."""
    blocks: list[Block] = [_section(f"*{cut(' '.join(said.title.split()), 300)}*")]
    if said.text:
        blocks.append(_section(cut(said.text, _SENTENCE)))
    if said.quote:
        lines = cut(said.quote, _QUOTE).splitlines()
        blocks.append(_section("\n".join(f">{line}" for line in lines)[:_TEXT]))
    if said.facts:
        facts = [f"*{cut(label, 100)}*\n{cut(value, 300)}" for label, value in said.facts[:_FIELDS] if value]
        if facts:
            blocks.append({"type": "section", "fields": [_marked(one[:_FIELD]) for one in facts]})
    elements = [_element(one) for one in said.presses[: _ACTIONS - 1]] if presses else []
    if said.url and presses:
        elements.append({"type": "button", "action_id": "open", "text": _plain(said.link), "url": said.url[:3_000]})
    if elements:
        blocks.append({"type": "actions", "elements": elements})
    elif said.url:
        blocks.append(_section(f"<{_address(said.url)}|{cut(said.link, _BUTTON)}>"))
    if said.foot:
        blocks.append({"type": "context", "elements": [_marked(cut(said.foot, _FOOT))]})
    return blocks[:MOST_BLOCKS]


def closing(
    *, case: int, title: str, outcomes: Sequence[tuple[str, str]], causes: Sequence[tuple[str, str]], place: str = ""
) -> Block:
    """The window in which a case is closed: what came of it, what lay behind it, and a sentence."""
    return {
        "type": "modal",
        "callback_id": "close",
        "private_metadata": f"{case} {place}".strip()[:3_000],
        "title": _plain(f"Close case {case}"[:24]),
        "submit": _plain("Close it"),
        "close": _plain("Cancel"),
        "blocks": [
            _section(f"*{cut(title, 300)}*"),
            _choice("outcome", "What came of it", outcomes),
            _choice("cause", "What lay behind it", causes),
            {
                "type": "input",
                "block_id": "note",
                "label": _plain("What was done, in a sentence"),
                "element": {"type": "plain_text_input", "action_id": "note", "multiline": True, "max_length": 2_000},
            },
        ],
    }


def _choice(name: str, label: str, options: Sequence[tuple[str, str]]) -> Block:
    element = {"type": "static_select", "action_id": name, "options": _options(options)}
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element}


def _options(options: Sequence[tuple[str, str]]) -> list[Block]:
    return [{"text": _plain(label), "value": value[:150]} for value, label in options[:_OPTIONS]]


def _element(press: Press) -> Block:
    if press.choices:
        options = [(f"{value} {press.value}", label) for value, label in press.choices[:_MENU]]
        return {
            "type": "static_select",
            "action_id": press.name,
            "placeholder": _plain(press.label),
            "options": _options(options),
        }
    button = {"type": "button", "action_id": press.name, "text": _plain(press.label), "value": press.value[:_VALUE]}
    return {**button, "style": "primary"} if press.primary else button


def _section(text: str) -> Block:
    return {"type": "section", "text": _marked(text[:_TEXT])}


def _marked(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str) -> Block:
    words = " ".join(text.split()) or "–"
    words = words if len(words) <= _BUTTON else words[: _BUTTON - 1] + "…"
    return {"type": "plain_text", "text": words, "emoji": False}


def _address(url: str) -> str:
    return escape(url).replace("|", "%7C").replace(" ", "%20")
