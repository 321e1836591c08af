"""The survey page as a telephone gets it: bytes, requests and time to first paint at slow 3G, and what Lighthouse says.

    python benchmarks/survey_page.py

Chromium is slowed to 400 kbit/s with 400 ms for each round trip and a quarter of the processor, which is WebPageTest's
"Slow 3G" on a cheap telephone. Lighthouse is fetched by npm into .cache/lighthouse; without a network its column is
empty.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import Browser, CDPSession, sync_playwright

from table import write
from tests.fixtures.asked import Asked, asked
from tests.fixtures.chromium import ARGUMENTS, ROOT, _environment, chromium_program
from tests.fixtures.site import running_site

LIGHTHOUSE = "lighthouse@12.8.2"  # the newest for Node 20
LATENCY_MS, KBIT, SLOWER = 400, 400, 4
RUNS = 9
TEXTS = {"en": {"extras": {"why": {"wording": "What mattered most?"}, "ease": {"wording": "How easy was it?"}}}}
EXTRAS = [
    {"slug": "why", "kind": "choice", "settings": {"options": ["speed", "price", "people"], "many": True}},
    {"slug": "ease", "kind": "scale", "groups": ["promoter"], "settings": {"lowest": 1, "highest": 7}},
    {"slug": "part", "kind": "text", "groups": ["detractor"], "settings": {}},
]
PAINTED = """() => new Promise((painted) => new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') painted(entry.startTime)
}).observe({type: 'paint', buffered: true}))"""


def logo(size: int) -> str:
    """A picture of that many bytes that cannot be packed; no browser minds that it cannot be drawn."""
    return "data:image/png;base64," + base64.b64encode(random.Random(1).randbytes(size)).decode()


def cases() -> dict[str, dict[str, object]]:
    brand = {"company": "Acme", "colour": "#0f766e"}
    return {
        "one language": {"brand": brand, "languages": ["en"]},
        "all languages, three extra questions": {"brand": brand, "extras": EXTRAS, "texts": TEXTS},
        "the same with a logo of 20 kB": {"brand": {**brand, "logo": logo(20_000)}, "extras": EXTRAS, "texts": TEXTS},
    }


def opened(browser: Browser, url: str, *, slow: bool) -> tuple[float, int, int]:
    """First contentful paint in ms, bytes on the wire and requests of one fresh visit."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page = context.new_page()
    line: CDPSession = context.new_cdp_session(page)
    seen = {"bytes": 0.0, "requests": 0}
    line.on("Network.requestWillBeSent", lambda _: seen.update(requests=seen["requests"] + 1))
    line.on("Network.loadingFinished", lambda e: seen.update(bytes=seen["bytes"] + e["encodedDataLength"]))
    line.send("Network.enable")
    if slow:
        rate = KBIT * 1000 / 8
        limits = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": rate, "uploadThroughput": rate}
        line.send("Network.emulateNetworkConditions", limits)
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url)
    painted = page.evaluate(PAINTED)
    page.wait_for_timeout(300)  # would anything else be asked for?
    context.close()
    return painted, int(seen["bytes"]), int(seen["requests"])


def lighthouse(url: str) -> dict[str, int]:
    """Its scores in %, for its own picture of a telephone. Empty when it cannot be fetched."""
    home = ROOT / ".cache" / "lighthouse"
    program = home / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        fetch = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), LIGHTHOUSE]
        if subprocess.run(fetch, capture_output=True).returncode:
            return {}
    said = subprocess.run(
        ["node", str(program), url, "--quiet", "--output=json", "--chrome-flags=--headless=new " + " ".join(ARGUMENTS)],
        env={**os.environ, **_environment(), "CHROME_PATH": str(chromium_program())},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return {name: round(100 * found["score"]) for name, found in json.loads(said.stdout)["categories"].items()}


def measured(browser: Browser, survey: Asked) -> list[str]:
    """One line of the table."""
    opened(browser, survey.url("warm"), slow=False)
    fast = [opened(browser, survey.url("a"), slow=False) for _ in range(RUNS)]
    slow = [opened(browser, survey.url("a"), slow=True) for _ in range(RUNS)]
    paints = sorted(paint for paint, _, _ in slow)
    says = lighthouse(survey.url("b"))
    return [
        f"{slow[0][1] / 1000:.1f}",
        str(slow[0][2]),
        f"{statistics.median(paint for paint, _, _ in fast):.0f}",
        f"{statistics.median(paints):.0f}",
        f"{paints[-1]:.0f}",
        *(str(says.get(name, "")) for name in ("accessibility", "performance", "best-practices")),
    ]


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory(prefix="nineplus-bench-") as folder, running_site(Path(folder) / "home") as site:
        surveys = {
            name: asked(site, name, people=["warm", "a", "b"], content=content) for name, content in cases().items()
        }
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_program(), args=ARGUMENTS, env=_environment())
            rows = [[name, *measured(browser, survey)] for name, survey in surveys.items()]
            browser.close()
    write(
        "survey-page",
        title="The survey page on a slow telephone",
        head=[
            "",
            "kB in all",
            "requests",
            "first paint here ms",
            "first paint at slow 3G ms",
            "slowest of 9 ms",
            "Lighthouse accessibility",
            "performance",
            "best practices",
        ],
        rows=rows,
        command="python benchmarks/survey_page.py",
        note=(
            f"HTML, style and script together, packed, with their headers. Slow 3G: {KBIT} kbit/s, {LATENCY_MS} ms a "
            f"round trip, processor {SLOWER} times slower; the connection is open, so a first visit adds the round "
            "trips of name, TCP and TLS."
        ),
    )


if __name__ == "__main__":
    main()
