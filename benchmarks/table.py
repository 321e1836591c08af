"""Write one benchmark's table into docs/reference/performance.md, between its own markers."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "performance.md"
_START = """# Performance

Every table is written by the command below it, on one machine, in one run, beside the alternative.
"""


def write(
    section: str, *, title: str, head: Sequence[str], rows: Sequence[Sequence[str]], command: str, note: str = ""
) -> str:
    """Replace the section (or add it at the end), print it, and return it as Markdown."""
    table = [f"## {title}", "", "| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    table += ["| " + " | ".join(row) + " |" for row in rows]
    table += ["", *([note, ""] if note else []), f"`{command}` · {_machine()}"]
    body = "\n".join([f"<!-- {section} -->", *table, f"<!-- /{section} -->"])
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else _START
    found = re.compile(rf"<!-- {re.escape(section)} -->.*?<!-- /{re.escape(section)} -->", re.S)
    page = found.sub(lambda _: body, page) if found.search(page) else f"{page.rstrip()}\n\n{body}\n"
    PAGE.write_text(page, encoding="utf-8")
    print("\n".join(table))
    return body


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day = datetime.now(UTC).date()
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.machine()}, Python {platform.python_version()}, {day}"
