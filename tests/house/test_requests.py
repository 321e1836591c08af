"""What every answer carries, who is refused at the door, and who is locked out."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from nineplus.stages.govern import people
from tests.web.given import NOW, PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return people.create_owner(email="ada@example.org", password=PASSWORD, now=NOW)


def log_in(client: Client, password: str, email: str = "ada@example.org"):
    return client.post("/log-in/", {"email": email, "password": password})


def test_browsers_are_told_to_run_nothing_from_elsewhere_or_inline(client, owner):
    policy = client.get("/log-in/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"


def test_headers_that_keep_others_out(client, owner):
    headers = client.get("/log-in/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_an_unknown_host_is_refused(client):
    assert client.get("/health", headers={"host": "evil.example"}).status_code == 400


def test_a_form_from_elsewhere_is_refused(owner):
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict, PASSWORD).status_code == 403


def test_cookies_are_out_of_scripts_reach(client, owner):
    client.get("/log-in/")
    answer = log_in(client, PASSWORD)
    session = answer.cookies["nineplus_session"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"


def test_the_request_id_comes_back_and_stands_in_the_log(client, caplog):
    with caplog.at_level(logging.INFO, logger="nineplus.request"):
        answer = client.get("/log-in/?next=/responses/?q=ada@example.org", headers={"x-request-id": "from-a-proxy-1"})
    assert answer.headers["X-Request-ID"] == "from-a-proxy-1"
    record = caplog.records[-1]
    assert record.path == "/log-in/"
    assert "ada@" not in str(record.__dict__)


@pytest.mark.parametrize("given", ["short", "x" * 65, "new\nline-in-it", "<script>alert</script>"])
def test_a_strange_request_id_is_replaced(client, given):
    assert client.get("/health", headers={"x-request-id": given}).headers["X-Request-ID"] != given


def test_too_many_wrong_passwords_lock_this_account_here_for_a_while(client, owner):
    tries = [log_in(client, f"wrong {number}").status_code for number in range(8)]
    assert tries[0] == 200
    assert tries[-1] == 429
    assert log_in(client, PASSWORD, "ADA@example.org").status_code == 429
    locked = log_in(client, PASSWORD)
    assert locked.status_code == 429
    assert b"Too many tries" in locked.content


def test_another_account_and_another_address_are_not_locked(client, owner):
    people.create_person(email="bob@example.org", role="viewer", password=PASSWORD, now=NOW)
    for number in range(8):
        log_in(client, f"wrong {number}")
    assert log_in(Client(), PASSWORD, "bob@example.org").status_code == 302
    assert log_in(Client(REMOTE_ADDR="192.0.2.7"), PASSWORD).status_code == 302


def test_a_file_that_is_too_large_is_refused_before_it_is_read(client, settings):
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"upload_limit_mb": 1})
    answer = client.post("/log-in/", b"x" * 1_000_001, content_type="application/octet-stream")
    assert answer.status_code == 413


def test_passwords_are_kept_by_argon2():
    from nineplus import settings as written

    assert written.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_metrics_are_absent_unless_enabled_and_then_only_for_this_machine_or_a_key(client, settings):
    assert client.get("/metrics").status_code == 404
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"metrics": True})
    assert b"nineplus_events" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 401
    assert client.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 401
    # a proxy that adds no header makes everybody come from this machine
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"public_url": "https://nps.example.com"})
    assert client.get("/metrics").status_code == 401
