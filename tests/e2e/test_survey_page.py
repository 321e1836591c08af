"""The survey page in a real browser: on a phone, by keyboard, without script, without network, in both directions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.asked import Asked, asked
from tests.fixtures.site import Site

CONTENT: dict[str, Any] = {
    "product": "Acme Desk",
    "brand": {"company": "Acme", "colour": "#ffd400"},
    "consent_quote": True,
    "extras": [
        {"slug": "why", "kind": "choice", "settings": {"options": ["speed", "price"], "many": True, "other": True}},
        {"slug": "ease", "kind": "scale", "groups": ["promoter"], "settings": {"lowest": 1, "highest": 7}},
        {"slug": "part", "kind": "text", "groups": ["detractor"], "required": True, "settings": {}},
    ],
    "texts": {
        "en": {
            "extras": {
                "why": {"wording": "What mattered most?", "options": {"speed": "Speed", "price": "Price"}},
                "ease": {"wording": "How easy was it?", "options": {"low": "Very hard", "high": "Very easy"}},
                "part": {"wording": "Which part was it?"},
            }
        }
    },
}
PHONE = {"width": 390, "height": 844}
PERSON = "Object.defineProperty(navigator, 'webdriver', {get: () => false})"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def world(site: Site) -> Asked:
    names = [f"person{number}" for number in range(20)]
    people: dict[str, dict[str, Any]] = {name: {} for name in names}
    people |= {"late": {"days_left": -1}, "no": {"fate": "declined"}}
    return asked(site, "After support", people=people, content=CONTENT)


@pytest.fixture(scope="module")
def someone(world: Asked) -> Callable[[], str]:
    """The name of a person who has not been used yet."""
    unused = iter(f"person{number}" for number in range(20))
    return lambda: next(unused)


def score_of(page: Page) -> str | None:
    return page.locator(".numbers [aria-pressed=true]").get_attribute("value")


def press(page: Page, score: int) -> None:
    page.locator(f".numbers button[value='{score}']").click()


def saved(page: Page, score: int) -> None:
    expect(page.get_by_role("status")).to_have_text(f"Your score of {score} is saved.")


def all_sent(page: Page) -> None:
    """Nothing waits in the browser any more."""
    ends = time.monotonic() + 20
    while page.evaluate("localStorage.length"):
        assert time.monotonic() < ends
        page.wait_for_timeout(50)


def newest(world: Asked) -> dict[str, Any]:
    return world.answers()[-1]


def test_an_answer_on_a_phone_takes_two_presses_and_a_sentence(world, someone, browser_page: Open):
    page = browser_page(**PHONE, has_touch=True)
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(f"{request.method} {request.resource_type}"))
    page.goto(world.url(someone()))
    for button in page.locator(".numbers button").all():
        box = button.bounding_box()
        assert box["width"] >= 44
        assert box["height"] >= 44
    assert asked_for == ["GET document"], "the page loads nothing else"
    page.locator(".numbers button[value='9']").tap()
    saved(page, 9)
    page.get_by_label("What do you value most?").fill("Somebody answered at once.")
    page.get_by_label("Speed").check()
    page.get_by_label("7: Very easy").check(force=True)
    page.get_by_label("You may quote").check()
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
    expect(page.get_by_text("pass it on to the people who look after you")).to_be_visible()
    expect(page.locator("#kept")).to_have_text("Saved.")
    kept = newest(world)
    assert (kept["score"], kept["comment"], kept["language"]) == (9, "Somebody answered at once.", "en")
    assert kept["extras"] == {"why": {"options": ["speed"]}, "ease": 7}
    assert kept["consent_contact"] is False
    assert (kept["signals"]["how"], kept["signals"]["moved"]) == ("press", True)
    assert not page.context.cookies()
    assert page.evaluate("localStorage.length") == 0, "only what waits stays in the browser"


def test_the_keys_are_the_scores(world, someone, browser_page: Open):
    page = browser_page()
    page.goto(world.url(someone()))
    page.keyboard.press("7")
    saved(page, 7)
    page.keyboard.press("Shift+Digit0")
    saved(page, 10)
    page.keyboard.press("0")
    saved(page, 0)
    page.keyboard.press("1")
    page.keyboard.press("0")
    saved(page, 10)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    saved(page, 8)
    page.get_by_label("What would make it").focus()
    page.keyboard.type("9 lives, 10 tails")
    assert score_of(page) == "8", "figures in a comment are no scores"
    page.keyboard.press("Tab")
    page.wait_for_timeout(1_500)
    kept = newest(world)
    assert (kept["score"], kept["comment"]) == (8, "9 lives, 10 tails")
    assert [one["score"] for one in kept["signals"]["earlier"]] == [7, 10, 0, 10]


def test_without_script_it_is_a_plain_form(world, someone, browser_page: Open, axe):
    page = browser_page(**PHONE, java_script_enabled=False)
    page.goto(world.url(someone()) + "?score=9")
    expect(page.get_by_role("button", name="Send my answer: 9")).to_be_visible()
    expect(page.locator("#comment")).to_be_hidden()
    page.locator(".numbers button[value='3']").click()
    expect(page.get_by_text("Your score of 3 is saved.")).to_be_visible()
    expect(page.get_by_text("How easy was it?")).to_be_hidden()
    page.get_by_label("What should we do better?").fill("Answer the telephone")
    page.get_by_label("Which part was it?").fill("Billing")
    page.get_by_label("You may contact me").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.get_by_role("link", name="Change my score").click()
    expect(page.locator("#comment")).to_have_value("Answer the telephone")
    kept = newest(world)
    assert (kept["score"], kept["extras"], kept["consent_contact"]) == (3, {"part": "Billing"}, True)


def test_a_link_with_a_score_is_sent_by_one_press_and_never_by_opening(world, someone, browser_page: Open):
    before = len(world.answers())
    page = browser_page(**PHONE)
    page.goto(world.url(someone()) + "?score=9")
    assert score_of(page) == "9"
    page.wait_for_timeout(1_300)
    page.mouse.wheel(0, 10)  # a browser that says that it is driven by a program
    page.wait_for_timeout(1_000)
    assert len(world.answers()) == before
    page.get_by_role("button", name="Send my answer: 9").click()
    saved(page, 9)
    assert len(world.answers()) == before + 1


def test_a_link_with_a_score_is_sent_when_a_person_is_there(world, someone, browser_page: Open):
    page = browser_page()
    page.add_init_script(PERSON)
    page.goto(world.url(someone()) + "?score=10")
    page.wait_for_timeout(1_500)
    expect(page.get_by_text("You chose 10. It is not sent yet.")).to_be_visible()
    page.evaluate("dispatchEvent(new PointerEvent('pointerdown')); dispatchEvent(new KeyboardEvent('keydown'))")
    page.wait_for_timeout(1_200)
    expect(page.get_by_text("You chose 10. It is not sent yet.")).to_be_visible()  # made by a script: nobody
    for step in range(8):
        page.mouse.move(100 + 20 * step, 100)
    saved(page, 10)
    kept = newest(world)
    assert (kept["score"], kept["signals"]["how"]) == (10, "auto")
    assert kept["signals"]["dwell_ms"] >= 1_000


def test_what_cannot_be_sent_waits_in_the_browser(world, someone, browser_page: Open):
    page = browser_page(**PHONE)
    page.goto(world.url(someone()))
    page.context.set_offline(True)
    press(page, 4)
    expect(page.get_by_role("status")).to_contain_text("You are offline.")
    page.get_by_label("What should we do better?").fill("Nothing is lost")
    page.get_by_label("Which part was it?").fill("Network")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("You are offline.")
    page.context.set_offline(False)
    page.reload()  # as if it had been closed and opened again
    all_sent(page)
    kept = newest(world)
    assert (kept["score"], kept["comment"]) == (4, "Nothing is lost")
    assert kept["extras"] == {"part": "Network"}


def test_what_the_group_must_answer_is_asked_for(world, someone, browser_page: Open):
    page = browser_page()
    page.goto(world.url(someone()))
    press(page, 2)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("Which part was it?")).to_be_focused()
    press(page, 9)  # is not asked that question
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.get_by_role("link", name="Change my score").click()
    expect(page.get_by_role("heading", level=1, name=re.compile("How likely"))).to_be_focused()


def test_from_right_to_left(world, someone, browser_page: Open, axe):
    page = browser_page(**PHONE)
    page.goto(world.url(someone()) + "?lang=ar")
    zero, five = (page.locator(f".numbers button[value='{n}']") for n in (0, 5))
    assert zero.bounding_box()["x"] > five.bounding_box()["x"]
    zero.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".numbers button[value='1']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#survey")).to_have_attribute("data-phase", "more")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    axe(page)


def test_another_language_is_chosen_by_hand(world, someone, browser_page: Open):
    page = browser_page(java_script_enabled=False, locale="fr-FR")
    page.goto(world.url(someone()) + "?score=8")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.locator("summary").click()
    page.get_by_role("link", name="Deutsch", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert "score=8" in page.url
    page.locator(".numbers button[value='8']").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert newest(world)["language"] == "de"


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_everyone_can_use_every_state(world, someone, browser_page: Open, axe, width, theme):
    page = browser_page(width=width, height=844, theme=theme)
    public = f"{world.site.url}/a/{world.public_id}/"
    for address in (world.url("late"), world.url("no"), world.site.url + "/s/forged/", public, public + "?score=9"):
        page.goto(address)
        axe(page)
    page.goto(world.url(someone()))
    page.locator("summary").click()
    axe(page)
    for score in (9, 7, 3):
        press(page, score)
        saved(page, score)
        axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Other", exact=True).check()
    page.get_by_label("Please say which").fill("The cat")
    page.get_by_label("Which part was it?").fill("All")
    page.get_by_role("button", name="Send", exact=True).click()
    axe(page)


def test_no_more_surveys(world, browser_page: Open, axe):
    page = browser_page(**PHONE, java_script_enabled=True)
    page.goto(world.site.url + world.leaving["no"])
    axe(page)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="Unsubscribed")).to_be_visible()
    axe(page)


def test_no_thanks_is_one_press_and_can_be_thought_over(world, someone, browser_page: Open):
    page = browser_page(**PHONE)
    page.goto(world.url(someone()))
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("heading", name="All right")).to_be_visible()
    page.get_by_role("link", name="Answer after all").click()
    press(page, 8)
    saved(page, 8)


def test_a_kiosk_begins_anew_by_itself_and_keeps_what_it_cannot_send(site, browser_page: Open, axe):
    shop = asked(site, "In the shop", people=[], content={"brand": {"company": "Shop"}})
    page = browser_page(width=1024, height=768, has_touch=True)
    page.clock.install()
    page.goto(f"{site.url}/k/{shop.public_id}/")
    axe(page)
    main = page.locator("#survey")
    assert page.locator(".numbers button").first.bounding_box()["height"] >= 80
    page.locator(".numbers button[value='9']").tap()
    saved(page, 9)
    page.locator("#comment").fill("Nice cake")
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(page.get_by_text("The next one, please.")).to_be_visible()
    page.clock.fast_forward(6_500)
    expect(main).to_have_attribute("data-phase", "ask")
    expect(page.locator("#comment")).to_have_value("")
    assert page.locator(".numbers [aria-pressed=true]").count() == 0
    page.context.set_offline(True)
    for score in (2, 3):  # two who walk away after one press
        page.locator(f".numbers button[value='{score}']").tap()
        expect(main).to_have_attribute("data-phase", "more")
        page.clock.fast_forward(26_000)
        expect(main).to_have_attribute("data-phase", "done")
        page.clock.fast_forward(6_500)
        expect(main).to_have_attribute("data-phase", "ask")
    page.context.set_offline(False)  # nobody has to touch it
    all_sent(page)
    kept = shop.answers()
    assert [one["score"] for one in kept] == [9, 2, 3]
    assert {one["channel"] for one in kept} == {"kiosk"}
    assert kept[0]["comment"] == "Nice cake"


def test_the_script_tells_that_the_page_was_looked_at(world, someone, browser_page: Open):
    page = browser_page()
    page.add_init_script(PERSON)
    with page.expect_response(lambda response: response.url.endswith("/opened")) as told:
        page.goto(world.url(someone()))
    assert told.value.status == 204
