"""The report in a real browser: nothing overflows, nothing is refused, everything is accessible, and it prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from nineplus.render import result_html, stylesheet, tag
from nineplus.report import Report
from tests.render import samples


@pytest.fixture
def opened(browser_page: Callable[..., Page], tmp_path: Path) -> Callable[..., Page]:
    def open_it(report: Report, **options: object) -> Page:
        path = tmp_path / "report.html"
        path.write_text(report.to_html(), encoding="utf-8")
        page = browser_page(**options)
        page.goto(path.as_uri())
        return page

    return open_it


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", ["full", "unanswered"])
def test_it_fits(
    request: pytest.FixtureRequest, opened: Callable[..., Page], name: str, width: int, theme: str
) -> None:
    page = opened(request.getfixturevalue(name), width=width, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg text')].filter(t => t.getClientRects().length)"
        ".map(t => parseFloat(getComputedStyle(t).fontSize))"
    )
    assert all(size >= 10 for size in sizes)


def test_it_is_accessible(opened: Callable[..., Page], axe: Callable[..., None], unanswered: Report) -> None:
    axe(opened(unanswered, width=390))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_figure_is_accessible(
    browser_page: Callable[..., Page], axe: Callable[..., None], tmp_path: Path, theme: str
) -> None:
    """On one page of all kinds of figures: the checker's time grows with the page, not with what is on it."""
    body = tag("main", tag("h1", "Figures"), *(result_html(result) for result in samples.everything()), class_="page")
    path = tmp_path / "figures.html"
    page = browser_page(width=390, theme=theme)
    head = f'<meta charset="utf-8"><title>Figures</title><style>{stylesheet()}</style>'
    path.write_text(f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>', encoding="utf-8")
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_labels_on_the_time_axis_do_not_touch(opened: Callable[..., Page], full: Report) -> None:
    for width in (390, 1440):
        page = opened(full, width=width)
        boxes = page.evaluate(
            "[...document.querySelectorAll('.trend text.tick')].map(t => t.getBoundingClientRect())"
            ".filter(b => b.width).map(b => [b.left, b.right, b.top, b.bottom])"
        )
        assert len(boxes) > 4
        for i, (left, right, top, bottom) in enumerate(boxes):
            for other_left, other_right, other_top, other_bottom in boxes[i + 1 :]:
                apart = right <= other_left or other_right <= left or bottom <= other_top + 1 or other_bottom <= top + 1
                assert apart, (width, i)


def test_it_prints(opened: Callable[..., Page], full: Report) -> None:
    page = opened(full, theme="dark")
    page.emulate_media(media="print")
    for _ in range(40):  # colours change gently; the page's policy forbids Playwright's own waiting
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        if ground == "rgb(255, 255, 255)":
            break
        page.wait_for_timeout(50)
    assert ground == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF")
