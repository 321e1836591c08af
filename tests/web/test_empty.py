"""Before there are data every page teaches what it will say; what breaks is said in words."""

from __future__ import annotations

import pytest

from nineplus.store.models import Event


@pytest.fixture(autouse=True)
def _a_home_of_its_own(settings, tmp_path):
    """Nothing is here, not even a mart that another test left."""
    settings.HOME = tmp_path


@pytest.mark.parametrize("address", ["/", "/responses/", "/segments/", "/drivers/"])
def test_empty_pages_offer_both_ways(client_of, address):
    html = client_of("analyst").get(address).content.decode()
    assert "Load the sample company" in html
    assert "Bring my data" in html


def test_an_owner_may_begin_with_the_system_that_the_team_works_in(client_of):
    there = 'href="/connections/new/hubspot/"'
    assert there in client_of("owner").get("/welcome/").content.decode()
    assert there not in client_of("analyst").get("/welcome/").content.decode()


@pytest.mark.one_database("analyses read the mart")
def test_every_analysis_has_a_page_that_refuses_in_words(client_of):
    from nineplus.stages import analyze

    client = client_of("viewer")
    for name, plug in analyze.catalogue().items():
        for query in ("", "?by=survey") if any(option.name == "by" for option in plug.options) else ("",):
            response = client.get(f"/analysis/{name}/{query}")
            assert response.status_code == 200, name
            assert plug.title in response.content.decode(), name


@pytest.mark.parametrize("address", ["/responses/", "/segments/", "/drivers/", "/analysis/score/"])
def test_nothing_is_no_thing_to_filter(client_of, address):
    client = client_of("analyst")
    assert 'aria-label="Filters"' not in client.get(address).content.decode()
    chosen = client.get(f"{address}?from=2026-01-01").content.decode()
    assert "Remove this filter" in chosen, "what is chosen can be taken back"


def test_an_empty_list_offers_nothing_to_search_or_take_away(client_of):
    html = client_of("analyst").get("/responses/").content.decode()
    assert html.count("<h1") == 1
    assert "Export CSV" not in html
    assert 'role="search"' not in html
    nobody = client_of("agent").get("/responses/?group=promoters").content.decode()
    assert "Nobody said this" in nobody
    assert 'role="search"' in nobody


@pytest.mark.parametrize("name", ["what-if", "segments", "score"])
def test_an_analysis_of_nothing_asks_no_options(client_of, name):
    html = client_of("analyst").get(f"/analysis/{name}/").content.decode()
    assert "There are no answers yet" in html
    assert "Ask again" not in html


@pytest.mark.parametrize("address", ["/", "/segments/", "/drivers/", "/analysis/score/"])
def test_answers_whose_mart_is_gone_are_not_called_none(client_of, answers, address, settings, tmp_path):
    settings.HOME = tmp_path
    html = client_of("analyst").get(address).content.decode()
    assert "Your answers are being prepared." in html
    assert "There are no answers yet" not in html
    assert Event.objects.filter(kind="mart.stale").exists(), "whoever looks asks for a new one"


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/?from=never", 400, "is not a day"),
        ("/analysis/horoscope/", 404, "There is no analysis"),
        ("/analysis/score/?confidence=many", 400, "takes a number"),
        ("/nowhere/", 404, "There is no such page"),
        ("/settings/people/", 403, "not for your role"),
    ],
)
def test_errors_are_pages(client_of, address, status, words):
    response = client_of("viewer").get(address)
    assert response.status_code == status
    assert words in response.content.decode()


def test_forms_of_one_view_have_one_address(client_of):
    response = client_of("viewer").get("/?from=2026-01-01&until=2026-01-31&survey=")
    assert response.status_code == 302
    assert response["Location"] == "/?from=2026-01-01&to=2026-02-01"
