"""The address under which customers and colleagues reach this house: what links in messages begin with.

It is a setting like the others and is kept where they are (settings.toml in the home folder), because the web server
must know it before it answers anybody. Setting it here has the processes of `nineplus up` start again.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from nineplus.stages.errors import NotPossible

START_AGAIN = "start-again"
"""The file in the home folder whose change tells `nineplus up` to start its processes again."""
_LINE = re.compile(r"(?m)^[ \t]*public_url[ \t]*=.*\n?")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """`url`: what holds now, empty when nobody said. `next_url`: what holds from the next start on.

    `fixed`: it comes from the environment, which settings in the browser do not change.
    """

    url: str
    next_url: str
    fixed: bool


def public_address() -> PublicAddress:
    """How it stands with the address."""
    fixed = bool(os.environ.get("NINEPLUS_PUBLIC_URL"))
    kept = "" if fixed else str(_read().get("public_url", ""))
    return PublicAddress(settings.NINEPLUS.public_url, settings.NINEPLUS.public_url if fixed else kept, fixed)


def change(url: str) -> PublicAddress:
    """Keep another address (empty: none) and have the processes start again. Raises NotPossible, saying why."""
    if public_address().fixed:
        raise NotPossible("The address is set by NINEPLUS_PUBLIC_URL where nineplus is started. Change it there.")
    address = _checked(url)
    file = _file()
    try:
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        rest = _LINE.sub("", before)
        # At the top: below a [table] it would be that table's.
        text = (f"public_url = {json.dumps(address)}\n" if address else "") + rest
        aside = file.with_name(f".{file.name}.{os.getpid()}")
        aside.write_text(text, encoding="utf-8")
        aside.chmod(0o600)
        aside.replace(file)
        (settings.HOME / START_AGAIN).write_text(address, encoding="utf-8")
    except OSError as problem:
        raise NotPossible(f"{file} cannot be written ({problem.strerror}).") from None
    return public_address()


def _checked(url: str) -> str:
    address = url.strip().rstrip("/")
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise NotPossible("That is not an address. Write it as https://nps.example.com.") from None
    bare = f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")
    if parts.scheme not in ("http", "https") or not parts.hostname or len(address) > _LONGEST:
        raise NotPossible("Write the address as https://nps.example.com.")
    if address.lower() != bare or not re.fullmatch(r"[a-z0-9.:\[\]-]+", parts.netloc.lower()):
        raise NotPossible("Only scheme and name, without path, user or question mark, such as https://nps.example.com.")
    return bare


def _read() -> dict[str, object]:
    file = _file()
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _file() -> Path:
    return Path(settings.HOME) / "settings.toml"
