"""The wheel: installs without Node, carries the pages, and does its work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.site import running_site, stop

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("nineplus-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The command, in an environment of its own with the locked packages and nothing else."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    uv = Path(sys.executable).with_name("uv")
    environment = {**os.environ, "VIRTUAL_ENV": str(venv)}
    for words in (
        ["venv", "-q", "--python", sys.executable, str(venv)],
        ["pip", "install", "-q", "--require-hashes", "-r", str(ROOT / "requirements" / "runtime.txt")],
        ["pip", "install", "-q", "--no-deps", str(wheel)],
    ):
        subprocess.run([uv, *words], env=environment, check=True, capture_output=True, text=True)
    return venv / "bin" / "nineplus"


def test_it_carries_pages_templates_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "nineplus/web/static/built/app.js",
        "nineplus/web/static/built/app.css",
        "nineplus/web/templates/base.html",
        "nineplus/render/assets/nineplus.css",
        "nineplus/store/migrations/0001_initial.py",
    ):
        assert needed in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests") or "node_modules" in name]


def test_the_command_says_its_version_and_reports_on_a_file(installed, tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "NINEPLUS_HOME": str(tmp_path / "home")}

    def run(*words: str) -> str:
        done = subprocess.run(
            [installed, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("--version").startswith("nineplus 0.")
    rows = [f"{9 if number % 3 else 4},2026-0{1 + number % 6}-15,c{number}" for number in range(90)]
    (tmp_path / "responses.csv").write_text("\n".join(["score,date,customer id", *rows]) + "\n")
    said = json.loads(run("report", "responses.csv", "--json", "-o", "-"))
    assert said["score"]["n"] == 90
    assert said["score"]["nps"] == pytest.approx(100 * (60 - 30) / 90)
    assert not (tmp_path / "home").exists()  # a report needs no home


def test_it_starts_and_serves_its_pages(installed, tmp_path):
    node = shutil.which("node")
    path = os.pathsep.join(
        place for place in os.environ["PATH"].split(os.pathsep) if not node or place != str(Path(node).parent)
    )
    with running_site(tmp_path / "home", program=[str(installed)], PATH=path) as site:
        with urllib.request.urlopen(f"{site.url}/static/built/app.css", timeout=10) as answer:
            assert len(answer.read()) > 5_000
        assert stop(site.process) == 0
