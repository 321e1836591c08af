"""From an unhappy answer to a closed case, in a real browser: the way of an agent, at a desk and on a telephone."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error, Page, expect

from tests.fixtures.site import EMAIL, PASSWORD, Site


def test_from_an_unhappy_answer_to_a_closed_case(start_site, browser_page, axe):
    with start_site() as site:
        site.run("owner", "create", EMAIL, "--name", "Ada", "--password-stdin", stdin=PASSWORD + "\n")
        site.run("sender", "add", "outbox_folder", "--from", "care@acme.example")
        desk = browser_page(width=1440, height=900, theme="light")
        site.log_in(desk)
        desk.goto(f"{site.url}/loop/")
        expect(desk.get_by_role("heading", name="There are no cases yet.")).to_be_visible()
        axe(desk)
        _picture(desk, "loop-empty")

        token = json.loads(site.run("key", "create", "Suite", "--role", "agent", "--json").stdout)["token"]
        for number, score in enumerate((2, 5, 9, 4)):
            said = f"The export failed {number} times and nobody called back."
            who = {"email": f"bo{number}@initech.example", "account": f"Initech {number}"}
            _answer(site, token, score=score, comment=said, **who)
        desk.goto(f"{site.url}/loop/?view=queue")
        _until(lambda: desk.locator("#cases li").count() == 3, lambda: _reload(desk))
        axe(desk)
        _picture(desk, "loop-queue")
        desk.keyboard.press("j")
        desk.keyboard.press("Enter")
        expect(desk.locator("#detail #case")).to_be_visible()
        expect(desk.locator("#detail .htmx-added, #detail .htmx-settling")).to_have_count(0)  # its keys work by now
        desk.keyboard.press("c")
        expect(desk.get_by_role("status").get_by_text("It is yours.")).to_be_visible()
        assert "/loop/?" in desk.url  # no page was loaded
        axe(desk)
        _picture(desk, "loop-split")
        number = desk.locator("#case").get_by_text("Case ", exact=False).first.inner_text().split()[1]

        phone = browser_page(width=390, height=844, theme="dark")
        site.log_in(phone)
        phone.goto(f"{site.url}/loop/{number}/")
        phone.get_by_text("Write to them").click()
        phone.get_by_role("button", name="Fill in").click()
        expect(phone.get_by_label("Letter", exact=True)).to_have_value(re.compile("^Hello"))
        axe(phone)
        phone.get_by_role("button", name="Send the letter").click()
        expect(phone.get_by_text("is on its way.", exact=False).first).to_be_visible()
        _until(lambda: phone.get_by_text("wrote to the customer").count() > 0, lambda: _reload(phone))
        axe(phone)
        _picture(phone, "case-phone")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        phone.locator("summary", has_text="Close").click()
        phone.get_by_role("button", name="Close the case").click()  # the browser asks for what is missing
        phone.get_by_label("What came of it").select_option("solved")
        phone.get_by_label("What lay behind it").select_option("performance")
        phone.get_by_label("What was done").fill("The export is fast again")
        phone.get_by_role("button", name="Close the case").click()
        expect(phone.get_by_text("Closed.", exact=True)).to_be_visible()

        for address in ("loop/board/", "loop/team/", f"loop/{number}/", "settings/cases/"):
            for page, width in ((desk, 1440), (phone, 390)):
                page.goto(f"{site.url}/{address}")
                axe(page)
                _picture(page, f"{address.replace('/', '-')}{width}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert list((site.home / "outbox").glob("reply-case-*.eml"))


def _answer(site: Site, token: str, **given: object) -> None:
    body = json.dumps({"survey": "Relationship", **given}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{site.url}/api/responses", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 201


def _until(true: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends, "it did not become true within a minute"
        time.sleep(0.3)
        meanwhile()


def _reload(page: Page) -> None:
    with suppress(Error):
        page.reload()


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
