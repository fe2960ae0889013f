"""Links between leads, contacts and companies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.kommo.simulator.api import GRACE, links_of


def to(kind: str, id: int, **metadata: Any) -> list[dict[str, Any]]:
    body = {"to_entity_type": kind, "to_entity_id": id}
    return [{**body, "metadata": metadata} if metadata else body]


def test_a_lead_has_exactly_one_main_contact(family):
    family.post("/leads/5001/link", to("contacts", 901))
    family.post("/leads/5001/link", to("contacts", 902))
    main, other = {"main_contact": True}, {"main_contact": False}
    assert links_of(family, "/leads/5001") == [("contacts", 901, main), ("contacts", 902, other)]
    family.post("/leads/5001/unlink", to("contacts", 901))
    assert links_of(family, "/leads/5001") == [("contacts", 902, main)]
    family.post("/leads/5001/link", to("contacts", 901, is_main=True))
    assert sorted(links_of(family, "/leads/5001"))[0] == ("contacts", 901, main)


@pytest.mark.parametrize("path", ["/leads/5001", "/contacts/901"])
def test_a_second_company_takes_the_place_of_the_first(family, path):
    family.post(f"{path}/link", to("companies", 77))
    family.post(f"{path}/link", to("companies", 78))
    assert links_of(family, path) == [("companies", 78, None)]


def test_linking_a_linked_pair_again_fails_with_500(family):
    family.post("/leads/5001/link", to("contacts", 901))
    response = family.call("POST", "/leads/5001/link", to("contacts", 901))
    assert response.status_code == 500
    assert response.json()["title"] == "ErrInternalServer"
    assert family.call("POST", "/leads/5001/unlink", to("contacts", 901)).status_code == 204
    assert family.call("POST", "/leads/5001/unlink", to("contacts", 901)).status_code == 204


@pytest.mark.parametrize(
    ("path", "body", "code", "where"),
    [
        ("/leads/5001/link", to("contacts", 5), "NotSupportedChoice", "to_entity_id"),
        ("/leads/5001/link", to("users", GRACE), "NotSupportedChoice", "to_entity_type"),
        ("/contacts/901/link", to("leads", 5001), "NotSupportedChoice", "to_entity_type"),
        ("/leads/link", to("contacts", 901), "FieldMissing", "entity_id"),
    ],
)
def test_a_mistaken_link_is_named(family, path, body, code, where):
    assert ("0", code, where) in family.errors("POST", path, body)


def test_many_links_in_one_call(family):
    body = [{"entity_id": 5001, **to("contacts", id)[0]} for id in (901, 902)]
    family.post("/leads/link", body)
    answer = family.get("/leads/links?filter[entity_id][]=5001&filter[entity_id][]=9")
    assert [row["to_entity_id"] for row in answer["_embedded"]["links"]] == [901, 902]
    assert family.call("POST", "/leads/unlink", body).status_code == 204
    assert links_of(family, "/leads/5001") == []


def test_with_shows_what_is_linked(family):
    family.post("/leads/5001/link", [*to("contacts", 901), *to("companies", 77)])
    lead = family.get("/leads/5001?with=contacts")["_embedded"]
    assert [(one["id"], one["is_main"]) for one in lead["contacts"]] == [(901, True)]
    assert [one["id"] for one in lead["companies"]] == [77]
    assert "contacts" not in family.get("/leads/5001")["_embedded"]
    contact = family.get("/contacts/901?with=leads")["_embedded"]
    assert [one["id"] for one in contact["leads"]] == [5001]
    company = family.get("/companies/77?with=leads,contacts")["_embedded"]
    assert ([one["id"] for one in company["leads"]], company["contacts"]) == ([5001], [])


def test_a_new_lead_is_linked_with_existing_people(family):
    embedded = {"contacts": [{"id": 902}, {"id": 901, "is_main": True}], "companies": [{"id": 77}]}
    id = family.add("leads", {"_embedded": embedded})
    contacts = family.get(f"/leads/{id}?with=contacts")["_embedded"]["contacts"]
    assert {one["id"]: one["is_main"] for one in contacts} == {901: True, 902: False}
