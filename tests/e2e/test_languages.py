"""The survey page where languages strain it: written from the right, and with words longer than a telephone is wide."""

from __future__ import annotations

from nineplus.languages import languages
from tests.fixtures.drawn import active_survey
from tests.fixtures.site import Site

_SEEN = """() => ({
    lang: document.documentElement.lang,
    direction: getComputedStyle(document.querySelector('#question')).direction,
    width: document.documentElement.scrollWidth,
    cut: [...document.querySelectorAll('h1, p, label, button, span')]
        .filter((e) => e.clientWidth > 2 && getComputedStyle(e).display !== 'inline')
        .filter((e) => e.scrollWidth > e.clientWidth + 2)
        .map((e) => e.textContent.trim()),
})"""


def test_hard_languages_read_in_their_direction_and_fit_a_narrow_telephone(site: Site, browser_page):
    survey = active_survey(site, "In every language", {"product": "Acme", "brand": {"company": "Acme"}})
    page = browser_page(width=320, height=640)
    for code in _hard():
        page.goto(f"{site.url}/a/{survey}/?lang={code}")
        assert page.evaluate(_SEEN) == {
            "lang": code,
            "direction": languages()[code].direction,
            "width": 320,
            "cut": [],
        }


def _hard() -> list[str]:
    """Those from the right, and those with the longest words in what the page shows first."""

    def longest(code: str) -> int:
        return max(len(word) for text in languages()[code].sections["question"].values() for word in text.split())

    right = [code for code, language in languages().items() if language.direction == "rtl"]
    return right + sorted(languages(), key=longest, reverse=True)[:6]
