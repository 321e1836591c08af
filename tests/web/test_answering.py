"""The fast door answers as Django's own views do, and leaves to them what it does not know."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from nineplus import logs
from nineplus.model.survey import Content, Plan
from nineplus.rules.links import seal
from nineplus.stages import capture
from nineplus.stages.capture.answering.intake import NotNow
from nineplus.stages.capture.answering.keeping import Answer, Kept, keep
from nineplus.stages.capture.drawing import surveys
from nineplus.store.models import Attribute, Event, Invitation, Response, Survey
from nineplus.web import answering
from nineplus.web.survey.often import A_LINK

pytestmark = pytest.mark.django_db
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
KEY = "0123456789abcdef"


class Alone:
    """An intake that keeps each answer at once, in the test's own thread."""

    async def soon(self, answer: Answer) -> Kept:
        return keep([answer])[0]


@pytest.fixture(autouse=True)
def _in_this_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer's thread would not see what the test has not committed."""
    monkeypatch.setattr(answering, "INTAKE", Alone())


@pytest.fixture
def of() -> Survey:
    now = timezone.now()
    made = surveys.create(name="Ours", touchpoint="custom", content=Content(), plan=Plan(), now=now)
    surveys.publish(made, now=now)
    Survey.objects.filter(pk=made.pk).update(state="active")
    return Survey.objects.get(pk=made.pk)


def invite(of: Survey, **more: object) -> str:
    asked = Invitation.objects.create(
        source="nineplus",
        external_id=f"x{Invitation.objects.count()}",
        survey=of,
        version=of.current,
        fate="sent",
        revision=1,
        **more,
    )
    return seal(number=asked.pk, purpose="answer", key=capture.links_key())


def request(path: str, body: bytes, kind: str = JSON, **more: str) -> dict[str, object]:
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "127.0.0.1:8000", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "QUERY_STRING": "",
        "SCRIPT_NAME": "", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "REMOTE_ADDR": "192.0.2.7", "HTTP_X_REQUEST_ID": "the-request-id", "HTTP_USER_AGENT": "Mozilla/5.0", **more,
    }  # fmt: skip


class Scope:
    """The same request as the server tells it."""

    scheme, http_version, proto = "http", "1.1", "http"
    server = "127.0.0.1:8000"

    def __init__(self, environ: dict[str, object]) -> None:
        self.client = f"{environ['REMOTE_ADDR']}:50000"
        self.method, self.path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
        self.headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith(("HTTP_", "CONTENT_"))
        }


class Request:
    """The body as it comes from the server, and the answer that went back."""

    def __init__(self, body: Any) -> None:
        self.body, self.sent = body, []

    async def __call__(self) -> bytes:
        return self.body.read()

    def response_bytes(self, *answer: Any) -> None:
        self.sent.append(answer)


def door(environ: dict[str, object]) -> tuple[str, dict[str, str], bytes] | None:
    """Status, headers and body; None when the door leaves it to Django. Without an event loop: nothing may wait."""
    request = Request(environ["wsgi.input"])
    way = answering.answer(Scope(environ), request)
    with pytest.raises(StopIteration) as ended:
        way.send(None)
    if not ended.value.value:
        assert not request.sent
        return None
    [(status, headers, body)] = request.sent
    assert len(dict(headers)) == len(headers)
    return f"{status} {HTTPStatus(status).phrase}", dict(headers), body


def told(application, environ) -> tuple[str, dict[str, str], bytes]:  # type: ignore[no-untyped-def]
    """Status, headers and body."""
    seen: list[tuple[str, dict[str, str]]] = []
    parts = application(environ, lambda status, headers, *_: seen.append((status, dict(headers))))
    body = b"".join(parts)
    if close := getattr(parts, "close", None):
        close()
    return (*seen[0], body)


def django(environ):  # type: ignore[no-untyped-def]
    from django.core import signals
    from django.db import close_old_connections

    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    try:
        return told(get_wsgi_application(), environ)
    finally:
        signals.request_started.connect(close_old_connections)
        signals.request_finished.connect(close_old_connections)


BODIES = [
    (json.dumps({"score": 9, "language": "de", "signals": {"dwell_ms": 5000, "how": "press"}}), JSON, {}),
    (json.dumps({"score": 10, "key": KEY, "channel": "kiosk"}), JSON + "; charset=utf-8", {}),
    (urlencode({"score": 3, "key": KEY, "language": "fr", "attribute.plan": "Pro"}), FORM, {}),
    (urlencode({"score": 3, "key": KEY, "channel": "kiosk"}), FORM, {}),
    (urlencode({"score": 3, "website": "spam"}), FORM, {"HTTP_ACCEPT": JSON}),
    (json.dumps({"score": 11}), JSON, {}),
    (json.dumps({"score": -1}), JSON, {}),
    ('{"score": NaN}', JSON, {}),
    (json.dumps({"score": "ten"}), JSON, {}),
    (urlencode({"score": "9 "}), FORM, {}),
    (urlencode({}), FORM, {}),
    ("[9]", JSON, {}),
    ("{", JSON, {}),
    ("[" * 5_000, JSON, {}),
    ('"\\ud800"', JSON, {}),
    (json.dumps({"score": 9, "key": "short"}), JSON, {}),
    (json.dumps({"score": 9, "key": ["no"], "channel": 5, "signals": "x", "language": {}}), JSON, {}),
    (json.dumps({"score": 9, "anyway": 1, "attributes": {"plan": "P", "e": "a@b.example", "no": 5}}), JSON, {}),
]


@pytest.mark.parametrize(("body", "kind", "more"), BODIES)
@pytest.mark.parametrize("way", ["personal", "declined", "late", "anonymous", "forged", "nobody", "widget"])
def test_it_answers_as_django_does(of: Survey, way: str, body: str, kind: str, more: dict[str, str]):
    Attribute.objects.create(slug="plan", label="Plan", created_at=timezone.now())
    paths = {
        "personal": lambda: f"/s/{invite(of)}/score",
        "declined": lambda: f"/s/{invite(of)}/score",
        "late": lambda: f"/s/{invite(of, expires_at=timezone.now() - timedelta(days=1))}/score",
        "anonymous": lambda: f"/a/{of.public_id}/score",
        "forged": lambda: f"/s/{'A' * 27}/score",
        "nobody": lambda: "/a/nothing/score",
        "widget": lambda: f"/w/{of.public_id}/score",
    }
    path = paths[way]()
    if way == "declined":
        Invitation.objects.update(fate="declined")
    asked = list(Invitation.objects.values("fate", "signals"))

    def outcome(answered):  # type: ignore[no-untyped-def]
        assert answered is not None
        status, headers, said = answered
        kept = list(Response.objects.values("score", "language", "channel", "attributes", "signals", "anonymous"))
        fates = list(Invitation.objects.values_list("fate", flat=True))
        numbers = {str(pk) for pk in Response.objects.values_list("pk", flat=True)}
        tokens = [seal(number=int(pk), purpose="amend", key=capture.links_key()) for pk in numbers]
        for token in tokens:
            said = said.replace(token.encode(), b"AMEND")
            headers = {name: value.replace(token, "AMEND") for name, value in headers.items()}
        Event.objects.all().delete()
        Response.objects.all().delete()
        Invitation.objects.update(**asked[0]) if asked else None
        return status, headers, said, kept, fates

    if way == "widget" and kind == FORM:
        assert door(request(path, body.encode(), kind, **more)) is None
        return
    ours = outcome(door(request(path, body.encode(), kind, **more)))
    theirs = outcome(django(request(path, body.encode(), kind, **more)))
    assert ours == theirs


@pytest.mark.parametrize(
    "strange",
    [
        {"REQUEST_METHOD": "GET"},
        {"REQUEST_METHOD": "PUT"},
        {"PATH_INFO": "/s/abc/more"},
        {"PATH_INFO": "/s/score"},
        {"PATH_INFO": "/s//score"},
        {"PATH_INFO": "/s/a/b/score"},
        {"PATH_INFO": "/w/abc/more"},
        {"PATH_INFO": "/k/abc/score"},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": ""},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x"},
        {"CONTENT_TYPE": "text/plain"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": "ten"},
        {"CONTENT_LENGTH": "10000000"},
    ],
)
def test_what_is_strange_is_left_to_django_unread(strange: dict[str, str]):
    class Unread:
        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

    environ = {**request(f"/s/{'A' * 27}/score", b"{}"), "wsgi.input": Unread(), **strange}
    assert door(environ) is None


def test_ten_megabytes_are_refused_unread_by_django_too(of: Survey):
    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("read")

    environ = {**request(f"/s/{invite(of)}/score", b"{}"), "CONTENT_LENGTH": "10000000", "wsgi.input": Unread()}
    answered = django(environ)
    assert answered is not None
    assert answered[0].startswith("413")


def test_a_database_that_is_away_is_told_as_busy(of: Survey, monkeypatch: pytest.MonkeyPatch):
    class Busy:
        async def soon(self, _: object) -> Kept:
            raise NotNow("Later.")

    monkeypatch.setattr(answering, "INTAKE", Busy())
    answered = door(request(f"/s/{invite(of)}/score", b'{"score": 9}'))
    assert answered is not None
    assert (answered[0], answered[1]["Retry-After"], answered[2]) == ("503 Service Unavailable", "2", b"Later.")


def test_with_https_in_front_browsers_are_told_to_stay_with_it(settings, of: Survey):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 600
    answering._headers.cache_clear()
    answering._proxys_word.cache_clear()
    path, body = f"/s/{'A' * 27}/score", b'{"score": 9}'
    try:
        for more in ({"HTTP_X_FORWARDED_PROTO": "https"}, {"HTTP_X_FORWARDED_PROTO": "http"}):
            ours = door(request(path, body, **more))
            assert ours == django(request(path, body, **more))
            assert ours is not None
            assert ("Strict-Transport-Security" in ours[1]) == (more["HTTP_X_FORWARDED_PROTO"] == "https")
    finally:
        answering._headers.cache_clear()
        answering._proxys_word.cache_clear()


@pytest.fixture
def as_a_server_logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], Callable[[], list[dict]]]]:
    """Let the test log as a server does; called again, what was written since."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def begin() -> Callable[[], list[dict]]:
        logs.configure(level="INFO", format="json")
        return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield begin
    root.handlers[:], root.level = before


def test_its_log_line_is_the_one_that_django_writes_and_hides_the_link(of: Survey, as_a_server_logs):
    from nineplus.web import middleware

    lines = as_a_server_logs()
    secret = invite(of)
    door(request(f"/s/{secret}/score", b'{"score": 9}'))
    middleware._flood.flush()
    [ours] = lines()
    django(request(f"/s/{secret}/score", b'{"score": 9}'))
    [theirs] = [line for line in lines() if line["event"] == "request"]
    for line in (ours, theirs):
        assert datetime.fromisoformat(line.pop("timestamp")).tzinfo == UTC
        assert line.pop("ms") >= 0
    assert ours == theirs
    assert ours["path"] == "/s/[hidden]/score"
    assert ours["request"] == "the-request-id"


@pytest.mark.parametrize("which", ["a\r\nSet-Cookie: x", "a b", "\u00e9", "x" * 65, "", "..%2f"])
@pytest.mark.parametrize("where", ["s", "a"])
def test_names_that_no_header_may_hold_are_left_to_django(where: str, which: str):
    assert door(request(f"/{where}/{which}/score", b"score=9", FORM)) is None


@pytest.mark.parametrize(
    ("where", "kind", "body"),
    [("s", JSON, b'{"score": 9}'), ("a", JSON, b'{"score": 9}'), ("a", FORM, b"score=9"), ("w", JSON, b'{"score": 9}')],
)
@pytest.mark.usefixtures("within_a_minute")
def test_who_sends_too_often_is_told_when_to_come_again(settings, of: Survey, where: str, kind: str, body: bytes):
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"visitor_limit": 3})
    path = f"/{where}/{invite(of) if where == 's' else of.public_id}/score"
    for _ in range(A_LINK if where == "s" else 3):
        assert door(request(path, body, kind))[0][:3] in ("200", "303")
    ours, theirs = door(request(path, body, kind)), django(request(path, body, kind))
    assert theirs[0] == "429 Too Many Requests"
    assert theirs[1]["Retry-After"] == "25"
    if kind == JSON:
        assert ours == theirs
    else:
        assert ours is None
    assert (b"could not be sent" in theirs[2]) == (kind == FORM)
    elsewhere = door(request(path, body, kind, REMOTE_ADDR="192.0.2.8"))
    assert elsewhere is not None
    assert elsewhere[0][:3] == {"s": "429", "w": "200"}.get(where, "200" if kind == JSON else "303")


def test_a_mailing_answered_from_one_address_is_kept_from_nothing(settings, of: Survey):
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"visitor_limit": 1})
    assert {door(request(f"/s/{invite(of)}/score", b'{"score": 9}'))[0] for _ in range(20)} == {"200 OK"}


@pytest.mark.usefixtures("within_a_minute")
def test_behind_a_proxy_the_address_is_the_last_it_names(settings, of: Survey):
    settings.NINEPLUS = settings.NINEPLUS.model_copy(update={"visitor_limit": 1, "public_url": "https://nps.example"})
    path = f"/a/{of.public_id}/score"

    def status(forwarded: str) -> str:
        more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
        return door(request(path, b'{"score": 9}', **more))[0][:3]

    assert [status("9.9.9.9, 192.0.2.1"), status("8.8.8.8, 192.0.2.1"), status("192.0.2.2")] == ["200", "429", "200"]
    assert [status(""), status("")] == ["200", "200"]  # it says nothing: nobody can be told apart
