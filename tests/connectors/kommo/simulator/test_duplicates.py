"""Kommo's own duplicate control, as far as a client can see it."""

from __future__ import annotations

import pytest

from connectors.kommo.simulator import DuplicateRule, switch_off, switch_on
from tests.connectors.kommo.simulator.api import (
    ANNA,
    CONTACTED,
    FORM,
    INCOMING,
    LOST,
    NEW,
    SALES,
    SERVICE,
    TOPIC,
    WON,
    custom,
    person,
    tags_of,
    values_of,
)

CONTROL = "http://demo.kommo.test/_simulator/duplicates"
PHONE = "+1 415 555 0100"


def ada(phone="+14155550100", email="ada@example.org", **more):
    return {
        "name": "Ada",
        "custom_fields_values": [custom("PHONE", phone), custom("EMAIL", email)],
        **more,
    }


def lead(*, source="fw", contact=None, company=None, **more):
    embedded = {
        "metadata": FORM,
        "contacts": [contact or ada()],
        "companies": [company] if company else [],
    }
    if source:
        embedded["source"] = {"external_id": source, "type": "widget"}
    return {"name": "Form", **more, "_embedded": embedded}


@pytest.fixture
def known(api):
    """A source, and Ada with lead 5001 in Sales: known by phone and e-mail."""
    api.post("/sources", [{"name": "Formwire", "external_id": "fw"}])
    contact = ada(PHONE, "ADA@example.org")
    api.post(
        "/leads/complex",
        [{"name": "Old", "status_id": NEW, "_embedded": {"contacts": [contact]}}],
    )
    return api


def rule(api, **options):
    switch_on(api.simulator.store, DuplicateRule(source="fw", **options))


def send(api, *leads):
    return api.post("/leads/complex", list(leads) or [lead()])


def test_without_a_rule_every_request_is_new(known):
    [row] = send(known)
    assert (row["id"], row["contact_id"], row["merged"]) == (5002, 902, False)


@pytest.mark.parametrize(
    ("options", "more", "merged"),
    [
        ({}, {}, True),
        ({"pipeline": SALES}, {}, True),
        ({"pipeline": SERVICE}, {}, False),
        ({}, {"pipeline_id": SERVICE}, True),
        ({"pipeline": SALES}, {"pipeline_id": SERVICE}, False),
        ({}, {"source": None}, False),
        ({"email": False}, {"contact": ada(email="x@example.org")}, True),
        ({"phone": False}, {"contact": ada(phone="+1")}, True),
        ({"phone": False, "email": False}, {}, False),
        ({}, {"contact": ada("+1", "x@example.org")}, False),
        ({"pipelines": [SERVICE]}, {}, False),
        ({"pipelines": [SALES]}, {}, True),
        ({"statuses": [CONTACTED]}, {}, False),
        ({"statuses": [NEW]}, {}, True),
        ({}, {"contact": {"id": 901}}, True),
    ],
)
def test_a_lead_is_merged_when_rule_source_and_scope_fit(known, options, more, merged):
    rule(known, **options)
    [row] = send(known, lead(**more))
    assert row["merged"] is merged
    assert (row["id"] == 5001) is merged
    assert known.simulator.store.count("leads") == (1 if merged else 2)


@pytest.mark.parametrize("status", [WON, LOST])
def test_closed_leads_are_looked_at_only_when_the_rule_names_them(known, status):
    known.patch("/leads/5001", {"status_id": status, "pipeline_id": SALES})
    rule(known, statuses=(status,))
    assert send(known)[0]["merged"] is True
    rule(known)
    assert send(known)[0]["merged"] is False


def test_leads_are_compared_by_a_field_too(known):
    known.patch("/leads/5001", {"custom_fields_values": [custom(TOPIC, "Order 7")]})
    rule(known, email=False, phone=False, fields=(TOPIC,))
    contact = ada("+1", "x@example.org")
    other, same = (
        lead(contact=contact, custom_fields_values=[custom(TOPIC, topic)])
        for topic in ("Order 8", "order 7")
    )
    assert [row["merged"] for row in (*send(known, other), *send(known, same))] == [False, True]


def test_a_merge_updates_and_adds(known):
    rule(known)
    contact = ada(email="new@example.org")
    body = lead(contact=contact, company={"name": "Acme"}, price=5, status_id=CONTACTED)
    body["_embedded"]["tags"] = [{"name": "web"}]
    assert send(known, body) == [
        {"id": 5001, "contact_id": 901, "company_id": 77, "merged": True, "request_id": ["0"]}
    ]
    merged = known.get("/leads/5001?with=contacts,source_id")
    assert (merged["name"], merged["price"], merged["status_id"]) == ("Form", 5, NEW)
    assert merged["source_id"] is None
    assert tags_of(merged) == ["web"]
    assert merged["_embedded"]["companies"][0]["id"] == 77
    emails = values_of(known.get("/contacts/901"), 2003)
    assert emails == ["ADA@example.org", "new@example.org"]


def test_kept_data_takes_nothing_of_the_newcomer(known):
    rule(known, conflict="keep")
    before = known.get("/leads/5001")
    [row] = send(known, lead(company={"name": "Acme"}, price=5))
    assert (row["id"], row["contact_id"], row["company_id"]) == (5001, 901, None)
    assert known.get("/leads/5001") == before
    assert known.simulator.store.count("companies") == 0


@pytest.mark.parametrize(
    ("several", "id", "names"),
    [
        ("all", 5002, ["Form", "Form"]),
        ("newest", 5002, ["Old", "Form"]),
        ("create", 5003, ["Old", "Newer", "Form"]),
    ],
)
def test_several_duplicates(known, several, id, names):
    known.post("/leads", [{"name": "Newer", "_embedded": {"contacts": [{"id": 901}]}}])
    rule(known, several=several)
    [row] = send(known)
    assert (row["id"], row["merged"]) == (id, several != "create")
    assert [one["name"] for one in known.simulator.store.all("leads")] == names


def test_a_merge_may_make_a_task(known):
    rule(known, task="Call back", task_due_s=3600, task_user=ANNA)
    send(known)
    [task] = known.get("/tasks")["_embedded"]["tasks"]
    assert (task["text"], task["entity_id"]) == ("Call back", 5001)
    assert task["responsible_user_id"] == ANNA
    assert task["complete_till"] - task["created_at"] == 3600


def test_elements_of_one_request_are_not_compared(api):
    api.post("/sources", [{"name": "Formwire", "external_id": "fw"}])
    rule(api)
    assert [row["merged"] for row in send(api, lead(), lead())] == [False, False]
    # Both have a lead now; the newest takes the next two, which are answered as one.
    [row] = send(api, lead(request_id="a"), lead(request_id="b"))
    assert (row["id"], row["request_id"]) == (5002, ["a", "b"])


def test_a_lead_that_lost_its_contact_gets_the_new_one(known):
    known.patch("/leads/5001", {"custom_fields_values": [custom(TOPIC, "Order 7")]})
    unlink = [{"to_entity_id": 901, "to_entity_type": "contacts"}]
    assert known.call("POST", "/leads/5001/unlink", unlink).status_code == 204
    rule(known, fields=(TOPIC,))
    [row] = send(known, lead(custom_fields_values=[custom(TOPIC, "Order 7")]))
    assert (row["id"], row["contact_id"]) == (5001, 902)


def test_leads_that_are_not_complex_are_not_compared(known):
    rule(known)
    contact = known.add("contacts", person("Ada", PHONE))
    source = {"external_id": "fw", "type": "widget"}
    body = {"_embedded": {"contacts": [{"id": contact}], "source": source}}
    assert known.add("leads", body) == 5002


def test_rules_are_set_from_outside(known):
    body = {"source": "fw", "conflict": "keep", "fields": [TOPIC]}
    assert known.http.post(CONTROL, json=body).status_code == 201
    known.http.post(CONTROL, json={**body, "conflict": "update"})
    [shown] = known.http.get(CONTROL).json()
    assert (shown["source"], shown["conflict"], shown["fields"]) == ("fw", "update", [TOPIC])
    assert send(known)[0]["merged"] is True
    assert known.http.delete(CONTROL).status_code == 204
    assert known.http.get(CONTROL).json() == []


@pytest.mark.parametrize("body", [{}, {"source": "fw", "several": "some"}, {"sauce": "fw"}])
def test_a_mistaken_rule_is_refused(api, body):
    assert api.http.post(CONTROL, json=body).status_code == 400


def test_pages_of_other_sites_set_no_rules(api):
    evil = {"Origin": "https://mallory.test"}
    response = api.http.post(CONTROL, json={"source": "fw"}, headers=evil)
    assert response.status_code == 403


def test_rules_end_when_switched_off_or_reset(known):
    for end in (switch_off, lambda store: known.simulator.reset()):
        rule(known)
        end(known.simulator.store)
        assert known.http.get(CONTROL).json() == []


def test_the_pages_show_where_an_incoming_lead_comes_from(known):
    [row] = send(known)
    overview = known.http.get("http://demo.kommo.test/").text
    sheet = known.http.get(f"http://demo.kommo.test/leads/detail/{row['id']}").text
    assert "Incoming leads" in overview
    assert "from Callback" in overview
    assert "Formwire" in sheet
    assert known.get(f"/leads/{row['id']}")["status_id"] == INCOMING
