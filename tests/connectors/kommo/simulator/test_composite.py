"""A lead with its contact and company in one call."""

from __future__ import annotations

import pytest

from tests.connectors.kommo.simulator.api import (
    CONTACTED,
    FORM,
    INCOMING,
    SERVICE,
    SERVICE_INCOMING,
    SERVICE_NEW,
    custom,
    links_of,
    person,
    tags_of,
)


def test_complex_creates_and_links_all_three_and_answers_a_bare_array(api):
    body = {
        "name": "Form #12",
        "_embedded": {
            "contacts": [person("Ada", "+1 415")],
            "companies": [{"name": "Acme"}],
            "tags": [{"name": "web"}],
        },
        "request_id": "s-1",
    }
    assert api.post("/leads/complex", [body]) == [
        {
            "id": 5001,
            "contact_id": 901,
            "company_id": 77,
            "request_id": ["s-1"],
            "merged": False,
        }
    ]
    lead = api.get("/leads/5001?with=contacts")
    assert tags_of(lead) == ["web"]
    assert lead["_embedded"]["contacts"][0]["is_main"] is True
    assert lead["_embedded"]["companies"][0]["id"] == 77
    assert links_of(api, "/contacts/901") == [("companies", 77, None)]


@pytest.mark.parametrize(
    ("contact", "company", "linked"),
    [
        ({"id": 901}, None, [("contacts", 901)]),
        (None, {"id": 77}, []),  # the quirk: an existing company is not linked
        ({"id": 901}, {"id": 77}, [("contacts", 901)]),
        ({"id": 901}, {"name": "New"}, [("contacts", 901), ("companies", 79)]),
        ({"name": "New"}, {"id": 77}, [("contacts", 903)]),
        (None, None, []),
    ],
)
def test_complex_with_existing_people_links(family, contact, company, linked):
    embedded = {
        "contacts": [contact] if contact else [],
        "companies": [company] if company else [],
    }
    [row] = family.post("/leads/complex", [{"_embedded": embedded}])
    expected = [(kind, id) for kind, id, _ in links_of(family, f"/leads/{row['id']}")]
    assert expected == linked
    assert (row["contact_id"] is None) == (contact is None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, INCOMING),
        ({"status_id": CONTACTED}, INCOMING),
        ({"pipeline_id": SERVICE}, SERVICE_INCOMING),
    ],
)
def test_metadata_makes_an_incoming_lead(api, body, status):
    embedded = {"metadata": FORM, "contacts": [person("Ada")]}
    [row] = api.post("/leads/complex", [{**body, "_embedded": embedded}])
    assert api.get(f"/leads/{row['id']}")["status_id"] == status
    assert api.get(f"/contacts/{row['contact_id']}")["is_unsorted"] is True
    api.patch(f"/leads/{row['id']}", {"price": 5})
    assert api.get(f"/leads/{row['id']}")["status_id"] == status


@pytest.mark.parametrize(
    ("embedded", "code", "path"),
    [
        (
            {"contacts": [{"name": 1}]},
            "InvalidType",
            "_embedded.contacts.0.name",
        ),
        ({"contacts": [{"id": 5}]}, "NotSupportedChoice", "_embedded.contacts.0.id"),
        ({"contacts": [{}, {}]}, "InvalidType", "_embedded.contacts"),
        ({"metadata": {"category": "mail"}}, "NotSupportedChoice", "_embedded.metadata.category"),
        (
            {"metadata": {**FORM, "form_page": None}},
            "FieldMissing",
            "_embedded.metadata.form_page",
        ),
        (
            {
                "companies": [
                    {"custom_fields_values": [custom("PHONE", {"enum_id": 1, "value": "1"})]}
                ]
            },
            "NotSupportedChoice",
            "_embedded.companies.0.custom_fields_values.0.values.0.enum_id",
        ),
        (
            {"contacts": [{"custom_fields_values": [custom("PHONE", "1")] * 41}]},
            "InvalidType",
            "_embedded.contacts.0.custom_fields_values",
        ),
    ],
)
def test_a_mistake_in_complex_is_named(api, embedded, code, path):
    body = [{"name": "fine"}, {"_embedded": embedded}]
    assert api.errors("POST", "/leads/complex", body) == [("1", code, path)]
    assert api.simulator.store.count("leads") == 0


def test_a_sources_pipeline_counts_when_none_is_named(api):
    body = [{"name": "Formwire", "external_id": "fw", "pipeline_id": SERVICE}]
    api.post("/sources", body)
    source = {"source": {"external_id": "fw", "type": "widget"}}
    [row] = api.post("/leads/complex", [{"_embedded": source}])
    lead = api.get(f"/leads/{row['id']}?with=source_id")
    assert (lead["pipeline_id"], lead["status_id"], lead["source_id"]) == (SERVICE, SERVICE_NEW, 1)
    assert api.call("DELETE", "/sources/1").status_code == 204
    assert api.get("/sources") is None
