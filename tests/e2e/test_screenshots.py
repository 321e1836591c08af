"""The pictures in the papers are made from the real pages: `make screenshots` draws them anew."""

from __future__ import annotations

import os
from pathlib import Path

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


def test_the_overview_as_the_readme_shows_it(company, browser_page):
    page = browser_page(width=1440, height=1200)
    company.log_in(page)
    page.goto(f"{company.url}/")
    page.wait_for_selector("main svg")
    page.wait_for_selector(".later", state="detached")  # the drivers come behind the page
    assert page.locator(".drivers-card svg").count()
    page.evaluate("document.fonts.ready")
    picture = page.screenshot(scale="css")
    assert 10_000 < len(picture) < 300_000
    if os.environ.get("DRAW_SCREENSHOTS"):
        IMAGES.mkdir(exist_ok=True)
        (IMAGES / "overview.png").write_bytes(picture)
