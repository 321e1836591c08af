"""The pictures in the papers are made from the real pages: `make screenshots` draws them anew."""

from __future__ import annotations

import os
from pathlib import Path

from tests.fixtures.site import EMAIL, PASSWORD

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


def test_the_overview_as_the_readme_shows_it(start_site, browser_page):
    with start_site() as site:
        site.run("owner", "create", EMAIL, "--name", "Ada", "--password-stdin", stdin=PASSWORD + "\n")
        site.run("demo")
        site.run("worker", "--burst")
        page = browser_page(width=1280, height=860)
        site.log_in(page)
        page.goto(f"{site.url}/")
        page.wait_for_selector("main svg")
        assert "NPS" in page.inner_text("main")
        page.evaluate("document.fonts.ready")
        picture = page.screenshot(scale="css")
    assert 10_000 < len(picture) < 300_000
    if os.environ.get("NINEPLUS_SCREENSHOTS"):
        IMAGES.mkdir(exist_ok=True)
        (IMAGES / "overview.png").write_bytes(picture)
