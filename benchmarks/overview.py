"""The Overview and the other pages at 1,000,000 responses, through the real server: 100 requests each, after warm-up.

    python benchmarks/overview.py --responses 1000000

The mart holds that many answers (the sample company at scale); no request is answered from the browser's cache.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np

from mart_files import mart
from table import write

PAGES = {"Overview": "/", "Segments by plan": "/segments/?by=plan", "Drivers": "/drivers/", "Trend": "/analysis/trend/"}
REQUESTS = 100
EMAIL, PASSWORD = "owner@company.example", "a-long-benchmark-phrase"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(url: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{url} did not answer within {seconds:.0f} s.")


def logged_in(base: str) -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(base + "/log-in/").read().decode()
    form = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page))
    names = re.findall(r'<input[^>]*name="([^"]+)"', page)
    secret = next(name for name in names if "password" in name)
    who = next(name for name in names if name in ("email", "username"))
    body = urllib.parse.urlencode({**form, who: EMAIL, secret: PASSWORD}).encode()
    opener.open(urllib.request.Request(base + "/log-in/", body, {"Referer": base + "/log-in/"})).read()
    return opener


def measure(opener: urllib.request.OpenerDirector, url: str) -> dict[str, float]:
    begin = time.perf_counter()
    body = opener.open(url, timeout=300).read()
    first = time.perf_counter() - begin
    if b"log-in" in body[:3000] and b"password" in body:
        raise SystemExit("Not logged in.")
    for _ in range(5):
        opener.open(url, timeout=300).read()
    times = []
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        opener.open(url, timeout=300).read()
        times.append(1000 * (time.perf_counter() - begin))
    return {
        "first": first,
        "median": float(np.median(times)),
        "p95": float(np.percentile(times, 95)),
        "kb": len(body) / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=int, default=1_000_000)
    chosen = parser.parse_args()
    files = mart(chosen.responses)
    with tempfile.TemporaryDirectory(prefix="nineplus-bench-") as folder:
        home, port = Path(folder), free_port()
        environment = {**os.environ, "NINEPLUS_HOME": folder, "NINEPLUS_PORT": str(port), "PORT": str(port)}
        command = [str(Path(sys.executable).with_name("nineplus"))]
        owner = [*command, "owner", "create", EMAIL, "--password-stdin"]
        subprocess.run(owner, input=PASSWORD, text=True, env=environment, check=True, capture_output=True)
        shutil.copytree(files, home / "mart", dirs_exist_ok=True)
        server = subprocess.Popen([*command, "up", "--no-worker"], env=environment, stdout=subprocess.DEVNULL)
        try:
            base = f"http://127.0.0.1:{port}"
            wait(base + "/ready", 60)
            begin = time.perf_counter()
            opener = logged_in(base)  # ends on the Overview
            cold = time.perf_counter() - begin
            found = {name: measure(opener, base + path) for name, path in PAGES.items()}
            found["Overview"]["first"] = cold
        finally:
            server.terminate()
            server.wait(20)
    write(
        "overview",
        title=f"Pages at {chosen.responses:,} responses",
        head=["", "first request s", "median ms", "95th percentile ms", "kB"],
        rows=[
            [n, f"{f['first']:.2f}", f"{f['median']:.0f}", f"{f['p95']:.0f}", f"{f['kb']:.0f}"]
            for n, f in found.items()
        ],
        command=f"python benchmarks/overview.py --responses {chosen.responses}",
        note=f"{REQUESTS} requests each after warm-up, one at a time, none from the browser's cache.",
    )


if __name__ == "__main__":
    main()
