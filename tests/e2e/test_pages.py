"""The pages in a real browser, on the sample company."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.connectors.surveys import exports
from tests.fixtures.site import Site

PAGES = [
    "/",
    "/responses/",
    "/accounts/",
    "/accounts/risk/",
    "/accounts/1/",
    "/loop/1/",
    "/loop/changes/",
    "/loop/changes/1/",
    "/loop/changes/new/?theme=support.speed&tone=complaints",
    "/loop/",
    "/loop/measures/",
    "/loop/advocates/",
    "/loop/advocates/new/?kind=review",
    "/loop/advocates/1/",
    "/loop/rules/",
    "/loop/rules/new/",
    "/alerts/",
    "/contacts/1/",
    "/connections/who/",
    "/segments/?by=plan",
    "/drivers/",
    "/themes/",
    "/themes/support.speed/",
    "/themes/edit/",
    "/themes/review/",
    "/themes/quality/",
    "/analysis/",
    "/analysis/trend/",
    "/analysis/score/?by=plan&period=quarter",
    "/analysis/attribution/",
    "/attribution/",
    "/attribution/links/",
    "/settings/attribution/",
    "/analysis/what-if/",
    "/imports/",
    "/imports/new/",
    "/settings/",
    "/settings/company/",
    "/settings/notes/",
    "/settings/data/",
    "/settings/people/",
    "/settings/keys/",
    "/settings/webhooks/",
    "/settings/slack/",
    "/settings/assistant/",
    "/welcome/",
    "/?a.plan=Nobody",
    "/?from=never",
    "/nowhere/",
]
IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
CHANNELS = Path(__file__).resolve().parents[3] / "shared" / "data" / "nps_channels"


@pytest.fixture(scope="module")
def logged_in(company: Site, browser) -> dict:
    """What the owner's browser keeps after logging in once."""
    context = browser.new_context()
    company.log_in(context.new_page())
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def page(company: Site, browser_page, logged_in) -> Page:
    return browser_page(width=1440, height=900, storage_state=logged_in)


def answer(site: Site, **given: object) -> None:
    """One new answer, brought in by a program."""
    made = site.run("key", "create", "Suite", "--role", "agent", "--json").stdout
    request = urllib.request.Request(
        f"{site.url}/api/responses",
        data=json.dumps({"survey": "After support", **given}).encode(),
        headers={"Authorization": f"Bearer {token(made)}", "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 201


def token(made: str) -> str:
    return re.search(r"np_[0-9a-f]{8}_[\w-]+", made)[0]


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_every_page_can_be_used_by_everyone(company, browser_page, logged_in, axe, width, theme):
    stranger = browser_page(width=width, height=900, theme=theme)
    stranger.goto(company.url + "/log-in/")
    axe(stranger)
    page = browser_page(width=width, height=900, theme=theme, storage_state=logged_in)
    for path in PAGES:
        page.goto(company.url + path)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} scrolls sideways"


def test_the_overview_says_it_then_shows_it(page, company):
    page.goto(company.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("between")
    expect(page.get_by_role("note").filter(has_text="made-up company")).to_contain_text("Bring my data")
    expect(page.get_by_text("Tied to a ticket")).to_be_visible()
    expect(page.get_by_text("Response rate")).to_be_visible()
    expect(page.get_by_role("link", name="All drivers, and what if")).to_be_visible(timeout=30_000)
    expect(page.locator("#lede")).to_contain_text("other things equal")
    trend = page.locator("[data-table]").filter(has_text="NPS by month")
    expect(trend).to_contain_text("Billing: one named contact per case")
    trend.get_by_text("Show as table").click()
    expect(trend.get_by_role("table").first).to_be_visible()
    with page.expect_download() as csv:
        trend.get_by_role("link", name="Download CSV").click()
    assert "nps_low" in Path(csv.value.path()).read_text(encoding="utf-8-sig").splitlines()[0]
    with page.expect_download() as png:
        trend.get_by_role("button", name="Download PNG").click()
    assert Path(png.value.path()).read_bytes().startswith(b"\x89PNG")


def test_the_overview_as_the_readme_shows_it(company, browser_page, logged_in):
    """The pictures in the papers are made from the real pages: `make screenshots` draws them anew."""
    page = browser_page(width=1440, height=1200, storage_state=logged_in)
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


def test_mixed_touchpoints_are_one_press_from_one(page, company):
    page.goto(company.url)
    page.get_by_role("link", name="Only relationship").click()
    expect(page).to_have_url(re.compile(r"touchpoint=relationship"))
    expect(page.get_by_role("link", name="Only relationship")).to_have_count(0)


def test_one_press_from_a_segment_to_its_people(page, company):
    page.goto(company.url + "/segments/?by=plan")
    page.get_by_role("link", name="Enterprise").first.click()
    page.wait_for_url("**/responses/?a.plan=Enterprise")
    expect(page.locator("[data-item]").first).to_be_visible()
    expect(page.locator(".chosen")).to_contain_text("Enterprise")


def test_the_filter_lives_in_the_address_and_goes_along(page, company):
    page.goto(company.url)
    page.locator("summary").filter(has_text="All time").click()
    page.get_by_role("link", name="Last 12 months").click()
    page.wait_for_url("**/?from=*&to=*")
    page.locator("summary").filter(has_text="Touchpoint").click()
    page.locator("input[name=touchpoint][value=relationship]").check()
    page.locator("details[open] > .pop-panel > button").click()
    page.wait_for_url("**touchpoint=relationship**")
    assert "from=" in page.url
    assert "until" not in page.url
    page.get_by_role("link", name="Segments", exact=True).click()
    page.wait_for_url("**/segments/?*touchpoint=relationship*")
    page.locator(".chosen").get_by_role("link").filter(has_text="Relationship").click()
    page.wait_for_url(lambda url: "touchpoint" not in url and "from=" in url)
    page.get_by_role("link", name="Clear").click()
    page.wait_for_url(lambda url: "from=" not in url)


def test_what_if_answers_beside_the_slider(page, company):
    page.goto(company.url + "/drivers/")
    page.get_by_label("Service fact", exact=True).select_option("sla_breached")
    slider = page.get_by_label(re.compile("^Tickets that go well"))
    slider.fill("0.9")
    slider.dispatch_event("change")
    expect(page.locator("#target-shown")).to_have_text("90 %")
    expect(page.locator("#what-if-answer")).to_contain_text("SLA breach: if 90 % of tickets went well", timeout=20_000)


def test_new_answers_appear_by_themselves(page, company):
    page.goto(company.url + "/responses/")
    before = page.locator("[data-item]").first.get_attribute("href")
    answer(company, score=2, comment="Nobody called me back <script>", email="new@example.org")
    first = page.locator("[data-item]").first
    expect(first).to_contain_text("Nobody called me back <script>", timeout=15_000)
    assert before
    expect(page.locator("[data-item]").nth(1)).to_have_attribute("href", before)
    expect(page.locator("#announce")).to_have_text("1 new answer.")


def test_the_keyboard_is_enough(page, company):
    page.goto(company.url + "/responses/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.locator("[data-item]").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#detail article")).to_be_visible()
    assert page.url.endswith("/responses/")
    page.keyboard.press("/")
    page.keyboard.type("export")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=export**")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/drivers/")


def test_on_a_phone_an_answer_is_a_page_and_the_menu_opens(company, browser_page, logged_in):
    page = browser_page(width=390, height=844, storage_state=logged_in)
    page.goto(company.url)
    page.locator("summary").filter(has_text="Menu").click()
    page.get_by_role("link", name="Responses", exact=True).click()
    page.locator("[data-item]").first.click()
    page.wait_for_url(re.compile(r"/responses/\d+/"))
    expect(page.get_by_role("heading", name="Tickets behind it")).to_be_visible()


@pytest.mark.parametrize(("path", "row"), [("/settings/assistant/", ".section-tabs"), ("/loop/advocates/", ".rooms")])
def test_on_a_phone_tabs_are_one_line_with_the_open_one_in_view(company, browser_page, logged_in, path, row):
    page = browser_page(width=390, height=844, storage_state=logged_in)
    page.goto(company.url + path)
    tabs, current = page.locator(row).bounding_box(), page.locator(f"{row} [aria-current]").bounding_box()
    assert tabs["height"] < 60
    assert tabs["x"] <= current["x"]
    assert current["x"] + current["width"] <= tabs["x"] + tabs["width"] + 1
    page.locator(f"{row} a").first.focus()
    first = page.locator(f"{row} a").first.bounding_box()
    assert first["x"] >= tabs["x"] - 1  # the keyboard brings the others into view


def test_from_an_answer_to_all_that_happened_with_its_customer(page, company):
    page.goto(company.url + "/responses/")
    page.locator("[data-item]").last.click()  # the newest may be of somebody without a company, from another test
    page.locator("#detail dl.facts a[href^='/accounts/']").first.click()
    page.wait_for_url(re.compile(r"/accounts/\d+/"))
    page.get_by_role("link", name="Answers", exact=True).click()
    page.wait_for_url("**kind=answers")
    expect(page.locator(".moment .score").first).to_be_visible()
    page.locator(".moment a[href^='/contacts/']").first.click()
    page.wait_for_url(re.compile(r"/contacts/\d+/"))
    expect(page.locator(".lede")).to_contain_text("last answered")


def test_the_api_is_read_searched_and_linked_to(company, browser_page, logged_in, axe):
    page = browser_page(width=390, height=844, theme="dark", storage_state=logged_in)
    page.goto(company.url + "/api/docs/#post-surveys")
    page.reload()
    expect(page.get_by_label("Example: POST /api/surveys", exact=True)).to_contain_text("--json '{")
    page.locator("#post-surveys").get_by_role("link", name="NewSurvey").click()
    expect(page.locator("#shape-NewSurvey")).to_be_in_viewport()
    page.get_by_label("Find in the API").fill("patch surveys")
    expect(page.locator(".api-reference [role=status]")).to_have_text("1 found")
    expect(page.locator(".api-one:visible")).to_have_count(1)
    expect(page.get_by_role("heading", name="Invitations")).to_be_hidden()
    page.get_by_label("Find in the API").fill("")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("document.querySelectorAll('section.card:not(#surveys)').forEach((one) => one.remove())")
    axe(page)  # of one area: the others are built alike, and there are thousands of lines


def test_the_theme_stays_and_does_not_flash(page, company):
    page.goto(company.url)
    page.keyboard.press("t")
    page.goto(company.url + "/settings/")
    html = page.content()
    assert re.search(r'<html lang="en" data-theme="(dark|light)"', html)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 21, 23)"


def test_a_form_that_is_refused_comes_back_as_it_was_typed(page, company):
    page.goto(company.url + "/settings/company/")
    was = page.get_by_label("Name").input_value()
    page.get_by_label("Name").fill("Acme, renamed")
    page.get_by_label("What other currencies").fill("EUR is dear")
    page.locator("form[action$='/company/change/'] button.primary").click()
    refusal = page.locator("form[action$='/company/change/'] .flash.error")
    expect(refusal).to_be_focused()
    assert "EUR is dear" in refusal.inner_text()
    assert page.get_by_label("Name").input_value() == "Acme, renamed"
    assert page.get_by_label("What other currencies").input_value() == "EUR is dear"
    page.reload()
    assert page.get_by_label("Name").input_value() == was, "what was kept stands there again"
    page.goto(company.url + "/settings/")
    page.get_by_label("Password now").fill("not this one")
    page.get_by_label("New password").first.fill("a new one of good length")
    page.locator("form[action$='/password/'] button").click()
    expect(page.locator("form[action$='/password/'] .flash.error")).to_be_visible()
    assert page.get_by_label("Password now").input_value() == "", "nothing secret is kept"
    assert "not this one" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_pages_work_without_scripts(company, browser_page, tmp_path):
    page = browser_page(width=1280, java_script_enabled=False)
    company.log_in(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("NPS is")
    page.locator("summary").filter(has_text="Touchpoint").click()
    page.locator("input[name=touchpoint][value=relationship]").check()
    page.locator("details[open] > .pop-panel > button").click()
    page.wait_for_url(f"{company.url}/?touchpoint=relationship")
    page.goto(company.url + "/responses/")
    page.get_by_role("link", name="Older responses").click()
    page.wait_for_url("**after=**")
    page.locator("[data-item]").first.click()
    expect(page.get_by_role("heading", name="Tickets behind it")).to_be_visible()
    page.goto(company.url + "/segments/")
    page.get_by_label("Cut by").select_option("region")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/segments/?by=region")
    file = tmp_path / "answers.csv"
    file.write_text("score,date\n9,2026-01-31\n3,2026-02-01\n")
    page.goto(company.url + "/imports/new/")
    page.get_by_label("Choose a file").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Check what would happen").click()
    page.get_by_role("link", name="Check now").click()
    page.get_by_role("button", name="Import").click()
    page.wait_for_url(re.compile(r"/imports/\d+/"))


def test_a_file_is_brought_in_checked_and_taken_back(page, company, tmp_path):
    file = tmp_path / "scores.csv"
    rows = [
        f"{day:02d}/{month:02d}/2025;{score};Text {day}"
        for day in range(1, 13)
        for month in (1, 2)
        for score in (3, 10)
    ]
    file.write_text("Datum;Punkte;Kommentar\n" + "\n".join([*rows, "05/05/2025;11;too much"]) + "\n", encoding="utf-16")
    page.goto(company.url + "/imports/new/")
    page.get_by_label("Choose a file").set_input_files(file)
    page.wait_for_url("**/columns/")
    expect(page.get_by_text("does the day or the month come first?")).to_be_visible()
    page.get_by_label("Day first").check()
    page.get_by_role("button", name="Check what would happen").click()
    page.wait_for_url("**/check/")
    expect(page.locator(".tiles")).to_contain_text("48")
    page.get_by_label("Save this mapping as").fill("Monthly")
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".chip.good")).to_have_text("done", timeout=30_000)
    with page.expect_download() as refused:
        page.get_by_role("link", name="Download rows not taken").click()
    assert "too much" in Path(refused.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("#progress .chip")).to_have_text("undone", timeout=30_000)


def test_an_export_of_another_tool_is_known_and_brought_in(page, company, tmp_path):
    rows = [exports.qualtrics_row(n, status="Spam" if n < 2 else "IP Address") for n in range(20)]
    file = tmp_path / "qualtrics.csv"
    file.write_text(exports.qualtrics(rows), encoding="utf-8")
    page.goto(company.url + "/imports/new/")
    page.get_by_label("Choose a file").set_input_files(file)
    page.wait_for_url("**/columns/")
    expect(page.get_by_text("This looks like an export of Qualtrics")).to_be_visible()
    expect(page.get_by_label("Q5: Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?")).to_be_checked()
    page.get_by_role("button", name="Check what would happen").click()
    page.wait_for_url("**/check/")
    expect(page.locator(".tiles")).to_contain_text("would be left out, no answers")
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".chip.good")).to_have_text("done", timeout=30_000)
    expect(page.locator(".tiles")).to_contain_text("18")
    with page.expect_download() as left_out:
        page.get_by_role("link", name="Download rows not taken").click()
    assert "how to mend" in Path(left_out.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("#progress .chip")).to_have_text("undone", timeout=30_000)


@pytest.mark.skipif(not CHANNELS.is_dir(), reason="the real survey files are not beside the repository")
def test_a_real_file_needs_no_help(page, company):
    page.goto(company.url + "/imports/new/")
    page.get_by_label("Choose a file").set_input_files(CHANNELS / "nps_web.csv")
    page.wait_for_url("**/columns/")
    page.get_by_role("button", name="Check what would happen").click()
    page.wait_for_url("**/check/")
    page.get_by_role("button", name="Import").click(timeout=30_000)
    expect(page.locator(".chip.good")).to_have_text("done", timeout=60_000)
    page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("#progress .chip")).to_have_text("undone", timeout=60_000)


def test_a_viewer_sees_results_and_is_told_what_is_not_theirs(page, company, browser_page):
    page.goto(company.url + "/settings/people/")
    page.get_by_label("E-mail").fill("viewer@example.org")
    page.get_by_role("button", name="Add", exact=True).click()
    password = page.locator(".token").inner_text()
    other = browser_page(width=1280)
    other.goto(company.url + "/log-in/")
    other.get_by_label("E-mail").fill("viewer@example.org")
    other.get_by_label("Password").fill(password)
    other.get_by_role("button", name="Log in").click()
    expect(other.get_by_role("heading", level=1)).to_contain_text("NPS is")
    expect(other.get_by_role("link", name="Responses", exact=True)).to_have_count(0)
    other.goto(company.url + "/responses/")
    expect(other.get_by_role("heading", level=1)).to_have_text("This is not for your role")
