"""An e-mail as bytes: multipart/alternative, readable anywhere, no header that a value could break out of.

Written by hand, because the standard library's headers take two milliseconds a message, four times what an SMTP
server needs to take it, and wrap long List-Unsubscribe addresses into encoded words. It is read back by the
standard library in the tests. Sources: RFC 5322, 2045–2047, 2369, 8058, 6532 (SMTPUTF8), 3834.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

from nineplus.channels import Mould, Outgoing, Picture

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+\Z")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}\Z")
_LITERAL = re.compile(r"[A-Za-z0-9:/._-]+\Z")
"""Letters that stay as they are in 7bit and quoted-printable."""
_SHORTEST, _MARK = 16, 24
_LINE = 78
_LONGEST = 990


def one_line(text: str) -> str:
    """The text without line breaks and other control characters: what may stand in a header."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _CONTROL.sub(" ", text.encode("utf-8", "replace").decode()).strip()


def message_id(key: str, sender_address: str) -> str:
    """The Message-ID of the message with that key: the same however often it is tried."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", key)
    return f"<{safe}@{domain_of(sender_address) or 'localhost'}>"


def domain_of(address: str) -> str:
    """The domain in ASCII."""
    domain = address.rpartition("@")[2]
    try:
        return domain.encode("ascii").decode()
    except UnicodeEncodeError:
        import idna

        return idna.encode(domain, uts46=True).decode()


def ascii_domain(address: str) -> str:
    """The address with its domain in ASCII, as SMTP wants it; the local part stays as it is."""
    return f"{address.rpartition('@')[0]}@{domain_of(address)}"


def headers(message: Outgoing) -> dict[str, str]:
    """The headers that every way of sending sets, by name; addresses and subject are not among them."""
    found = {"Message-ID": message_id(message.key, message.sender_address)}
    if message.thread:
        found["In-Reply-To"] = found["References"] = message_id(message.thread, message.sender_address)
    for name, value in message.headers.items():
        if _HEADER_NAME.match(name):
            found[name] = one_line(value)
    return found


def mailbox(name: str, address: str) -> str:
    """`Name <address>` as header text: quoted where needed, in encoded words beyond ASCII, never two lines."""
    return _address(name, address).replace("\r\n", "")


def compose(message: Outgoing) -> bytes:
    """The whole message with CRLF line ends, not yet dot-stuffed."""
    parts = [
        _from(message.sender_name, message.sender_address),
        _lines("To", _address(message.name, message.address)),
        _header("Subject", one_line(message.subject)),
        _dated(message.at or datetime.now(UTC)),
        b"MIME-Version: 1.0\r\n",
    ]
    if message.reply_to:
        parts.append(_lines("Reply-To", _address("", message.reply_to)))
    parts += [_header(name, value) for name, value in headers(message).items()]
    parts += _body(message)
    return b"".join(parts)


def needs_utf8(message: Outgoing) -> bool:
    """Does an address hold characters that only servers with SMTPUTF8 take?"""
    addresses = (message.address, message.sender_address, message.reply_to)
    return not all(address.rpartition("@")[0].isascii() for address in addresses)


# -- body -----------------------------------------------------------------------------------------------------


def _body(message: Outgoing) -> list[bytes]:
    mark = hashlib.sha256(message.key.encode()).hexdigest()[:24]
    if message.mould is not None and all(map(_LITERAL.match, message.filled)):
        form = _form(message.mould, tuple(map(len, message.filled)), message.pictures)
        if form is not None:
            return form.filled((*message.filled, mark))
    return [_written(message.text, message.html, message.pictures, mark)]


def _written(text: str, html: str, pictures: tuple[Picture, ...], mark: str) -> bytes:
    plain = _leaf("text/plain; charset=utf-8", text)
    if not html:
        return plain
    # Beyond ASCII as references: mostly shorter than quoted-printable, and no mail server rewrites it.
    rich = _leaf("text/html; charset=utf-8", html.encode("ascii", "xmlcharrefreplace").decode())
    if pictures:
        rich = _multipart("related", mark + "r", [rich, *map(_picture, pictures)])
    return _multipart("alternative", mark + "a", [plain, rich])


@dataclass(frozen=True, slots=True)
class _Form:
    """A written body with holes: `parts[at]` is to be the slice `start:stop` of value `which`."""

    parts: list[bytes]
    holes: list[tuple[int, tuple[int, int, int]]]

    def filled(self, values: Sequence[str]) -> list[bytes]:
        parts = self.parts.copy()
        cuts = {cut: values[cut[0]][cut[1] : cut[2]].encode() for cut in {cut for _, cut in self.holes}}
        for at, cut in self.holes:
            parts[at] = cuts[cut]
        return parts


@lru_cache(maxsize=128)
def _form(mould: Mould, lengths: tuple[int, ...], pictures: tuple[Picture, ...]) -> _Form | None:
    """The body of the mould's messages whose values have these lengths; None when it cannot be told where they stand.

    It is written once with stand-ins of the same lengths. Values are of letters that every encoding leaves alone, so
    it breaks its lines at the same places whatever they are, now and then within one.
    """
    if min(lengths, default=0) < _SHORTEST or len(lengths) != len(mould.blanks):
        return None
    text, html = mould.text, mould.html
    stand_ins = [_stand_in(mould, number, length) for number, length in enumerate((*lengths, _MARK))]
    for blank, stand_in in zip(mould.blanks, stand_ins, strict=False):
        text, html = text.replace(blank, stand_in), html.replace(blank, stand_in)
    whole = _written(text, html, pictures, stand_ins[-1])
    ways = ("(?:=\r\n)?".join(stand_in) for stand_in in stand_ins)
    parts: list[bytes] = []
    holes: list[tuple[int, tuple[int, int, int]]] = []
    ended, found = 0, Counter[int]()
    for match in re.finditer("|".join(f"({way})" for way in ways).encode(), whole):
        parts.append(whole[ended : match.start()])
        which, start, ended = (match.lastindex or 1) - 1, 0, match.end()
        found[which] += 1
        for piece in match.group().split(b"=\r\n"):
            parts += [b"=\r\n"] if start else []
            holes.append((len(parts), (which, start, start + len(piece))))
            parts.append(b"")
            start += len(piece)
    parts.append(whole[ended:])
    wanted = [mould.text.count(blank) + mould.html.count(blank) for blank in mould.blanks]
    return _Form(parts, holes) if [found[number] for number in range(len(wanted))] == wanted else None


def _stand_in(mould: Mould, number: int, length: int) -> str:
    digits = hashlib.sha256(f"{number}\0{mould.text}\0{mould.html}".encode("utf-8", "replace")).hexdigest()
    return (digits * (length // len(digits) + 1))[:length]


def _multipart(kind: str, mark: str, parts: list[bytes]) -> bytes:
    # "=_" stands in no quoted-printable or base64 line, so the boundary cannot occur in a part.
    boundary = f"=_{mark}".encode()
    head = b"Content-Type: multipart/" + kind.encode() + b'; boundary="' + boundary + b'"\r\n\r\n'
    inner = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return head + inner + b"--" + boundary + b"--\r\n"


def _leaf(kind: str, text: str) -> bytes:
    """A part as it is where that may be sent (ASCII in lines that are not too long), else quoted-printable."""
    lines = text.encode("utf-8", "replace").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if lines.isascii() and b"\0" not in lines and max(map(len, lines.split(b"\n"))) <= _LONGEST:
        encoding, coded = "7bit", lines
    else:
        encoding, coded = "quoted-printable", binascii.b2a_qp(lines, istext=True)
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    coded = coded.replace(b"\n", b"\r\n")
    return head + coded + (b"" if coded.endswith(b"\r\n") else b"\r\n")


@lru_cache(maxsize=16)
def _picture(picture: Picture) -> bytes:
    name = re.sub(r"[^A-Za-z0-9-]", "-", picture.name)
    head = (
        f"Content-Type: image/{picture.kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{name}>\r\nContent-Disposition: inline; filename={name}.{picture.kind}\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(picture.data).replace(b"\n", b"\r\n")


# -- headers --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _header(name: str, value: str) -> bytes:
    return _lines(name, _unstructured(name, value))


@lru_cache(maxsize=256)
def _from(name: str, address: str) -> bytes:
    return _lines("From", _address(name, address))


@lru_cache(maxsize=8)
def _dated(at: datetime) -> bytes:
    return _lines("Date", format_datetime(at.replace(microsecond=0)))


def _lines(name: str, value: str) -> bytes:
    return ("\r\n".join(_folded(name, value)) + "\r\n").encode()


def _unstructured(name: str, value: str) -> str:
    """Free text: as it is when it is ASCII, else in encoded words, which bring their own line breaks."""
    if value.isascii() and "=?" not in value:
        return value
    return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


def _address(name: str, address: str) -> str:
    """`Name <address>`: quoted where needed, in encoded words beyond ASCII."""
    name, address = one_line(name), re.sub(r"[<>\s]", "", ascii_domain(one_line(address)))
    return f"{_phrase(name)} <{address}>" if name else address


@lru_cache(maxsize=4096)
def _phrase(name: str) -> str:
    if not name.isascii() or "=?" in name:
        return Header(name, "utf-8", header_name="From").encode(linesep="\r\n")
    if _PLAIN_NAME.match(name):
        return name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _folded(name: str, value: str) -> Iterator[str]:
    """`Name: value`, broken at spaces into lines of 78 where there are any. Encoded words come broken already."""
    line = f"{name}: {value}"
    for part in line.split("\r\n"):
        while len(part) > _LINE:
            at = part.rfind(" ", len(name) + 2, _LINE)
            if at <= 0 or not part[:at].strip():
                at = part.find(" ", _LINE)
            if at < 0 or not part[at:].strip():
                break
            yield part[:at]
            part = part[at:]
        yield part[:_LONGEST]
