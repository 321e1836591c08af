"""E-mail through any SMTP server, over one kept connection a sender.

What went wrong is told by reply code and by how far the message had come (RFC 5321): before the final dot nothing
was accepted, after it without a reply nobody knows. Source of the enhanced codes: RFC 3463.
"""

from __future__ import annotations

import os
import re
import smtplib
import socket
import ssl
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from nineplus.channels import GiveUp, Outgoing, Reconnect, Retry, Sent, Unknown, _mime, inbox_imap
from nineplus.plugs import Channel, Field

_NOBODY_THERE = re.compile(r"\b5\.1\.(1|2|3|6|10)\b")
"""The recipient's address does not exist. 5.1.7 and 5.1.8 speak of the sender's."""
_NOT_LET_IN = re.compile(r"\b5\.7\.(0|8|9|11|14)\b")
_RELAY = re.compile(r"\brelay", re.IGNORECASE)
_QUEUED = re.compile(
    r"(?:queued as|queued_as|id=)\s*<?([A-Za-z0-9._@-]{2,120})"  # Postfix, Exim
    r"|([A-Za-z0-9]{6,60})\s+Message accepted"  # Sendmail, OpenSMTPD
    r"|\bOk\s+([0-9a-f-]{30,80})\s*\Z",  # Amazon SES: what its notifications call the message
    re.IGNORECASE,
)
_LONGEST_REPLY = 65_536  # bytes


class _Line:
    """One connection, made when it is first needed and again when the other side closed it between messages."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._fresh = False
        self._read = b""

    def send(self, message: Outgoing) -> Sent:
        smtp = self._open()
        payload = _mime.compose(message)
        if b"\r\n." in payload:
            payload = payload.replace(b"\r\n.", b"\r\n..")
        options: list[str] = []
        if _mime.needs_utf8(message):
            if not smtp.has_extn("smtputf8"):
                raise GiveUp("The mail server cannot write to an address with letters beyond a to z.")
            options.append("SMTPUTF8")
        self._envelope(message, options)
        return self._content(payload)

    def check(self) -> str:
        self.close()
        smtp = self._open()
        self._asked(lambda: smtp.noop(), "NOOP")
        secure = smtp.sock.version() if isinstance(smtp.sock, ssl.SSLSocket) else None
        how = f"encrypted ({secure})" if secure else "not encrypted"
        who = f", logged in as {self._settings['user']}" if self._settings.get("user") else ""
        self.close()
        back = f" {self._mailbox()}" if inbox_imap.configured(self._settings) else ""
        return f"{self._settings['host']} answers on port {_port(self._settings)}, {how}{who}.{back}"

    def _mailbox(self) -> str:
        try:
            return inbox_imap.check(self._settings)
        except Reconnect as problem:  # a person must mend it, but sending needs no mailbox
            raise Retry(str(problem)) from None

    def close(self) -> None:
        smtp, self._smtp, self._read = self._smtp, None, b""
        if smtp is not None:
            try:
                smtp.quit()
            except (smtplib.SMTPException, OSError):
                smtp.close()

    # -- the envelope: nothing is accepted yet ---------------------------------------------------------------

    def _envelope(self, message: Outgoing, options: Sequence[str]) -> None:
        sender = self._settings.get("bounces") or message.sender_address
        mail = " ".join((f"MAIL FROM:<{_path(sender)}>", *options))
        replies = self._told(mail, f"RCPT TO:<{_path(message.address)}>", "DATA")
        code, text = replies[0]
        if code >= 500:
            self._reset()
            if code == 552 or b"5.3.4" in text:
                raise GiveUp(_said(code, text))
            raise Reconnect(f"The mail server does not take messages from {sender}: {_said(code, text)}")
        self._good(code, text)
        code, text = replies[1]
        if code >= 500:
            self._reset()
            _refused(code, text)
        self._good(code, text)
        code, text = replies[2]
        if code >= 500:
            self._reset()
            raise GiveUp(_said(code, text))
        if code != 354:
            self._good(code, text)
            self._drop()
            raise Retry(f"The mail server answered DATA with {_said(code, text)}")

    def _told(self, *commands: str) -> list[tuple[int, bytes]]:
        """The replies to these commands, up to the first that is refused. In one go where the server likes that.

        On a new connection when the other side has closed the kept one meanwhile: nothing was handed over.
        """
        smtp = self._open()
        fresh, self._fresh = self._fresh, False
        at_once = smtp.has_extn("pipelining")  # RFC 2920
        replies: list[tuple[int, bytes]] = []
        try:
            if at_once:
                self._sock.sendall("".join(f"{command}\r\n" for command in commands).encode())
            for command in commands:
                if not at_once:
                    self._sock.sendall(f"{command}\r\n".encode())
                replies.append(self._reply())
                if not replies[1:] and replies[0][0] == 421 and not fresh:
                    raise smtplib.SMTPServerDisconnected
                if not 200 <= replies[-1][0] < 400 and (not at_once or replies[-1][0] == 421):
                    break
        except (smtplib.SMTPException, OSError) as problem:
            self._drop()
            if replies[1:] or fresh or (replies and replies[0][0] != 421):
                step = commands[len(replies)].partition(" ")[0]
                raise Retry(f"The line was cut at {step} ({_name(problem)}).", away=True) from None
            return self._told(*commands)
        return self._up_to_refused(replies)

    def _up_to_refused(self, replies: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        for number, (code, _) in enumerate(replies):
            if not 200 <= code < 400:
                if replies[-1][0] == 354:  # it wants a message for nobody
                    self._drop()
                return replies[: number + 1]
        return replies

    # -- the content: from the dot on it may have been accepted ----------------------------------------------

    def _content(self, payload: bytes) -> Sent:
        end = b".\r\n" if payload.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            # In one call: when it fails, its last bytes were not taken, and they are the dot.
            self._sock.sendall(payload + end)
        except OSError as problem:
            self._drop()
            raise Retry(f"The line was cut within the message ({_name(problem)}).") from None
        try:
            code, text = self._reply()
        except (smtplib.SMTPException, OSError) as problem:
            self._drop()
            raise Unknown(f"The line was cut after the message ({_name(problem)}).") from None
        if code == 250:
            found = _QUEUED.search(text.decode("utf-8", "replace"))
            return Sent(provider_id=next(filter(None, found.groups())) if found else "")
        if 200 <= code < 300:
            return Sent(provider_id="")
        if code == 421:
            self._drop()
        if 500 <= code < 600:
            raise GiveUp(_said(code, text), suppress=bool(_NOBODY_THERE.search(_said(code, text))))
        if 400 <= code < 500:
            raise Retry(_said(code, text), away=code == 421)
        self._drop()
        raise Unknown(f"The mail server answered the message with {_said(code, text)}")

    # -- the connection --------------------------------------------------------------------------------------

    @property
    def _sock(self) -> socket.socket:
        assert self._smtp is not None
        assert self._smtp.sock is not None
        return self._smtp.sock

    def _reply(self) -> tuple[int, bytes]:
        """The next reply, all of its lines; -1 when it is none. smtplib's takes longer than the rest of a message."""
        lines: list[bytes] = []
        while True:
            line, ended, rest = self._read.partition(b"\n")
            if not ended:
                more = self._sock.recv(8192)
                self._read += more
                if not more or len(self._read) > _LONGEST_REPLY:
                    raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
                continue
            self._read = rest
            lines.append(line[4:].strip())
            code = int(line[:3]) if line[:3].isdigit() else -1
            if code < 0 or line[3:4] != b"-":
                return code, b"\n".join(lines)

    def _open(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        host, port = self._settings["host"], _port(self._settings)
        try:
            self._smtp, self._fresh = self._connected(host, port), True
        except ssl.SSLError as problem:
            why = getattr(problem, "verify_message", "") or problem.reason or "no TLS"
            raise Reconnect(f"No encrypted connection to {host}:{port}: {why}.") from None
        except socket.gaierror as problem:
            if problem.errno == socket.EAI_NONAME:
                raise Reconnect(f"There is no mail server named {host}.") from None
            raise Retry(f"{host} cannot be found now.", away=True) from None
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, OSError) as problem:
            raise Retry(f"{host}:{port} cannot be reached ({_name(problem)}).", away=True) from None
        return self._smtp

    def _connected(self, host: str, port: int) -> smtplib.SMTP:
        timeout = float(self._settings.get("timeout") or 30)
        if self._settings.get("security") == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(timeout=timeout, context=ssl.create_default_context())
        else:
            smtp = smtplib.SMTP(timeout=timeout)
        smtp._host = host  # type: ignore[attr-defined]  # the name that TLS checks; only the constructor would set it
        try:
            code, text = smtp.connect(host, port)
            if code != 220:
                raise _at_the_door(code, text)
            self._greet(smtp)
            _leave_time_to_the_system(smtp.sock, timeout)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        host = self._settings["host"]
        code, text = smtp.ehlo()
        if code >= 500:
            code, text = smtp.helo()
        if code >= 400:
            raise _at_the_door(code, text)
        if (self._settings.get("security") or "starttls") == "starttls":
            if not smtp.has_extn("starttls"):
                raise Reconnect(f"{host} does not offer encryption (STARTTLS). Choose another kind of security.")
            code, text = smtp.starttls(context=ssl.create_default_context())
            if code != 220:
                raise _at_the_door(code, text)
            smtp.ehlo()
        if not self._settings.get("user"):
            return
        try:
            smtp.login(self._settings["user"], self._settings.get("password", ""))
        except smtplib.SMTPAuthenticationError as problem:
            said = _said(problem.smtp_code, problem.smtp_error)
            if 400 <= problem.smtp_code < 500:
                raise Retry(said, away=True) from None
            raise Reconnect(f"{host} refuses the user name or password: {said}") from None
        except smtplib.SMTPNotSupportedError:
            raise Reconnect(f"{host} offers no log-in over this connection. Leave the user name empty?") from None

    def _asked(self, ask: Callable[[], tuple[int, bytes]], step: str) -> tuple[int, bytes]:
        try:
            return ask()
        except (smtplib.SMTPException, OSError) as problem:
            self._drop()
            raise Retry(f"The line was cut at {step} ({_name(problem)}).", away=True) from None

    def _good(self, code: int, text: bytes) -> None:
        if 400 <= code < 500:
            if code == 421:
                self._drop()
            else:
                self._reset()
            raise Retry(_said(code, text), away=code == 421)
        if not 200 <= code < 500:
            self._drop()
            raise Retry(f"The mail server answered {_said(code, text)}")

    def _reset(self) -> None:
        try:
            if self._smtp is not None:
                self._sock.sendall(b"RSET\r\n")
                self._reply()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp, self._read = None, b""


def _leave_time_to_the_system(sock: socket.socket | None, seconds: float) -> None:
    """Let the system watch how long a read takes: Python asks it twice for each. With TLS it must."""
    if isinstance(sock, ssl.SSLSocket) or not isinstance(sock, socket.socket) or os.name != "posix":
        return
    sock.settimeout(None)
    longest = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, longest)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, longest)


def _at_the_door(code: int, text: bytes) -> Exception:
    """A server that does not let us in: for now, or until somebody mends the settings."""
    return Reconnect(_said(code, text)) if code >= 500 else Retry(_said(code, text), away=True)


def _refused(code: int, text: bytes) -> NoReturn:
    """A recipient that is refused for good; unless it is us who are."""
    said = _said(code, text)
    if code in (530, 535) or _NOT_LET_IN.search(said) or (_RELAY.search(said) and not _NOBODY_THERE.search(said)):
        raise Reconnect(f"The mail server does not let this sender send: {said}")
    raise GiveUp(said, suppress=bool(_NOBODY_THERE.search(said)))


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return _mime.one_line(f"{code} {words}")[:300]


def _path(address: str) -> str:
    """The address as it stands in a command: nothing in it may end the command."""
    return re.sub(r"[<>\s\x00-\x1f\x7f]", "", _mime.ascii_domain(address))


def _name(problem: Exception) -> str:
    if isinstance(problem, TimeoutError | BlockingIOError):
        return "timed out"
    return getattr(problem, "strerror", None) or type(problem).__name__


def _port(settings: Mapping[str, str]) -> int:
    usual = {"tls": 465, "none": 25}.get(settings.get("security", ""), 587)
    return int(settings.get("port") or usual)


CHANNEL = Channel(
    name="smtp",
    title="SMTP server",
    medium="email",
    help="Any mail server: your own, your host's, Microsoft 365, Google Workspace.",
    fields=(
        Field("host", "Server", "mail.example.com"),
        Field(
            "security",
            "Security",
            "STARTTLS (port 587), TLS from the start (465), or none: only on your own machine or network (25).",
            type="choice",
            choices=("starttls", "tls", "none"),
            default="starttls",
        ),
        Field("port", "Port", "Empty: the usual one.", type="number", required=False),
        Field("user", "User name", "Empty: no log-in.", required=False),
        Field("password", "Password", type="secret", required=False),
        Field("bounces", "Address for bounces", "Empty: the sender's address.", required=False),
        Field("connections", "Connections", "Most at once.", type="number", required=False, default="4"),
        Field("timeout", "Seconds to wait", type="number", required=False, default="30"),
        *inbox_imap.FIELDS,
    ),
    open=_Line,
)
