"""Themes in a real browser: what comments say, mended: a draft applied, a review by keyboard, a correction in place."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.site import EMAIL, PASSWORD, Site, running_site

SAID = (
    (3, "Slow response times from support. <script>"),
    (9, "Great product, easy to use."),
    (4, "Far too expensive for us."),
    (10, "Friendly staff, quick answers."),
    (2, "The invoice was wrong again."),
    (6, "No parking at your office."),
    (7, "There was no parking near your office."),
    (8, ""),
)
PAGES = (
    "/themes/",
    "/themes/pricing/",
    "/themes/edit/",
    "/themes/edit/theme/support/",
    "/themes/review/",
    "/themes/quality/",
    "/settings/assistant/",
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A company with two hundred answers, read as they came."""
    folder = tmp_path_factory.mktemp("themes")
    file, newest = folder / "answers.csv", datetime.now(UTC).date() - timedelta(days=1)
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["score", "date", "customer", "comment"])
        for number in range(200):
            score, comment = SAID[number % 8]
            rows.writerow([score, newest - timedelta(days=number // 2), f"C{number // 4}", comment])
    with running_site(folder / "home") as site:
        site.run("owner", "create", EMAIL, "--name", "Ada", "--password-stdin", stdin=PASSWORD + "\n")
        site.run("import", "responses", str(file))
        yield site


@pytest.fixture(scope="module")
def logged_in(company: Site, browser) -> dict:
    """What the owner's browser keeps, once the comments have been read."""
    context = browser.new_context()
    page = context.new_page()
    company.log_in(page)
    page.goto(company.url + "/themes/")
    expect_soon(page, page.locator(".quotes mark"))
    page.get_by_role("button", name="Look again").click()
    expect_soon(page, page.locator(".topics > li"))
    kept = context.storage_state()
    context.close()
    return kept


def expect_soon(page: Page, wanted: Locator) -> None:
    """The worker is at it: look again until it is there."""
    for _ in range(60):
        if wanted.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(wanted.first).to_be_visible()


@pytest.fixture
def page(browser_page, logged_in) -> Page:
    return browser_page(width=1280, height=900, storage_state=logged_in)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_every_page_of_themes_can_be_used_by_everyone(company, browser_page, logged_in, axe, width, theme):
    page = browser_page(width=width, height=900, theme=theme, storage_state=logged_in)
    for path in PAGES:
        page.goto(company.url + path)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} scrolls sideways"
    assert "<script>" not in page.content().partition("<main")[2]


def test_an_answer_is_corrected_where_it_is_read(company, page, axe):
    page.goto(company.url + "/responses/?theme=billing")
    expect(page.locator(".marked mark").first).to_be_visible()
    page.locator("[data-item]").first.click()
    chips = page.get_by_role("list", name="Themes")
    expect(chips).to_contain_text("Billing and contract")
    axe(page)
    page.evaluate("window.still = true")
    page.get_by_role("button", name="It does not speak of Billing and contract").click()
    expect(chips).not_to_contain_text("Billing and contract")
    page.get_by_text("Why these themes, and others").click()
    page.get_by_label("It also speaks of").select_option("pricing")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(chips).to_contain_text("Pricing and value")
    axe(page)
    assert page.evaluate("window.still"), "the page was never loaded anew"


def test_a_review_goes_by_keyboard(company, page):
    page.goto(company.url + "/themes/review/?queue=drawn")
    left = page.get_by_text("you have not reviewed")
    before = left.inner_text()
    expect(page.locator("form.review blockquote")).to_be_visible()
    box = page.locator("[data-key='1']")
    if box.count():
        held = box.is_checked()
        page.keyboard.press("1")
        expect(box).to_be_checked(checked=not held)
        page.keyboard.press("1")
        expect(box).to_be_checked(checked=held)
    page.keyboard.press("n")
    expect(page.get_by_label(re.compile("^Negative"))).to_be_checked()
    page.keyboard.press("Enter")
    expect(left).not_to_have_text(before)
    page.goto(company.url + "/themes/quality/")
    expect(page.locator(".lede")).to_contain_text("Of 1 comments drawn at random")


@pytest.fixture
def model() -> Iterator[str]:
    """The address of a model that names everything parking."""

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps({"choices": [{"message": {"content": '{"name": "Parking space"}'}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_said: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_a_topic_is_named_by_the_assistant_and_becomes_a_theme_by_a_person(company, page, axe, model):
    page.goto(company.url + "/settings/assistant/")
    page.get_by_label("Switched on").check()
    page.get_by_label("Address").fill(model)
    page.get_by_label("Model").fill("small")
    page.get_by_label("It is inside our network").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("It works")).to_be_visible()
    axe(page)
    page.goto(company.url + "/themes/")
    page.locator(".topics > li").filter(has_text="parking").get_by_role("link", name="Suggest a name").click()
    expect(page.locator("pre")).to_contain_text("No parking at your office.")
    axe(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Name")).to_have_value("Parking space")
    axe(page)
    page.get_by_role("button", name="Make a theme of it").click()
    draft = page.locator("#draft")
    expect(draft).to_contain_text("Added Parking space")
    expect(draft.get_by_role("table")).to_contain_text(
        "Parking space", timeout=60_000
    )  # the worker reads past comments
    axe(page)
    page.get_by_role("button", name="Apply to all comments").click()
    page.wait_for_url("**/themes/")
    expect(page.locator("#reading section")).to_have_count(0, timeout=60_000)
    page.goto(company.url + "/themes/edit/")
    expect(page.locator(".versions li").first).to_contain_text(re.compile("Version 2.*in force"))
    page.goto(company.url + "/themes/parking_space/")
    expect_soon(page, page.locator(".theme-comments li").filter(has_text="parking"))


def test_a_theme_is_added_by_hand_and_discarded(company, page):
    page.goto(company.url + "/themes/edit/")
    page.get_by_label("Name").fill("Coffee")
    page.get_by_label("Examples that complain").fill("The coffee is cold.\nBad coffee again.")
    page.get_by_role("button", name="Add to the draft").click()
    expect(page.locator("#draft")).to_contain_text("Added Coffee.")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("#draft section")).to_have_count(0)
    expect(page.locator(".theme-tree")).not_to_contain_text("Coffee")
