"""A nineplus with an owner and the sample company, come by as a person would: in the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.fixtures.site import EMAIL, PASSWORD, Site, running_site


@pytest.fixture(scope="module")
def company(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """First visit, owner account, sample company: at its end the Overview says a number."""
    with running_site(tmp_path_factory.mktemp("company") / "home") as site:
        context = browser.new_context(locale="de-AT", timezone_id="Europe/Vienna")
        page = context.new_page()
        page.goto(site.url)
        assert page.url.endswith("/first-visit/")
        page.get_by_label("Company").fill("Acme")
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        assert page.get_by_label("Time zone").input_value() == "Europe/Vienna"
        assert page.get_by_label("Currency").input_value() == "EUR"
        page.get_by_label("Time zone").select_option("UTC")
        page.get_by_label("Currency").fill("USD")
        page.get_by_role("button", name="Create account").click()
        page.wait_for_url("**/welcome/")
        page.get_by_role("button", name="Load the sample company").click()
        page.wait_for_url(f"{site.url}/", timeout=180_000)
        assert page.get_by_role("heading", level=1).inner_text().startswith("NPS is ")
        context.close()
        yield site
