"""How large is this workbook's table? `python -P _sheet_probe.py FILE BYTES`: the sheets and their heights as JSON.

A process of its own with a limit on memory and time: one cell in the last corner of an otherwise empty sheet makes
the reader lay out every cell between, and a reader that finds no memory ends its whole process. Exit codes: 0 it fits;
3 it cannot be opened; anything else: it does not fit.
"""

from __future__ import annotations

import json
import sys

SECONDS = 120


def probe(file: str, most: int) -> list[tuple[str, int]]:
    from python_calamine import load_workbook

    _limit(most)
    book = load_workbook(file)
    return [(name, book.get_sheet_by_name(name).height) for name in book.sheet_names]


def _limit(most: int) -> None:
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    try:
        found = probe(sys.argv[1], int(sys.argv[2]))
    except MemoryError:
        sys.exit(4)
    except Exception:  # whatever a reader makes of a damaged file
        sys.exit(3)
    sys.stdout.write(json.dumps(found))
