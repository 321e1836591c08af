"""What happens around a file, tried with real processes: `python benchmarks/circumstances.py`.

A site is started on a home of its own, and while it serves: an import is killed (at the command line, and the worker
under the wizard), two run at once, the mart is deleted and damaged, another writer holds the database, a line without
end is uploaded, and (with --small DISK, a folder on a small file system) the disk fills up. Each line says what was
seen; the exit code is 1 when something was lost, doubled, half written or answered with a fault of ours.
On PostgreSQL: `python tests/fixtures/postgres.py python benchmarks/circumstances.py`.
The suite has the same laws at stage level; this costs minutes and is run by hand.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import psycopg

URL = os.environ.get("NINEPLUS_DATABASE_URL", "")  # PostgreSQL; empty: SQLite in the site's home
PASSWORD = "correct horse battery 9"
ROWS = 200_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the imports that are killed")
    parser.add_argument("--line", type=int, default=1_000_000_000, help="bytes of the line without end")
    parser.add_argument("--locked", type=float, default=30.0, help="seconds for which the database is held")
    parser.add_argument("--small", type=Path, help="a folder on a file system of about 60 MB")
    parser.add_argument("--only", default="", help="names of what is tried, with commas between")
    given = parser.parse_args(arguments)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="circumstances-") as folder:
        site = Site(Path(folder) / "home")
        try:
            for name, attempt in ATTEMPTS.items():
                if given.only and name not in given.only.split(","):
                    continue
                try:
                    seen, good = attempt(site, given)
                except Exception as problem:
                    seen, good = f"{type(problem).__name__}: {problem}"[:400], False
                print(f"{'ok ' if good else 'BAD'}  {name}: {seen}", flush=True)
                wrong += not good
        finally:
            site.stop()
    return 1 if wrong else 0


class Site:
    """A running site, its browser and its command line."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("NINEPLUS_")}
        self.env |= {"NINEPLUS_HOME": str(home), "PORT": str(self.port)}
        self.env |= {"NINEPLUS_DATABASE_URL": URL} if URL else {}
        home.mkdir(parents=True, exist_ok=True)
        self.log = (home.parent / f"{home.name}.log").open("w")
        self.up = subprocess.Popen(
            [sys.executable, "-m", "nineplus.cli", "up"], env=self.env, stdout=self.log, stderr=self.log
        )
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        _until(lambda: self.get("/ready")[0] == 200, 90)
        first = self.get("/first-visit/")[1]
        fields = {"company": "Acme", "name": "Ada", "email": "ada@example.org", "password": PASSWORD}
        fields |= {"time_zone": "UTC", "currency": "USD"}
        self.post("/first-visit/", fields, page=first)

    def stop(self) -> None:
        self.up.send_signal(signal.SIGINT)
        self.up.wait(30)

    def get(self, path: str) -> tuple[int, str]:
        return self._open(urllib.request.Request(self.url + path))

    def post(self, path: str, fields: dict[str, str], *, page: str) -> tuple[int, str]:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": _token(page), **fields}).encode()
        return self._open(urllib.request.Request(self.url + path, body, {"Referer": self.url}))

    def upload(self, chunks: Callable[[], Iterator[bytes]], size: int, kind: str = "responses") -> tuple[int, str]:
        token = _token(self.get("/imports/new/")[1])
        edge = "----edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in {"csrfmiddlewaretoken": token, "kind": kind}.items()
        ]
        head = "".join(parts) + (
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="file.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        tail = f"\r\n--{edge}--\r\n".encode()

        def body() -> Iterator[bytes]:
            yield head.encode()
            yield from chunks()
            yield tail

        heads = {
            "Referer": self.url,
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Content-Length": str(len(head.encode()) + size + len(tail)),
        }
        return self._open(urllib.request.Request(self.url + "/imports/new/", body(), heads))  # type: ignore[arg-type]

    def wizard(self, content: bytes) -> str:
        """Upload, confirm and start; the address of the import's page."""
        status, page = self.upload(lambda: iter([content]), len(content))
        if status != 200 or "/columns/" not in self.at:
            raise RuntimeError(f"upload: {status} {_said(page)}")
        one = self.at.removesuffix("columns/")
        _, page = self.post(one + "columns/", {"columns": "1"}, page=page)
        page = self.get(one + "check/?now=1")[1]
        self.post(one + "run/", {}, page=page)
        return one

    def command(self, *arguments: str, **more) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "nineplus.cli", *arguments],
            env=self.env | more.pop("env", {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def ask(self, sql: str) -> list[tuple]:
        if URL:
            with psycopg.connect(URL) as base:
                return base.execute(sql).fetchall()
        with sqlite3.connect(self.home / "nineplus.sqlite3", timeout=60) as base:
            return base.execute(sql).fetchall()

    def hold(self) -> Callable[[], object]:
        """What a backup of this database holds, until what is given back is called: on SQLite nobody else writes."""
        if URL:
            base = psycopg.connect(URL)
            base.execute("LOCK TABLE nineplus_revision, nineplus_import IN ACCESS SHARE MODE")
            return base.close
        holder = sqlite3.connect(self.home / "nineplus.sqlite3", isolation_level=None)
        holder.execute("begin immediate")
        return lambda: holder.execute("rollback")

    def answers(self, prefix: str) -> tuple[int, int]:
        sql = "select count(*), count(distinct external_id) from nineplus_response where external_id like '{}%'"
        return self.ask(sql.format(prefix))[0]

    def state(self, one: str) -> str:
        return self.ask(f"select state from nineplus_import where id = {one.strip('/').split('/')[-1]}")[0][0]

    def workers(self) -> list[int]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                home = f"NINEPLUS_HOME={self.home}".encode() in (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if home and b"worker" in words:
                found.append(int(folder.name))
        return found

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=300) as answer:
                self.at = urllib.parse.urlsplit(answer.url).path
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as answer:
            self.at = urllib.parse.urlsplit(answer.url).path
            return answer.code, answer.read().decode(errors="replace")
        except (urllib.error.URLError, ConnectionError) as problem:
            return 0, str(problem)


def killed_command(site: Site, given: argparse.Namespace) -> tuple[str, bool]:
    path = site.home.parent / "killed.csv"
    path.write_bytes(rows("K", given.rows))
    running = site.command("import", "responses", str(path))
    _until(lambda: site.answers("K")[0] > given.rows // 10, 120)
    running.kill()
    running.wait()
    half = site.answers("K")[0]
    again = site.command("import", "responses", str(path), "--json")
    out, err = again.communicate()
    now, distinct = site.answers("K")
    if again.returncode:
        return f"{half} rows, then: {err.strip()[-300:]}", False
    number = json.loads(out)["id"]
    undone = site.command("import", "undo", str(number))
    told = " ".join(undone.communicate()).strip()[-200:]
    kept = site.answers("K")[0]  # what the killed one wrote is the killed one's
    site.command("import", "cancel", str(number - 1)).communicate()
    first = site.command("import", "undo", str(number - 1))
    told += " ".join(first.communicate()).strip()[-200:]
    left = site.answers("K")[0]
    said = f"killed at {half} rows; the same command again: {now}; undone: {kept}, and the killed one too: {left} left"
    return f"{said} ({told})", now == distinct == given.rows and kept in (0, half) and left == 0


def killed_worker(site: Site, given: argparse.Namespace) -> tuple[str, bool]:
    one = site.wizard(rows("W", given.rows))
    _until(lambda: site.answers("W")[0] > given.rows // 10, 120)
    for pid in site.workers():
        os.kill(pid, signal.SIGKILL)
    half = site.answers("W")[0]
    _until(lambda: site.state(one) == "done", 240)
    now, distinct = site.answers("W")
    page = site.get(one)
    site.post(one + "undo/", {}, page=page[1])
    _until(lambda: site.state(one) == "undone", 120)
    left = site.answers("W")[0]
    return f"killed at {half}; a new worker brought {now}; undone: {left} left", (
        now == distinct == given.rows and left == 0 and page[0] == 200
    )


def two_at_once(site: Site, given: argparse.Namespace) -> tuple[str, bool]:
    said, good, count = [], True, given.rows // 4
    for name, first, second in (("the same file", "S", "S"), ("two files", "X", "Y")):
        path = site.home.parent / f"{second}.csv"
        path.write_bytes(rows(second, count))
        one = site.wizard(rows(first, count))
        running = site.command("import", "responses", str(path))
        _, err = running.communicate()
        _until(lambda one=one: site.state(one) in ("done", "failed"), 240)
        found = {prefix: site.answers(prefix) for prefix in {first, second}}
        said.append(f"{name}: {found}, {site.state(one)}, exit {running.returncode} {err.strip()[-80:]!r}")
        good &= all(pair == (count, count) for pair in found.values()) and running.returncode == 0
    return "; ".join(said), good


def mart_gone(site: Site, given: argparse.Namespace) -> tuple[str, bool]:
    path = site.home.parent / "some.csv"
    path.write_bytes(rows("M", 3000))
    site.command("import", "responses", str(path)).communicate()
    _until(lambda: "between" in _said(site.get("/")[1]), 60)
    said, good = [], True
    for day, (name, harm) in enumerate(HARMS.items(), 1):
        harm(site.home / "mart")
        new = f"/?from=2024-02-0{day}"  # a question that nobody has asked: what was answered before is kept
        pages = [site.get(path)[0] for path in (new, "/", "/segments/", "/drivers/", "/responses/")]
        text = _said(site.get(new)[1])
        told = "made anew" in text or name == "log damaged"  # what is open is read without the log
        began = time.monotonic()
        try:
            _until(lambda new=new: re.search(r"NPS is .* between", _said(site.get(new)[1])) is not None, 90)
            mended = f"{time.monotonic() - began:.0f} s"
        except TimeoutError:
            mended, good = "NOT MENDED: " + text[:200], False
        said.append(f"{name}: pages {pages}, told {told}, whole after {mended}")
        good &= all(status == 200 for status in pages) and told
    return "; ".join(said), good


def _shorten(mart: Path, pattern: str) -> None:
    for path in mart.rglob(pattern):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


HARMS: dict[str, Callable[[Path], None]] = {
    "folder deleted": lambda mart: shutil.rmtree(mart),
    "log damaged": lambda mart: _shorten(mart, "_delta_log/*.json"),
    "Parquet damaged": lambda mart: _shorten(mart, "*.parquet"),
}


def locked(site: Site, given: argparse.Namespace) -> tuple[str, bool]:
    path = site.home.parent / "locked.csv"
    path.write_bytes(rows("L", 2000))
    release = site.hold()
    began = time.monotonic()
    running = site.command("import", "responses", str(path))
    page = site.get("/responses/")[0]
    written = site.upload(lambda: iter([b"score\n9\n"]), 8)
    waited = time.monotonic() - began
    time.sleep(max(0.0, given.locked - waited))
    release()
    _, err = running.communicate()
    found = site.answers("L")[0]
    said = f"pages {page}, an upload after {waited:.0f} s: {written[0]} {_said(written[1])[:120]!r}"
    return f"{said}; the import ended with {running.returncode}, {found} rows, {err.strip()[-160:]!r}", (
        page == 200 and written[0] in (200, 503) and (found == 2000 or (found == 0 and "program" in err))
    )


def endless_line(site: Site, given: argparse.Namespace) -> tuple[str, bool]:
    block = b"x" * 1_000_000

    def chunks() -> Iterator[bytes]:
        yield b"id,score\n"
        left = given.line
        while left > 0:
            yield block[:left]
            left -= len(block)

    began, before = time.monotonic(), _peaks(site)
    status, page = site.upload(chunks, 9 + given.line)
    after = _peaks(site)
    more = max((after[pid] - before.get(pid, 0) for pid in after), default=0) / 1024
    left = sum(path.stat().st_size for path in site.home.rglob("*") if path.is_file() and "sqlite" not in path.name)
    said = f"{status or 'connection ended'} after {time.monotonic() - began:.0f} s, {more:.0f} MB more memory at most"
    return f"{said}, {left / 1e6:.0f} MB of files left: {_problem(page)!r}", (
        status in (400, 413) and more < 300 and left < 200e6
    )


def _peaks(site: Site) -> dict[int, int]:
    """The most memory that each process of the site has had, in kB."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"NINEPLUS_HOME={site.home}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = int(re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())[1])  # type: ignore[index]
        except (OSError, TypeError):
            continue
    return found


def full_disk(site: Site, given: argparse.Namespace) -> tuple[str, bool]:
    if given.small is None:
        return "not tried: no --small folder", True
    folder = given.small / "circumstances"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    other = Site(folder / "home")
    filler = folder / "filler"
    try:
        path = site.home.parent / "full.csv"
        path.write_bytes(rows("F", 100_000))
        free = shutil.disk_usage(folder).free
        filler.write_bytes(b"\0" * max(0, free - 8_000_000))
        running = other.command("import", "responses", str(path))
        err = running.communicate()[1].strip()
        cut = f"command: exit {running.returncode} {err[-160:]!r}"
        good = running.returncode == 1 and "disk is full" in err.lower() + other_text(err)
        size = path.stat().st_size
        filler.write_bytes(b"\0" * max(0, filler.stat().st_size + shutil.disk_usage(folder).free - 600_000))
        status, page = other.upload(lambda: iter([path.read_bytes()]), size)
        wizard = f"wizard: {status} {_problem(page)!r}"
        good &= status in (400, 503)
        pages = [other.get(path)[0] for path in ("/", "/responses/", "/imports/")]
        filler.unlink()
        half = other.answers("F")[0]
        again = other.command("import", "responses", str(path), "--json")
        again.communicate()
        now, distinct = other.answers("F")
        good &= again.returncode == 0 and now == distinct == 100_000
        return f"{cut}; {wizard}; pages {pages}; {half} rows kept; with room again {now}", good
    finally:
        other.stop()
        shutil.rmtree(folder, ignore_errors=True)


def other_text(err: str) -> str:
    return "disk is full" if "No space" in err else ""


ATTEMPTS: dict[str, Callable[[Site, argparse.Namespace], tuple[str, bool]]] = {
    "killed-command": killed_command,
    "killed-worker": killed_worker,
    "two-at-once": two_at_once,
    "mart-gone": mart_gone,
    "locked": locked,
    "endless-line": endless_line,
    "full-disk": full_disk,
}


def rows(prefix: str, count: int) -> bytes:
    lines = (f"{prefix}{i},{i % 11},2024-{i % 12 + 1:02}-{i % 28 + 1:02},A{i % 300}" for i in range(count))
    return ("id,score,date,company\n" + "\n".join(lines) + "\n").encode()


def _until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except (OSError, sqlite3.OperationalError, psycopg.OperationalError):
            pass
        time.sleep(0.1)
    raise TimeoutError(f"not within {seconds:g} s")


def _token(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]  # type: ignore[index]


def _said(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style).*?</\1>", " ", page)).split())


def _problem(page: str) -> str:
    found = re.search(r'(?s)<(\w+)[^>]*(?:role="alert"|class="[^"]*(?:problem|error)[^"]*")[^>]*>(.*?)</\1>', page)
    return _said(found[2] if found else page)[:240]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
