"""Does this look like a machine? Mail scanners open links, follow all of them and press nothing.

What was seen is kept beside the answer and shown; nothing is ever deleted because of it. Signals are a small dict:

    dwell_ms    milliseconds between the page and the press, as the page's script measured them
    how         "press" or "auto" (the page's script saved a score that stood in the link)
    moved       the pointer, a key or a touch was noticed before
    trap        the field that people cannot see was filled
    hidden      the link that people cannot see was followed, by whoever opened the message
    agent       class of the user agent: browser, mail, scanner, program, none
    opened      how often the page was asked for
    heads       how often only its head was
    links       scores that links to the page carried, as text in order of their first use
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

QUICK_MS = 400
"""A person needs longer from seeing a page to pressing a button."""
MANY_LINKS = 4
"""So many of the eleven links of one message are not followed by one person in doubt."""
_MOST_MS = 86_400_000

_SCANNER = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scanner|safelinks|proofpoint|mimecast|barracuda|urldefense|fortimail|ironport|"
    r"messagelabs|trendmicro|sophos|forcepoint|headlesschrome|phantomjs|virustotal|facebookexternalhit|whatsapp|"
    r"skypeuri|slackbot|telegram|discord",
    re.I,
)
_PROGRAM = re.compile(r"^(curl|wget|python|go-http|java|okhttp|ruby|perl|libwww|node|axios|httpx|php|powershell)", re.I)
_MAIL = re.compile(r"googleimageproxy|yahoomailproxy|ms-office|outlook|thunderbird|applemail", re.I)


def agent_class(agent: str) -> str:
    """What kind of program names itself so: browser, mail, scanner, program, or none when it does not."""
    agent = agent[:400]
    if not agent.strip():
        return "none"
    if _SCANNER.search(agent):
        return "scanner"
    if _PROGRAM.search(agent):
        return "program"
    return "mail" if _MAIL.search(agent) else "browser"


def read_signals(given: object) -> dict[str, Any]:
    """What the page's script says of the press, with everything strange left out."""
    if not isinstance(given, Mapping):
        return {}
    signals: dict[str, Any] = {}
    dwell = given.get("dwell_ms")
    if isinstance(dwell, str) and dwell.isascii() and dwell.isdigit() and len(dwell) < 12:
        dwell = int(dwell)
    if type(dwell) is int and 0 <= dwell <= _MOST_MS:
        signals["dwell_ms"] = dwell
    if given.get("how") in ("press", "auto"):
        signals["how"] = given["how"]
    for flag in ("moved", "trap"):
        if given.get(flag) in (True, "1", "true"):
            signals[flag] = True
    return signals


def with_visit(
    signals: Mapping[str, Any], *, head: bool, agent: str, link: int | None = None, hidden: bool = False
) -> dict[str, Any]:
    """The signals of an invitation after one more request for its page."""
    seen = dict(signals)
    count = "heads" if head else "opened"
    seen[count] = int(seen.get(count, 0)) + 1
    seen["agent"] = agent_class(agent)
    if link is not None and str(link) not in seen.get("links", []):
        seen["links"] = [*seen.get("links", []), str(link)]
    if hidden:
        seen["hidden"] = True
    return seen


def looks_like_machine(signals: Mapping[str, Any]) -> str:
    """Why this looks like a machine, as a slug; empty when nothing says so. Shown beside the answer, never acted on.

    trap, scanner, program; and, unless the press itself was a person's: hidden_link, all_links, too_quick,
    heads_only. A scanner often comes first and the person after it, so its visits do not speak against the person.
    """
    if signals.get("trap"):
        return "trap"
    if signals.get("agent") in ("scanner", "program"):
        return str(signals["agent"])
    quick = signals.get("dwell_ms", QUICK_MS) < QUICK_MS
    if signals.get("moved") and not quick:
        return ""
    if signals.get("hidden"):
        return "hidden_link"
    if len(signals.get("links", ())) >= MANY_LINKS:
        return "all_links"
    if quick:
        return "too_quick"
    return "heads_only" if signals.get("heads") and not signals.get("opened") else ""
