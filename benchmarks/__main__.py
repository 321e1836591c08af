"""Every benchmark of this folder in turn, each as its own command writes it. `python -m benchmarks [NAME …]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """The scripts that can be run: those that write a table into docs/reference/performance.md."""
    scripts = (path for path in sorted(HERE.glob("[a-z]*.py")) if path.stem != "table")
    return [path.stem for path in scripts if "from table import" in path.read_text(encoding="utf-8")]


def main() -> int:
    chosen = sys.argv[1:] or names()
    if unknown := [name for name in chosen if name not in names()]:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    failed = []
    for name in chosen:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, str(HERE / f"{name}.py")]).returncode:
            failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
