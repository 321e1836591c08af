"""The API for people who read, at /api/docs/."""

from __future__ import annotations

import re

from nineplus.api.application import api


def test_all_that_can_be_asked_is_on_one_page_without_anything_from_elsewhere(client_of):
    html = client_of("viewer").get("/api/docs/").content.decode()
    described = api.get_openapi_schema(path_prefix="/api/")["paths"]
    assert html.count('<details class="api-one" data-words="') > sum(map(len, described.values()))
    assert all(f"<code>{path}</code>" in html for path in described)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert re.findall(r'(?:src|rel="stylesheet" href)="(?!/)', html) == []


def test_examples_begin_with_this_address_and_no_key(client_of, settings):
    client = client_of("owner")
    html = client.get("/api/docs/", headers={"host": "localhost:8123"}).content.decode()
    assert "http://localhost:8123/api/surveys" in html
    assert "Authorization: Bearer $KEY" in html
    assert 'href="/api/docs/"' in client.get("/settings/keys/").content.decode()
