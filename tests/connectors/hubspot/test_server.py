"""The test server has HubSpot's shapes: HubSpot's own client (v3 and v4 paths) works with it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import hubspot
import pytest
from hubspot.crm.associations.v4 import (
    BatchInputPublicFetchAssociationsBatchRequest,
    PublicFetchAssociationsBatchRequest,
)
from hubspot.crm.contacts import PublicMergeInput
from hubspot.crm.objects import (
    AssociationSpec,
    PublicAssociationsForObject,
    PublicObjectId,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.properties import PropertyCreate
from hubspot.crm.tickets import (
    BatchInputSimplePublicObjectBatchInput,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectId,
)
from hubspot.crm.tickets.exceptions import ApiException

from tests.connectors.stands import Clock
from tests.fixtures.hubspot_server import TOKEN, HubSpot, hubspot_server
from tests.fixtures.hubspot_state import State
from tests.fixtures.hubspot_world import populate


@pytest.fixture(scope="module")
def hub() -> Iterator[HubSpot]:
    with hubspot_server(populate(State(Clock()), companies=3, contacts=6, tickets=120, deals=2, responses=4)) as hub:
        yield hub


@pytest.fixture
def client(hub: HubSpot) -> hubspot.Client:
    hub.state.clock.now += 60
    made = hubspot.Client.create(access_token=TOKEN)
    made.config["host"] = hub.url
    return made


def test_lists_with_history_are_paged(hub, client):
    page = client.crm.tickets.basic_api.get_page(limit=50, properties_with_history=["hs_pipeline_stage"])
    stages = page.results[0].properties_with_history["hs_pipeline_stage"]
    assert stages == sorted(stages, key=lambda one: one.timestamp, reverse=True)
    assert page.paging.next.after == page.results[-1].id
    assert len(client.crm.tickets.get_all(properties=["hs_ticket_priority"])) == 120
    with pytest.raises(ApiException) as told:
        client.crm.tickets.basic_api.get_page(limit=51, properties_with_history=["hs_pipeline_stage"])
    assert told.value.status == 400


def test_searches_sort_and_stop_at_their_window(client):
    asked = {
        "filter_groups": [{"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": "5"}]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
        "properties": ["hs_ticket_priority", "no_such_property"],
    }
    found = client.crm.tickets.search_api.do_search(PublicObjectSearchRequest(limit=200, **asked))
    ids = [int(one.id) for one in found.results]
    assert found.total == 120
    assert ids == sorted(ids, reverse=True)
    assert "no_such_property" not in found.results[0].properties
    for wrong in ({"limit": 201}, {"limit": 200, "after": "9900"}, {"limit": 10, "sorts": ["createdate", "subject"]}):
        with pytest.raises(ApiException) as told:
            client.crm.tickets.search_api.do_search(PublicObjectSearchRequest(**{**asked, **wrong}))
        assert told.value.status == 400


def test_batches_are_answered_in_part(client):
    known = client.crm.tickets.basic_api.get_page(limit=1).results[0].id
    inputs = [SimplePublicObjectId(id=known), SimplePublicObjectId(id="1")]
    asked = BatchReadInputSimplePublicObjectId(inputs=inputs, properties=["subject"], properties_with_history=[])
    found = client.crm.tickets.batch_api.read(asked)
    assert [one.id for one in found.results] == [known]
    assert found.num_errors == 1
    twice = [SimplePublicObjectBatchInput(id=known, properties={"subject": "x"})] * 2
    with pytest.raises(ApiException) as told:
        client.crm.tickets.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=twice))
    assert told.value.status == 400


def test_associations_have_their_types(client):
    known = [PublicFetchAssociationsBatchRequest(id=client.crm.tickets.basic_api.get_page(limit=1).results[0].id)]
    asked = BatchInputPublicFetchAssociationsBatchRequest(inputs=known)
    found = client.crm.associations.v4.batch_api.get_page("tickets", "contacts", asked)
    assert [kind.type_id for kind in found.results[0].to[0].association_types] == [16]


def test_owners_pipelines_and_properties_are_told(client):
    assert len(client.crm.owners.owners_api.get_page().results) == 6
    assert [one.id for one in client.crm.owners.owners_api.get_page(archived=True).results] == ["7"]
    stages = client.crm.pipelines.pipelines_api.get_all("tickets").results[0].stages
    assert [stage.metadata["ticketState"] for stage in stages] == ["OPEN", "OPEN", "OPEN", "CLOSED"]
    names = {one.name for one in client.crm.properties.core_api.get_all("contacts").results}
    assert {"email", "lastmodifieddate"} <= names
    made = {"label": "X", "type": "string", "field_type": "text", "group_name": "contactsinformation"}
    client.crm.properties.core_api.create("contacts", PropertyCreate(name="x", **made))
    with pytest.raises(hubspot.crm.properties.exceptions.ApiException) as told:
        client.crm.properties.core_api.create("contacts", PropertyCreate(name="x", **made))
    assert told.value.status == 409


def test_notes_hang_on_contacts(hub, client):
    contact = client.crm.contacts.basic_api.get_page(limit=1).results[0].id
    to = PublicAssociationsForObject(
        to=PublicObjectId(id=contact),
        types=[AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=202)],
    )
    made = client.crm.objects.basic_api.create(
        "notes",
        SimplePublicObjectInputForCreate(
            properties={"hs_timestamp": "1767268800000", "hs_note_body": "Hello"}, associations=[to]
        ),
    )
    assert hub.state.links["notes", "contacts"][int(made.id)] == [(int(contact), (202,))]


def test_contacts_merge_and_answer_to_both_ids(hub, client):
    one, other = (hub.state.make("contacts", {"email": f"{name}@x.example"}) for name in "ab")
    merged = PublicMergeInput(primary_object_id=one, object_id_to_merge=other)
    client.crm.contacts.basic_api.merge(merged)
    found = client.crm.contacts.basic_api.get_by_id(other, properties=["hs_merged_object_ids"])
    assert (found.id, found.properties["hs_merged_object_ids"]) == (one, other)


def test_feedback_is_read_and_never_written(hub, client):
    page = client.crm.objects.feedback_submissions.basic_api.get_page(properties=["hs_value"])
    assert {one.properties["hs_value"] for one in page.results} <= {str(score) for score in range(11)}
    assert set(client.crm.objects.feedback_submissions.basic_api.get_page().results[0].properties) == {
        "hs_createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
    }
    with pytest.raises(hubspot.crm.objects.exceptions.ApiException) as told:
        client.crm.objects.basic_api.create("feedback_submissions", SimplePublicObjectInputForCreate(properties={}))
    assert told.value.status == 405


@pytest.mark.parametrize(
    ("path", "send", "words"),
    [
        ("batch/update", {"inputs": [{"id": "101", "properties": {"email": 5}}]}, "must be strings"),
        ("batch/update", {"inputs": [{"id": "101", "properties": {"nonsense": "x"}}]}, "does not exist"),
        ("batch/update", {"inputs": []}, "must not be empty"),
        ("batch/read", {"inputs": [{"id": "101"}], "properties": []}, "propertiesWithHistory is required"),
        (
            "batch/read",
            {"inputs": [{"id": str(n)} for n in range(51)], "properties": [], "propertiesWithHistory": ["email"]},
            "maximum number",
        ),
        ("search", {"filterGroups": [{"filters": []}] * 6}, "Too many filters"),
    ],
)
def test_what_hubspot_refuses_is_refused(hub, path, send, words):
    hub.state.clock.now += 60
    told = httpx.post(
        f"{hub.url}/crm/objects/2026-09/contacts/{path}", json=send, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert told.status_code == 400
    assert words in told.json()["message"]


def test_the_limits_are_kept_with_hubspots_words(hub):
    hub.state.clock.now += 60
    headers = {"Authorization": f"Bearer {TOKEN}"}
    told = [
        httpx.post(f"{hub.url}/crm/objects/2026-09/deals/search", json={"limit": 1}, headers=headers) for _ in range(6)
    ]
    assert [one.status_code for one in told] == [200] * 5 + [429]
    assert told[-1].json()["policyName"] == "SECONDLY"
    page = httpx.get(f"{hub.url}/crm/owners/2026-09", headers=headers)
    assert page.headers["X-HubSpot-RateLimit-Max"] == "190"
    assert json.loads(page.text)["results"]
    assert httpx.get(f"{hub.url}/crm/owners/2026-09").status_code == 401
