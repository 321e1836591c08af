"""The widget in somebody else's page: another origin, a strict policy, styles that would spoil everything."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nineplus.settings import PACKAGE
from tests.fixtures.drawn import active_survey
from tests.fixtures.site import Site

CONTENT = {
    "brand": {"company": "Acme", "colour": "#aa3300"},
    "product": "Acme",
    "texts": {"en": {"extras": {"team": {"wording": "Which team?", "options": {"sales": "Sales", "it": "IT"}}}}},
    "extras": [{"slug": "team", "kind": "choice", "groups": ["detractor"], "settings": {"options": ["sales", "it"]}}],
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {base}; connect-src {base}">
<main><h1>Our shop</h1><p>Words</p></main>
<script async src="{base}/static/built/widget.js" data-survey="{survey}" {more}></script></html>"""


class Shop:
    """A small site of its own origin (localhost, where nineplus is 127.0.0.1)."""

    def __init__(self) -> None:
        self.html = ""
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(shop.html.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://localhost:{self.server.server_port}/"

    def shows(self, site: Site, survey: str, more: str = 'data-delay="0"') -> str:
        self.html = PAGE.format(base=site.url, survey=survey, more=more)
        return self.url


@pytest.fixture
def shop() -> Iterator[Shop]:
    opened = Shop()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


@pytest.fixture(scope="module")
def survey(site: Site) -> str:
    return active_survey(site, "On the shop page", CONTENT)


def started(page: Page) -> None:
    """The script has run. Playwright's own waiting evaluates text, which the page's policy forbids."""
    while not page.evaluate("window.nineplus !== undefined"):
        page.wait_for_timeout(50)


def answers(site: Site) -> list[dict[str, object]]:
    token = site.run("key", "create", "test", "--role", "agent", "--json").stdout
    request = urllib.request.Request(
        f"{site.url}/api/responses?limit=100", headers={"Authorization": f"Bearer {json.loads(token)['token']}"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["items"]


def test_it_asks_takes_the_answer_and_leaves_no_trace(site, shop, survey, browser_page, axe):
    page = browser_page()
    page.goto(shop.shows(site, survey, 'data-delay="0" data-attributes=\'{"branch": "Berlin"}\''))
    card = page.locator("[data-nineplus] section")
    expect(card).to_be_visible()
    assert page.evaluate("document.activeElement === document.body"), "it took the focus"
    axe(page)
    card.get_by_role("button", name="3 of 10").click()
    expect(card.get_by_role("status")).to_contain_text("Your score of 3 is saved.")
    axe(page)
    card.get_by_role("textbox").fill("The queue was <long>")
    card.get_by_label("IT").check()
    with page.expect_response("**/more"):
        card.get_by_role("button", name="Send").click()
    expect(card.get_by_role("heading")).to_have_text("Thank you")
    kept = next(one for one in answers(site) if one["survey"] == "On the shop page")
    assert (kept["score"], kept["comment"], kept["channel"]) == (3, "The queue was <long>", "widget")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert not page.context.cookies()


def test_an_answer_given_offline_arrives_when_the_network_is_back(site, shop, survey, browser_page):
    page = browser_page(width=390, height=844)
    page.goto(shop.shows(site, survey))
    card = page.locator("[data-nineplus] section")
    expect(card).to_be_visible()
    page.context.set_offline(True)
    card.get_by_role("button", name="10 of 10").click()
    expect(card.get_by_role("status")).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect(card.get_by_role("status")).to_contain_text("Your score of 10 is saved.")
    assert [one["score"] for one in answers(site) if one["survey"] == "On the shop page"].count(10) == 1


def test_a_comment_of_a_page_that_was_left_offline_arrives_with_the_next(site, shop, survey, browser_page):
    page = browser_page()
    page.goto(shop.shows(site, survey, 'data-delay="0" data-consent="yes"'))
    card = page.locator("[data-nineplus] section")
    expect(card).to_be_visible()
    page.context.set_offline(True)
    card.get_by_role("button", name="6 of 10").click()
    card.get_by_role("textbox").fill("From the tunnel")
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_role("heading")).to_have_text("Thank you")
    page.goto("about:blank")
    page.context.set_offline(False)
    with page.expect_response("**/more"):
        page.goto(shop.url)
    kept = next(one for one in answers(site) if one["survey"] == "On the shop page" and one["score"] == 6)
    assert kept["comment"] == "From the tunnel"


def test_who_agreed_is_not_asked_again_and_who_did_not_leaves_nothing(site, shop, survey, browser_page):
    page = browser_page()
    page.goto(shop.shows(site, survey, 'data-delay="0" data-consent="yes"'))
    card = page.locator("[data-nineplus] section")
    card.get_by_role("button", name="Not now").click()
    expect(card).to_have_count(0)
    page.reload()
    started(page)
    page.wait_for_timeout(500)
    expect(card).to_have_count(0)
    page.evaluate("window.nineplus.consent(false)")
    assert page.evaluate("localStorage.length") == 0


def test_it_waits_for_scrolling_and_can_be_called(site, shop, survey, browser_page):
    page = browser_page()
    card = page.locator("[data-nineplus] section")
    # The policy of the page forbids styles in it: only many words make it tall.
    shop.shows(site, survey, 'data-delay="0" data-scroll="60"')
    shop.html = shop.html.replace("<p>Words</p>", "<p>Words</p>" * 200)
    page.goto(shop.url)
    started(page)
    page.evaluate("scrollTo(0, document.body.scrollHeight / 4)")
    page.wait_for_timeout(300)
    expect(card).to_have_count(0)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(card).to_be_visible()
    page.goto(shop.shows(site, survey, "data-manual"))
    started(page)
    expect(card).to_have_count(0)
    page.evaluate("window.nineplus.ask()")
    expect(card).to_be_visible()
    page.keyboard.press("Tab")
    card.press("Escape")
    expect(card).to_have_count(0)


def test_it_is_small() -> None:
    script = Path(PACKAGE, "web/static/built/widget.js").read_bytes()
    assert len(gzip.compress(script, 9)) < 15_000
