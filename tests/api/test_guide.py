"""The examples of docs/guide/developer.md run, in their order, as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from nineplus.stages.govern import keys
from nineplus.store.models import Message, Response, Suppression
from tests.stages.capture.asking_world import NOW

pytestmark = pytest.mark.django_db(transaction=True)
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "developer.md"


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [line for line in lines if line.startswith("curl ")]


def curl(command: str, known: dict[str, str]) -> tuple[int, dict]:
    """What curl would send: it may not be there, and these few options are all that the guide needs."""
    filled = re.sub(r"\$([A-Z]+)", lambda name: known[name[1]], command)
    words = iter(shlex.split(filled)[1:])
    address, headers, body, method = "", {}, None, None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "--json":
            body, headers["Content-Type"] = next(words).encode(), "application/json"
        elif word == "-X":
            method = next(words)
        else:
            address = word
    try:
        with urlopen(Request(address, body, headers, method=method), timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def test_the_examples_run(live_server):
    token = keys.create(name="Guide", role="analyst", now=NOW).token
    known = {"NINEPLUS": live_server.url, "KEY": token}
    answers = []
    for command in commands():
        status, answer = curl(command, known)
        assert status < 300, (command.replace(token, "…"), answer)
        known.setdefault("SURVEY", str(answer.get("id")))  # the first makes it
        answers.append(answer)
    assert len(answers) == 13
    assert [answer["outcome"] for answer in answers if "outcome" in answer] == ["asked", "asked"]
    assert Response.objects.get().tags == ["beta"]
    assert (Message.objects.count(), Suppression.objects.count()) == (1, 1)
    assert {"surveys": 1} in answers
