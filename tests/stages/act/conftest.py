"""A Slack of their own for tests that write there."""

from __future__ import annotations

import pytest
from django.conf import settings as house

from tests.fixtures.slack_server import TOKEN, SlackServer


@pytest.fixture(scope="module")
def server():
    running = SlackServer()
    yield running
    running.stop()


@pytest.fixture
def slack(server: SlackServer, monkeypatch: pytest.MonkeyPatch) -> SlackServer:
    from nineplus.stages.act.chat import workspace  # when the store is there
    from tests.stages.act.chatting import SIGNING

    server.calls.clear()
    server.posted.clear()
    server.faults.clear()
    server.people.clear()
    server.channels, server.page, server.direct = {"C1", "C2"}, 200, True
    here = house.NINEPLUS.model_copy(update={"slack_url": server.base, "webhooks_inside": True})
    monkeypatch.setattr(house, "NINEPLUS", here)
    workspace.connect(token=TOKEN, signing=SIGNING)
    return server
