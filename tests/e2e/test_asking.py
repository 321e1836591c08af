"""The whole first stage as a person does it: drawn up in the browser, sent, answered on a phone, seen live."""

from __future__ import annotations

import email
import email.policy
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.site import Site

CONTACTS = """contact_id,email,name,account_id
c1,ana@kunde.test,Ana Núñez,K1
c2,ben@kunde.test,Ben O'Neil,K1
c3,gone@kunde.test,Gone Away,K1
"""


@pytest.fixture(scope="module")
def asked(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A nineplus that knows three contacts, one of whom never wants to be written to."""
    folder = tmp_path_factory.mktemp("contacts")
    (folder / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (folder / "never.csv").write_text("email\ngone@kunde.test\n", encoding="utf-8")
    site.run("import", "contacts", str(folder / "contacts.csv"))
    return site


def mails(site: Site, *, to: str, seconds: float = 60) -> list[email.message.EmailMessage]:
    """What the folder holds for an address; waits until there is something."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        read = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in sorted(Path(site.home, "outbox").glob("*.eml"))
        ]
        if found := [one for one in read if to in str(one["To"])]:
            return found
        time.sleep(0.3)
    return []


def draw_up(page: Page, site: Site, *, start: str, name: str) -> None:
    page.goto(f"{site.url}/surveys/new/?start={start}")
    page.get_by_label("What do you call it?").fill(name)
    page.get_by_role("button", name="Create the survey").click()
    page.wait_for_url("**/words/")


def test_from_a_blank_page_to_a_live_answer(asked, browser_page, axe):
    page = browser_page(width=1440, height=900)
    asked.log_in(page)
    # Through what messages go, and to whom none go.
    page.goto(f"{asked.url}/settings/senders/")
    page.get_by_role("link", name="Folder").click()
    page.locator("#from_address").fill("feedback@acme.test")
    page.get_by_role("button", name=re.compile("^Add")).click()
    page.wait_for_url(re.compile(r"/senders/\d+/"))
    page.goto(f"{asked.url}/settings/suppressions/")
    page.get_by_label("E-mail address or number").fill("gone@kunde.test")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("is not written to any more")
    axe(page)

    # What is asked, with the preview beside it.
    draw_up(page, asked, start="relationship", name="How are we doing")
    frame = page.frame_locator(".builder-preview iframe")
    page.locator("#text_question").fill("Would you tell a colleague about us?")
    expect(frame.get_by_role("heading", name="Would you tell a colleague about us?")).to_be_visible()
    page.get_by_role("button", name="E-mail", exact=True).click()
    expect(frame.get_by_text("Would you tell a colleague about us?").last).to_be_visible()
    axe(page)

    # Who is asked, and why not the others.
    page.get_by_role("link", name="Who and when").click()
    page.locator("#kind").select_option("manual")
    for day in ("5", "6"):
        page.locator(f"input[name=weekdays][value='{day}']").check()
    page.locator("#minimum_age_days").fill("0")
    page.locator("#quiet_from").fill("00:00")
    page.locator("#quiet_to").fill("00:00")
    audience = page.locator("#audience")
    expect(audience).to_contain_text("Their address was put on the list of those never written to.")
    expect(audience).to_contain_text("Ana Núñez")
    axe(page)
    page.get_by_role("link", name="Start asking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish and start asking?")
    axe(page)
    page.get_by_role("button", name="Start asking").press("Enter")
    expect(page.locator(".chip", has_text="asking")).to_be_visible()
    page.get_by_role("link", name="Who and when").click()
    page.get_by_role("button", name=re.compile("^Ask 2 now")).click()

    # The message, and the answer on a phone within a few presses.
    (message,) = mails(asked, to="ana@kunde.test")
    assert "One-Click" in message["List-Unsubscribe-Post"]
    text = message.get_body(("plain",)).get_content()
    link = re.search(r"http://\S+/s/[\w-]+/", text)[0]
    assert not mails(asked, to="gone@kunde.test", seconds=0.1)
    phone = browser_page(width=390, height=844, has_touch=True, is_mobile=True)
    phone.goto(f"{link}?score=9")
    expect(phone.get_by_role("heading").first).to_have_text("Would you tell a colleague about us?")
    axe(phone)
    phone.get_by_role("button", name=re.compile("Send my answer: 9")).click()
    phone.get_by_role("textbox").first.fill("The people on the phone know what they do.")
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.get_by_text("Thank you").first).to_be_visible()

    # The page thanks at once and sends behind it: the list has the comment when that has arrived.
    page.goto(f"{asked.url}/responses/")
    first = page.locator("[data-item]").first
    ends = time.monotonic() + 30
    while "The people on the phone" not in first.inner_text() and time.monotonic() < ends:
        page.wait_for_timeout(500)
        page.reload()
    expect(first).to_contain_text("The people on the phone know what they do.")
    expect(first).to_contain_text("9")


def test_every_survey_page_is_accessible_and_fits_a_phone(asked, browser_page, axe):
    page = browser_page(width=390, height=844, theme="dark")
    asked.log_in(page)
    page.goto(f"{asked.url}/surveys/new/")
    axe(page)
    draw_up(page, asked, start="pre-renewal", name="Before the renewal")
    page.get_by_role("link", name="Publish and start asking").click()
    expect(page.get_by_role("link", name="Cancel")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "the question before asking is too wide"
    page.get_by_role("link", name="Cancel").click()
    for name in ("Questions", "Who and when", "Ways to ask"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_load_state("networkidle")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{name} is wider than the phone"
    for path in ("/surveys/", "/settings/senders/?channel=smtp", "/settings/codes/", "/settings/suppressions/"):
        page.goto(asked.url + path)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{path} is wider than the phone"
