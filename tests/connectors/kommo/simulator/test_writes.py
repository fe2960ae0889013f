"""Creates and updates: what is accepted, what is refused, what is stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.connectors.kommo.simulator.api import (
    ADDRESS,
    ANNA,
    BIRTHDAY,
    CONTACTED,
    DELIVERY_COST,
    HARDWARE,
    INCOMING,
    INTERESTS,
    LOST,
    MEETING_AT,
    NEW,
    NEWSLETTER,
    PREFERRED,
    PRODUCT_LINE,
    SALES,
    SEATS,
    SERVICE,
    SERVICE_NEW,
    SOFTWARE,
    TOPIC,
    WANTED_DATE,
    WON,
    custom,
    tags_of,
    values_of,
)


@pytest.mark.parametrize(("request_id", "echo"), [({}, "0"), ({"request_id": "s-1"}, "s-1")])
def test_a_write_answer_is_thin_and_echoes_the_request_id(api, request_id, echo):
    [row] = api.post("/leads", [{"name": "Form", **request_id}])["_embedded"]["leads"]
    link = {"self": {"href": "http://demo.kommo.test/api/v4/leads/5001"}}
    assert row == {"id": 5001, "request_id": echo, "_links": link}


def test_an_update_answers_with_its_time(api, clock):
    id = api.add("leads", {"name": "Form"})
    clock.sleep(5)
    answer = api.patch(f"/leads/{id}", {"name": "New"})
    assert (answer["id"], answer["updated_at"]) == (id, int(clock.now()))
    [row] = api.patch("/leads", [{"id": id, "price": 5}])["_embedded"]["leads"]
    assert (row["id"], row["updated_at"], row["request_id"]) == (id, int(clock.now()), "0")


def test_a_bad_element_refuses_the_whole_array(api):
    body = [{"name": "fine"}, {"price": "5"}, {"responsible_user_id": 1, "request_id": "s-3"}]
    assert api.errors("POST", "/leads", body) == [
        ("1", "InvalidType", "price"),
        ("s-3", "NotSupportedChoice", "responsible_user_id"),
    ]
    assert api.simulator.store.count("leads") == 0
    assert api.simulator.store.truth == []


@pytest.mark.parametrize(
    ("entity", "body", "code", "path"),
    [
        ("leads", {"name": 5}, "InvalidType", "name"),
        ("leads", {"price": 10.5}, "InvalidType", "price"),
        ("leads", {"price": True}, "InvalidType", "price"),
        ("leads", {"pipeline_id": 1}, "NotSupportedChoice", "pipeline_id"),
        ("leads", {"status_id": 1}, "NotSupportedChoice", "status_id"),
        ("leads", {"pipeline_id": SERVICE, "status_id": NEW}, "NotSupportedChoice", "status_id"),
        ("leads", {"status_id": INCOMING}, "NotSupportedChoice", "status_id"),
        ("leads", {"loss_reason_id": 4001}, "NotSupportedChoice", "loss_reason_id"),
        (
            "leads",
            {"status_id": LOST, "loss_reason_id": 1},
            "NotSupportedChoice",
            "loss_reason_id",
        ),
        (
            "leads",
            {"_embedded": {"contacts": [{"id": 1}]}},
            "NotSupportedChoice",
            "_embedded.contacts.0.id",
        ),
        (
            "leads",
            {"_embedded": {"contacts": [{"name": "Ada"}]}},
            "FieldMissing",
            "_embedded.contacts.0.id",
        ),
        (
            "leads",
            {"_embedded": {"tags": [{"id": 1}]}},
            "NotSupportedChoice",
            "_embedded.tags.0.id",
        ),
        ("leads", {"tags_to_add": [{}]}, "FieldMissing", "tags_to_add.0.name"),
        (
            "leads",
            {"_embedded": {"source": {"external_id": "x"}}},
            "NotSupportedChoice",
            "_embedded.source.external_id",
        ),
        ("contacts", {"first_name": None}, "InvalidType", "first_name"),
        ("companies", {"created_at": "today"}, "InvalidType", "created_at"),
        ("companies", {"created_at": 2**32}, "InvalidType", "created_at"),
    ],
)
def test_a_mistake_is_named(api, entity, body, code, path):
    assert api.errors("POST", f"/{entity}", [body]) == [("0", code, path)]


@pytest.mark.parametrize(
    ("entity", "item", "code", "path"),
    [
        ("leads", custom(1, "x"), "NotSupportedChoice", "field_id"),
        ("leads", custom("PHONE", "1"), "NotSupportedChoice", "field_code"),
        ("contacts", custom(TOPIC, "x"), "NotSupportedChoice", "field_id"),
        ("leads", {"values": []}, "FieldMissing", "field_id"),
        ("leads", {"field_id": TOPIC}, "FieldMissing", "values"),
        ("leads", {"field_id": TOPIC, "values": []}, "InvalidType", "values"),
        ("leads", custom(TOPIC, 5), "InvalidType", "values.0.value"),
        ("leads", custom(TOPIC, "a", "b"), "InvalidType", "values"),
        ("leads", custom(SEATS, "many"), "InvalidType", "values.0.value"),
        ("leads", custom(NEWSLETTER, "yes"), "InvalidType", "values.0.value"),
        ("leads", custom(WANTED_DATE, "tomorrow"), "InvalidType", "values.0.value"),
        ("leads", custom(WANTED_DATE, 2**32), "InvalidType", "values.0.value"),
        ("leads", custom(PRODUCT_LINE, "Bears"), "NotSupportedChoice", "values.0.value"),
        ("leads", custom(PRODUCT_LINE, {"enum_id": 1}), "NotSupportedChoice", "values.0.enum_id"),
        ("leads", custom(INTERESTS, "Demo", "Tea"), "NotSupportedChoice", "values.1.value"),
        (
            "contacts",
            custom("PHONE", {"value": "1", "enum_code": "PRIV"}),
            "NotSupportedChoice",
            "values.0.enum_code",
        ),
    ],
)
def test_a_mistaken_custom_field_is_named(api, entity, item, code, path):
    errors = api.errors("POST", f"/{entity}", [{"custom_fields_values": [item]}])
    assert errors == [("0", code, f"custom_fields_values.0.{path}")]


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("entity", "field", "sent", "stored"),
    [
        ("leads", TOPIC, "Demo", {"value": "Demo"}),
        ("leads", "UTM_SOURCE", "google", {"value": "google"}),
        ("leads", SEATS, 12.5, {"value": "12.5"}),
        ("leads", DELIVERY_COST, "99.90", {"value": "99.90"}),
        ("leads", NEWSLETTER, True, {"value": True}),
        (
            "leads",
            PRODUCT_LINE,
            {"value": "Software"},
            {"value": "Software", "enum_id": SOFTWARE, "enum_code": None},
        ),
        (
            "leads",
            PRODUCT_LINE,
            {"enum_id": HARDWARE},
            {"value": "Hardware", "enum_id": HARDWARE, "enum_code": None},
        ),
        (
            "contacts",
            PREFERRED,
            "E-mail",
            {"value": "E-mail", "enum_id": 210202, "enum_code": None},
        ),
        ("leads", MEETING_AT, 1_800_000_123, {"value": 1_800_000_123}),
        ("leads", MEETING_AT, "2026-12-01T10:00:00+02:00", {"value": utc("2026-12-01T08:00")}),
        # Midnight UTC comes back as midnight in Kyiv, two hours earlier in winter.
        ("leads", WANTED_DATE, utc("2026-12-01T00:00"), {"value": utc("2026-11-30T22:00")}),
        ("contacts", BIRTHDAY, utc("1990-07-01T00:00"), {"value": utc("1990-06-30T20:00")}),
        ("contacts", BIRTHDAY, utc("1965-07-01T00:00"), {"value": utc("1965-06-30T21:00")}),
        (
            "contacts",
            "PHONE",
            "+1 (415) 555-01-00",
            {"value": "+1 (415) 555-01-00", "enum_id": 200201, "enum_code": "WORK"},
        ),
        (
            "contacts",
            "EMAIL",
            {"value": "ada@acme.test", "enum_code": "PRIV"},
            {"value": "ada@acme.test", "enum_id": 200302, "enum_code": "PRIV"},
        ),
        (
            "contacts",
            ADDRESS,
            {"value": "Kyiv", "enum_code": "city"},
            {"value": "Kyiv", "enum_id": 3, "enum_code": "city"},
        ),
    ],
)
def test_a_value_is_stored_as(api, entity, field, sent, stored):
    id = api.add(entity, {"custom_fields_values": [custom(field, sent)]})
    [filled] = api.get(f"/{entity}/{id}")["custom_fields_values"]
    assert filled["values"] == [stored]


def test_custom_fields_are_null_when_there_are_none(api):
    id = api.add("contacts", {"name": "Ada"})
    assert api.get(f"/contacts/{id}")["custom_fields_values"] is None
    api.patch(f"/contacts/{id}", {"custom_fields_values": [custom("POSITION", "CTO")]})
    api.patch(f"/contacts/{id}", {"custom_fields_values": [{"field_id": 2001, "values": None}]})
    assert api.get(f"/contacts/{id}")["custom_fields_values"] is None


def test_an_update_leaves_unnamed_fields_and_replaces_multitext(api):
    fields = [custom("PHONE", "1", "2"), custom("POSITION", "CTO")]
    id = api.add("contacts", {"name": "Ada", "custom_fields_values": fields})
    api.patch(f"/contacts/{id}", {"custom_fields_values": [custom("PHONE", "3")]})
    contact = api.get(f"/contacts/{id}")
    assert (values_of(contact, 2002), values_of(contact, 2001)) == (["3"], ["CTO"])
    assert contact["name"] == "Ada"


@pytest.mark.parametrize(
    ("change", "tags"),
    [
        ({}, ["web", "demo"]),
        ({"_embedded": {"tags": [{"name": "new"}]}}, ["new"]),
        ({"_embedded": {"tags": None}}, []),
        ({"tags_to_add": [{"name": "new"}]}, ["web", "demo", "new"]),
        ({"tags_to_add": [{"id": 1}]}, ["web", "demo"]),
        ({"tags_to_delete": [{"name": "web"}, {"id": 2}, {"name": "unknown"}]}, []),
    ],
)
def test_tags_are_replaced_by_embedded_and_added_by_tags_to_add(api, change, tags):
    named = {"_embedded": {"tags": [{"name": "web"}, {"name": "demo"}]}}
    id = api.add("leads", {"name": "Form", **named})
    api.patch(f"/leads/{id}", {"price": 1, **change})
    assert tags_of(api.get(f"/leads/{id}")) == tags


def test_tag_ids_are_per_entity_type(api):
    api.post("/contacts/tags", [{"name": "web"}])
    api.post("/leads/tags", [{"name": "vip"}, {"name": "web"}, {"name": "vip"}])
    assert api.ids("/leads/tags") == [1, 2]
    assert api.ids("/leads/tags?query=WE") == [2]
    assert api.ids("/leads/tags?filter[name]=vip") == [1]
    assert api.ids("/contacts/tags") == [1]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"name": "Ada Lovelace"}, ("Ada Lovelace", "Ada Lovelace", "")),
        ({"first_name": "Ada", "last_name": "Lovelace"}, ("Ada Lovelace", "Ada", "Lovelace")),
        ({"first_name": "Ada"}, ("Ada", "Ada", "")),
    ],
)
def test_a_contacts_name_is_made_of_its_parts(api, body, names):
    contact = api.get(f"/contacts/{api.add('contacts', body)}")
    assert (contact["name"], contact["first_name"], contact["last_name"]) == names


def test_minor_units_allow_decimals(start):
    api = start(minor_units=True)
    assert api.get(f"/leads/{api.add('leads', {'price': 10.5})}")["price"] == 10.5


def test_the_context_user_is_the_author(api):
    api.http.headers["X-Context-User-ID"] = str(ANNA)
    lead = api.get(f"/leads/{api.add('leads', {'name': 'Form'})}")
    assert (lead["created_by"], lead["responsible_user_id"]) == (ANNA, ANNA)


@pytest.mark.parametrize(
    ("body", "pipeline", "status"),
    [
        ({"name": "x"}, SALES, NEW),
        ({"pipeline_id": SERVICE}, SERVICE, SERVICE_NEW),
        ({"status_id": SERVICE_NEW}, SERVICE, SERVICE_NEW),
        ({"status_id": WON}, SALES, WON),
        ({"pipeline_id": SERVICE, "status_id": WON}, SERVICE, WON),
    ],
)
def test_a_new_lead_starts_in(api, body, pipeline, status):
    lead = api.get(f"/leads/{api.add('leads', body)}")
    assert (lead["pipeline_id"], lead["status_id"]) == (pipeline, status)


def test_closing_and_reopening_a_lead(api, clock):
    id = api.add("leads", {"pipeline_id": SERVICE})
    api.patch(f"/leads/{id}", {"status_id": LOST, "loss_reason_id": 4001})
    lead = api.get(f"/leads/{id}?with=loss_reason")
    assert (lead["pipeline_id"], lead["closed_at"]) == (SERVICE, int(clock.now()))
    assert lead["_embedded"]["loss_reason"][0]["name"] == "Too expensive"
    api.patch(f"/leads/{id}", {"pipeline_id": SALES, "status_id": CONTACTED})
    lead = api.get(f"/leads/{id}")
    assert (lead["status_id"], lead["closed_at"], lead["loss_reason_id"]) == (CONTACTED, None, None)
