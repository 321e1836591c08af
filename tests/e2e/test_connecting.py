"""From a pasted key to the score on the customer's record, in a real browser, with a HubSpot to test with."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.fixtures.hubspot_server import READING, TOKEN, WRITING, HubSpot, hubspot_server
from tests.fixtures.hubspot_state import State
from tests.fixtures.hubspot_world import populate
from tests.fixtures.site import EMAIL, PASSWORD, Site


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with hubspot_server(populate(State(), companies=4, contacts=12, tickets=40, deals=2, responses=20)) as running:
        running.limits = {"ten": (10_000, 10.0), "search": (10_000, 1.0)}
        yield running


def test_from_the_key_to_the_score_on_the_record(hubspot: HubSpot, start_site, browser_page, axe):
    hubspot.tokens = {TOKEN: {*READING, *WRITING} - {"crm.objects.deals.read", "tickets"}}
    hubspot.state.rules.append(lambda type, key, told: "VAT number is required" if type == "companies" else None)
    with start_site() as site:
        site.run("owner", "create", EMAIL, "--name", "Ada", "--password-stdin", stdin=PASSWORD + "\n")
        page = browser_page(width=390, height=844, theme="dark")
        site.log_in(page)
        _paste_the_key(page, site, hubspot)
        axe(page)
        hubspot.tokens = {TOKEN: {*READING, *WRITING}}
        page.get_by_role("button", name="Check the key").click()
        expect(page.get_by_text("missing", exact=True)).to_have_count(0)

        page.get_by_role("button", name="Start reading").click()
        expect(page.get_by_role("heading", name="What now")).to_be_visible(timeout=60_000)  # nobody reloads the page
        expect(page.get_by_text("40 tickets,")).to_be_visible()
        _until(lambda: _has(page, "See which tickets stand behind the scores"), lambda: _reload(page))
        axe(page)

        page.get_by_role("link", name="Contacts").click()
        page.get_by_label("Find a property").fill("pla")
        expect(page.get_by_text("1 found")).to_be_visible()
        axe(page)
        page.get_by_label("Plan becomes").select_option("attribute:plan")
        page.get_by_role("button", name="Save and read again").click()

        page.get_by_label("The newest score").check()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("nineplus_score")).to_be_visible()  # where to find it over there
        _answer(site, score=3, comment="Nobody called back", email="p0@firm0.example")
        _until(lambda: _on_record(hubspot, "p0@firm0.example").get("nineplus_score") == "3")
        assert _on_record(hubspot, "p0@firm0.example")["nineplus_comment"] == "Nobody called back"
        _until(lambda: _has(page, "VAT number is required"), lambda: _reload(page))
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def _paste_the_key(page: Page, site: Site, hubspot: HubSpot) -> None:
    """Connects with a key that lacks two rights, and is told which and what for."""
    page.goto(f"{site.url}/connections/")
    page.get_by_role("link", name="HubSpot").click()
    expect(page.get_by_label("Rights to tick")).to_contain_text("crm.schemas.companies.write")
    page.get_by_label("Service key").fill(TOKEN)
    page.get_by_text("What few need").click()
    page.get_by_label("API address", exact=False).first.fill(hubspot.url)
    page.get_by_label("inside of our network").select_option("yes")
    page.get_by_role("button", name="Connect and check").click()
    expect(page.get_by_text("missing", exact=True)).to_have_count(3)  # tickets are read and written
    expect(page.get_by_label("Missing rights")).to_have_text(re.compile(r"^tickets\s+crm.objects.deals.read\s*$"))


def _answer(site: Site, **given: object) -> None:
    made = site.run("key", "create", "Suite", "--role", "agent", "--json").stdout
    key = re.search(r"np_[0-9a-f]{8}_[\w-]+", made)
    assert key
    request = urllib.request.Request(
        f"{site.url}/api/responses",
        data=json.dumps({"survey": "After support", **given}).encode(),
        headers={"Authorization": f"Bearer {key[0]}", "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 201


def _on_record(hubspot: HubSpot, email: str) -> Mapping[str, str]:
    things = hubspot.state.objects["contacts"].values()
    return next(thing.properties for thing in things if thing.properties.get("email") == email)


def _reload(page: Page) -> None:
    with suppress(Error):  # the page was just loading itself anew, because a run had ended
        page.reload()


def _has(page: Page, words: str) -> bool:
    page.wait_for_load_state()
    return page.get_by_text(words).count() > 0


def _until(true: Callable[[], bool], between: Callable[[], object] = lambda: None, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "It never came."
        time.sleep(0.3)
        between()
