"""The ground that other tests stand on."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection


def test_the_browser_is_real(browser_page):
    page = browser_page(width=390, theme="dark")
    page.set_content("<button onclick=\"document.title = matchMedia('(prefers-color-scheme: dark)').matches\">x")
    page.click("button")
    assert page.title() == "true"
    assert page.evaluate("innerWidth") == 390


def test_an_inaccessible_page_fails_the_check(browser_page, axe):
    page = browser_page()
    page.set_content("<html lang=en><title>t</title><main><h1>h</h1><img src='data:,'></main>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_a_postgresql_server_of_our_own(postgres_database):
    with psycopg.connect(postgres_database) as connected:
        assert connected.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
        assert connected.info.server_version >= 180000


@pytest.mark.django_db
def test_the_suite_runs_on_the_database_it_was_told(on_postgres):
    assert connection.vendor == ("postgresql" if on_postgres else "sqlite")
    with connection.cursor() as cursor:
        if not on_postgres:
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)
