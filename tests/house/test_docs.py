"""The papers are true: generated pages are fresh, links lead somewhere, nothing of one machine is written down."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository; of an unpacked copy without git, those that look like them."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        places = ("src", "tests", "docs", "benchmarks", "requirements")
        inside = [path for place in places for pattern in patterns for path in (ROOT / place).rglob(pattern)]
        return [path for path in [*ROOT.glob("*.md"), *inside] if path.is_file() and "built" not in path.parts]


def test_the_reference_is_what_the_code_says():
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", tracked("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor and there.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in anchors, f"{page.name} links to {target}"


def test_files_named_in_the_papers_exist():
    pages = [ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "README.md") if (ROOT / name).exists()]
    for page in [*pages, *(ROOT / "docs").rglob("*.md")]:
        named = re.findall(r"`((?:src|tests|docs|benchmarks|requirements)/[\w./-]+)`", page.read_text(encoding="utf-8"))
        absent = [name for name in named if not (ROOT / name).exists()]
        assert absent == [], page.name


# In pieces, so that this file does not find itself.
_FOREIGN = ["registry." + "npmjs", "files." + "pythonhosted", "pypi" + ".org", "/work" + "/", "/root" + "/"]


def test_no_address_of_a_registry_and_no_path_of_a_machine():
    found = []
    for path in tracked("*"):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {foreign}" for foreign in _FOREIGN if foreign in text]
    assert found == []


def test_the_node_lock_names_no_place():
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_gaps():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
