"""HubSpot's own client library reads what the simulator answers: an independent reader of the form.

The library (hubspot-api-client, Apache-2.0) is generated from HubSpot's descriptions and refuses what
they do not allow. It serves as a development tool alone; calls are made here, not by it.
"""

from types import SimpleNamespace

import httpx
import pytest
from hubspot.crm import contacts, deals, owners, pipelines, properties
from hubspot.crm.associations import v4 as associations

from connectors.hubspot.simulator import create_simulator

OBJECTS, LINKS = "/crm/objects/2026-09", "/crm/associations/2026-09"
DEAL = {"dealname": "Chairs", "pipeline": "default", "dealstage": "closedwon", "amount": "99.5"}


@pytest.fixture(scope="module")
def simulator():
    return create_simulator(rate_limit=0)


@pytest.fixture
def http(simulator):
    simulator.reset()
    return httpx.Client(
        transport=httpx.WSGITransport(app=simulator),
        base_url="http://hubspot.test",
        headers={"Authorization": "Bearer demo-token"},
    )


def read(library, answer, model):
    """The answer as the library's ``model``, every value of an enumeration and type checked."""
    return library.ApiClient().deserialize(SimpleNamespace(data=answer.content), model)


def rows(*inputs, **more):
    return {"inputs": list(inputs), **more}


def traced(at, **properties):
    return {"properties": properties, "objectWriteTraceId": str(at)}


def test_a_created_record(http):
    answer = http.post(f"{OBJECTS}/contacts", json={"properties": {"email": "ada@example.org"}})
    ada = read(contacts, answer, "SimplePublicObject")
    assert ada.properties["email"] == "ada@example.org"
    assert ada.created_at.tzinfo is not None
    assert ada.archived is False


def test_a_batch_of_which_a_row_failed(http):
    body = rows(traced(0, firstname="Ada"), traced(1, nowhere="x"))
    answer = http.post(f"{OBJECTS}/contacts/batch/create", json=body)
    batch = read(contacts, answer, "BatchResponseSimplePublicObjectWithErrors")
    assert (batch.status, batch.num_errors) == ("COMPLETE", 1)
    assert [one.object_write_trace_id for one in batch.results] == ["0"]
    assert batch.errors[0].context == {"objectWriteTraceId": ["1"]}
    assert batch.errors[0].category == "VALIDATION_ERROR"


def test_an_upsert(http):
    row = {"id": "step-1", "idProperty": "formwire_id", "properties": {"firstname": "Ada"}}
    answer = http.post(f"{OBJECTS}/contacts/batch/upsert", json=rows(row))
    batch = read(contacts, answer, "BatchResponseSimplePublicUpsertObject")
    assert [one.new for one in batch.results] == [True]


def test_a_batch_read_with_somebody_missing(http):
    answer = http.post(f"{OBJECTS}/contacts/batch/read", json=rows({"id": "424242"}, properties=[]))
    batch = read(contacts, answer, "BatchResponseSimplePublicObjectWithErrors")
    assert (batch.results, batch.errors[0].context) == ([], {"ids": ["424242"]})


def test_an_error(http):
    answer = http.post(f"{OBJECTS}/contacts", json={"properties": {"nowhere": "x"}})
    error = read(contacts, answer, "Error")
    assert (error.category, error.correlation_id is not None) == ("VALIDATION_ERROR", True)


def test_a_page_of_a_search(http):
    for _ in range(2):
        http.post(f"{OBJECTS}/deals", json={"properties": DEAL})
    filters = [{"propertyName": "dealname", "operator": "EQ", "value": "chairs"}]
    body = {"filterGroups": [{"filters": filters}], "properties": ["amount"], "limit": 1}
    answer = http.post(f"{OBJECTS}/deals/search", json=body)
    page = read(deals, answer, "CollectionResponseWithTotalSimplePublicObjectForwardPaging")
    assert (page.total, page.results[0].properties["amount"]) == (2, "99.5")
    assert page.paging.next.after == "1"


def test_associations(http):
    ada = http.post(f"{OBJECTS}/contacts", json={"properties": {"firstname": "Ada"}}).json()["id"]
    deal = http.post(f"{OBJECTS}/deals", json={"properties": DEAL}).json()["id"]
    pair = {"from": {"id": deal}, "to": {"id": ada}}
    made = http.post(f"{LINKS}/deals/contacts/batch/associate/default", json=rows(pair))
    model = "BatchResponsePublicDefaultAssociation"
    (link,) = read(associations, made, model).results
    assert link.association_spec.association_type_id == 3
    found = http.post(f"{LINKS}/deals/contacts/batch/read", json=rows({"id": deal}, {"id": "1"}))
    model = "BatchResponsePublicAssociationMultiWithLabelWithErrors"
    batch = read(associations, found, model)
    assert str(batch.results[0].to[0].to_object_id) == ada
    assert batch.errors[0].category == "OBJECT_NOT_FOUND"


def test_owners(http):
    answer = http.get("/crm/owners/2026-09", params={"limit": 2})
    page = read(owners, answer, "CollectionResponsePublicOwnerForwardPaging")
    assert [one.email for one in page.results] == ["grace@acme.test", "anna@acme.test"]
    assert page.paging.next.after == "2"


def test_pipelines(http):
    answer = http.get("/crm/pipelines/2026-09/deals")
    (sales, service) = read(pipelines, answer, "CollectionResponsePipelineNoPaging").results
    assert (sales.label, service.label) == ("Sales", "Service")
    assert sales.stages[-1].metadata["isClosed"] == "true"


@pytest.mark.parametrize("kind", ["contacts", "companies", "deals", "tasks", "notes"])
def test_properties(http, kind):
    answer = http.get(f"/crm/properties/2026-09/{kind}")
    found = read(properties, answer, "CollectionResponsePropertyNoPaging").results
    assert all(one.name and one.label and one.group_name for one in found)
    assert {one.type for one in found} <= {
        "string", "number", "date", "datetime", "enumeration", "bool", "phone_number"
    }  # fmt: skip
