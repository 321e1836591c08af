"""Failures by reply code and by how far the message had come, against a real server."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nineplus.channels import GiveUp, Outgoing, Reconnect, Retry, Unknown
from nineplus.channels.smtp import CHANNEL
from tests.fixtures.mail_server import MailServer, mail_server


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def outgoing(address: str = "ada@customer.example", **more: object) -> Outgoing:
    text = "Hello\r\n.\r\n..two dots\r\n"
    parts = {"key": "k-1", "subject": "Hi", "text": text, "sender_address": "cs@acme.example"}
    return Outgoing(address=address, **{**parts, **more})


@pytest.fixture
def line() -> Iterator[Callable]:
    """A connection to that server with these settings over its own; closed at the end."""
    opened = []

    def make(server: MailServer, **more: str):
        opened.append(CHANNEL.open({**server.settings, **more}))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_several_messages_over_one_connection(server: MailServer, line: Callable):
    smtp = line(server)
    assert [smtp.send(outgoing(f"p{number}@customer.example")).provider_id for number in range(3)] == ["T1", "T2", "T3"]
    smtp.close()
    assert server.connections == 1
    assert server.taken[0].message.get_content() == "Hello\r\n.\r\n..two dots\r\n"  # dots at line starts come through


SES = "010201234567890a-5f0c9c2e-1111-2222-3333-444455556666-000000"
SAYS: list[tuple[str, str, type[Exception], bool]] = [
    ("at_mail", "450 4.3.2 Busy", Retry, False),
    ("at_mail", "550 5.7.1 You may not send as this", Reconnect, False),
    ("at_mail", "552 5.3.4 Too large", GiveUp, False),
    ("at_rcpt", "451 4.7.1 Greylisted", Retry, False),
    ("at_rcpt", "550 5.1.1 No such user", GiveUp, True),
    ("at_rcpt", "550 5.1.10 No mail taken", GiveUp, True),
    ("at_rcpt", "550 5.1.8 Bad sender", GiveUp, False),
    ("at_rcpt", "552 5.2.2 Mailbox full", GiveUp, False),
    ("at_rcpt", "550 5.7.1 Not wanted here", GiveUp, False),
    ("at_rcpt", "554 5.7.1 Relay access denied", Reconnect, False),
    ("at_rcpt", "530 5.7.0 Authentication required", Reconnect, False),
    ("after_data", "451 4.3.0 Later", Retry, False),
    ("after_data", "554 5.6.0 Refused content", GiveUp, False),
    ("after_data", "550 5.1.1 No such user after all", GiveUp, True),
]


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize(("step", "reply", "means", "suppress"), SAYS)
def test_what_a_reply_means(
    server: MailServer,
    step: str,
    reply: str,
    means: type[Exception],
    suppress: bool,
    pipelining: bool,
    line: Callable,
):
    server.pipelining = pipelining
    setattr(server, step, lambda *_: reply)
    smtp = line(server)
    with pytest.raises(means) as failure:
        smtp.send(outgoing())
    assert getattr(failure.value, "suppress", False) == suppress
    assert reply.split(" ")[-1] in str(failure.value)
    setattr(server, step, None)
    assert smtp.send(outgoing()).provider_id  # the line is good for the next message
    assert server.connections == 1


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("250 2.0.0 Ok: queued as 4Bx7Wf1qZ9", "4Bx7Wf1qZ9"),
        ("250 OK id=1qXyZz-0001aB-2C", "1qXyZz-0001aB-2C"),
        ("250 2.0.0: 2871a648 Message accepted for delivery", "2871a648"),
        (f"250 Ok {SES}", SES),
        ("250 Thank you", ""),
    ],
)
def test_how_servers_call_what_they_took(server: MailServer, line: Callable, reply: str, name: str):
    server.after_data = lambda *_: reply
    assert line(server).send(outgoing()).provider_id == name


def cut(smtp, _address) -> None:
    smtp.transport.abort()


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize(("step", "means"), [("at_mail", Retry), ("at_rcpt", Retry), ("after_data", Unknown)])
def test_what_a_cut_line_means(server: MailServer, step: str, means: type[Exception], pipelining: bool, line: Callable):
    server.pipelining = pipelining
    setattr(server, step, cut)
    smtp = line(server)
    with pytest.raises(means):
        smtp.send(outgoing())
    setattr(server, step, None)
    assert smtp.send(outgoing()).provider_id


def test_a_server_that_says_nothing_after_the_message_is_unknown(server: MailServer, line: Callable):
    server.pause = 1.0
    with pytest.raises(Unknown):
        line(server, timeout="0.3").send(outgoing())


def scripted(*replies: bytes, cut_after: bytes = b"\r\n.\r\n") -> tuple[int, threading.Thread]:
    """A server that says these lines, one a line it hears, and hangs up in the middle of the message."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as client, client.makefile("rwb") as talk:
            talk.write(b"220 hello\r\n")
            talk.flush()
            for reply in replies:
                talk.readline()
                talk.write(reply + b"\r\n")
                talk.flush()
            client.recv(100)  # the beginning of the message, never its end

    thread = threading.Thread(target=serve)
    thread.start()
    return listener.getsockname()[1], thread


def test_a_line_cut_within_the_message_was_not_accepted():
    port, thread = scripted(b"250 hi", b"250 ok", b"250 ok", b"354 go on")
    smtp = CHANNEL.open({"host": "127.0.0.1", "port": str(port), "security": "none", "timeout": "2"})
    with pytest.raises(Retry, match="within the message"):
        smtp.send(outgoing(text="x" * 70 + "\n" + ("y" * 70 + "\n") * 500_000))
    thread.join()


def test_a_server_that_wants_a_message_for_nobody_gets_none():
    listener, heard = socket.create_server(("127.0.0.1", 0)), []

    def serve() -> None:
        with listener, listener.accept()[0] as client, client.makefile("rwb") as talk:
            talk.write(b"220 hello\r\n")
            talk.flush()
            talk.readline()
            talk.write(b"250-hi\r\n250 PIPELINING\r\n")
            talk.flush()
            talk.write(b"250 ok\r\n550 5.1.1 No such user\r\n354 go on\r\n")
            heard.extend(talk.readline() for _ in range(3))
            talk.flush()
            heard.append(talk.readline())

    thread = threading.Thread(target=serve)
    thread.start()
    smtp = CHANNEL.open({"host": "127.0.0.1", "port": str(listener.getsockname()[1]), "security": "none"})
    with pytest.raises(GiveUp, match="No such user") as failure:
        smtp.send(outgoing())
    thread.join()
    assert failure.value.suppress
    assert [line.partition(b" ")[0].strip() for line in heard] == [b"MAIL", b"RCPT", b"DATA", b""]


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = str(closed.getsockname()[1])
    with pytest.raises(Retry) as failure:
        CHANNEL.open({"host": "127.0.0.1", "port": port, "security": "none"}).send(outgoing())
    assert failure.value.away


def test_encryption_that_is_wanted_but_not_offered(server: MailServer, line: Callable):
    with pytest.raises(Reconnect, match="does not offer encryption"):
        line(server, security="starttls").check()


def test_a_wrong_password(line: Callable):
    with (
        mail_server(
            authenticator=lambda *_: AuthResult(success=False, handled=False), auth_require_tls=False
        ) as strict,
        pytest.raises(Reconnect, match="refuses the user name or password"),
    ):
        line(strict, user="ada", password="wrong").check()


def test_a_server_without_log_in(server: MailServer, line: Callable):
    with pytest.raises(Reconnect, match="no log-in"):
        line(server, user="ada", password="x").check()


def test_addresses_beyond_ascii(server: MailServer, line: Callable):
    line(server).send(outgoing("jörg@bücher.example"))
    (taken,) = server.taken
    assert taken.recipients == ["jörg@xn--bcher-kva.example"]
    assert "To: jörg@xn--bcher-kva.example\r\n".encode() in taken.raw


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


Trust = Callable[[], None]


@pytest.fixture
def trust(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Trust:
    return lambda: monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def test_starttls_with_log_in(tls: ssl.SSLContext, trust: Trust, line: Callable):
    trust()
    with mail_server(tls_context=tls, authenticator=lambda *_: AuthResult(success=True)) as server:
        smtp = line(server, host="localhost", security="starttls", user="ada", password="right")
        assert "encrypted (TLSv1.3), logged in as ada" in smtp.check()
        assert smtp.send(outgoing()).provider_id == "T1"
        smtp.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: ssl.SSLContext, line: Callable):
    with mail_server(tls_context=tls) as server, pytest.raises(Reconnect, match=r"self.signed"):
        line(server, host="localhost", security="starttls").send(outgoing())


def test_a_certificate_of_another_name_is_refused(tls: ssl.SSLContext, trust: Trust, line: Callable):
    trust()
    with mail_server(tls_context=tls) as server, pytest.raises(Reconnect, match="IP address mismatch"):
        line(server, security="starttls").send(outgoing())


def test_tls_where_there_is_none_is_a_wrong_setting(server: MailServer, line: Callable):
    with pytest.raises(Reconnect, match="No encrypted connection"):
        line(server, security="tls").send(outgoing())
