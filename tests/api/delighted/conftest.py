"""A survey that asks, a key for it as Delighted's clients hold one, and somebody who calls with it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls the API with one key. What comes back is JSON, whatever it is."""

    token: str
    survey: Any
    colon: str = ":"

    def __call__(self, method: str, path: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        response = self.raw(method, path, body, **more)
        assert response.status_code == status, response.content[:500]
        return json.loads(response.content)

    def raw(self, method: str, path: str, body: Any = None, *, form: bool = False, **more: Any) -> Any:
        key = base64.b64encode(f"{self.token}{self.colon}".encode()).decode()
        headers = {"Authorization": f"Basic {key}", **more.pop("headers", {})}
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        data = body if form else "" if body is None else json.dumps(body)
        response = Client().generic(method, f"/v1/{path}", data or "", content_type=kind, headers=headers, **more)
        assert response["Content-Type"].startswith("application/json")
        assert response.status_code != 204
        return response


@pytest.fixture
def call(db: None) -> Caller:
    from nineplus.model.survey import Content, Plan, Policy
    from nineplus.stages.capture.drawing import surveys
    from nineplus.stages.govern import keys

    now = timezone.now()
    policy = Policy(quiet_from="00:00", quiet_to="00:00", weekdays=tuple(range(7)), skip_holidays=False)
    plan = Plan(policy=policy, channels=("email", "sms"))
    survey = surveys.create(name="Shop", touchpoint="post-purchase", content=Content(), plan=plan, now=now)
    surveys.publish(survey, now=now)
    survey = surveys.switch(survey, state="active", now=now)
    return Caller(keys.create(name="App", survey=survey, scopes=["people:everyone"], now=now).token, survey)


@pytest.fixture
def plain(call: Caller) -> Caller:
    """A key of the same survey as it is made when nobody asks for more."""
    from nineplus.stages.govern import keys

    return Caller(keys.create(name="Plain", survey=call.survey, now=timezone.now()).token, call.survey)
