"""What the demo account offers, and that it outlives a restart."""

from __future__ import annotations

import pytest

from tests.connectors.kommo.simulator.api import (
    INCOMING,
    LOST,
    SERVICE,
    SERVICE_INCOMING,
    TOPIC,
    WON,
    custom,
    person,
    tags_of,
    values_of,
)


def test_the_account_shows_what_it_is_asked_for(api):
    account = api.get("/account?with=task_types,datetime_settings,amojo_id")
    assert (account["subdomain"], account["name"], account["currency"]) == (
        "demo",
        "Demo Kommo",
        "UAH",
    )
    settings = account["_embedded"]["datetime_settings"]
    assert (settings["timezone"], settings["timezone_offset"]) == ("Europe/Kyiv", "+02:00")
    names = [type["name"] for type in account["_embedded"]["task_types"]]
    assert names == ["Follow-up", "Meeting", "Send proposal"]
    assert "amojo_id" in account
    assert "_embedded" not in api.get("/account")


def test_pipelines_have_their_system_stages(api):
    [sales, service] = api.get("/leads/pipelines")["_embedded"]["pipelines"]
    assert (sales["name"], sales["is_main"], service["name"]) == ("Sales", True, "Service")
    stages = [(one["id"], one["name"], one["type"]) for one in sales["_embedded"]["statuses"]]
    assert stages[0] == (INCOMING, "Incoming leads", 1)
    assert [name for _, name, _ in stages[1:4]] == ["New request", "Contacted", "Negotiation"]
    assert stages[4:] == [(WON, "Closed - won", 0), (LOST, "Closed - lost", 0)]
    assert [one["id"] for one in service["_embedded"]["statuses"]][-2:] == [WON, LOST]
    assert api.ids(f"/leads/pipelines/{SERVICE}/statuses")[0] == SERVICE_INCOMING


def test_users_and_loss_reasons_are_listed(api):
    users = api.get("/users")["_embedded"]["users"]
    rows = {user["name"]: (user["email"], user["rights"]["is_admin"]) for user in users}
    assert rows["Anna"] == ("anna@acme.test", False)
    assert rows["Grace"][1] is True
    assert len(rows) == 3
    assert api.ids("/leads/loss_reasons") == [4001, 4002]


@pytest.mark.parametrize(
    ("entity", "code", "type"),
    [
        ("leads", "UTM_SOURCE", "tracking_data"),
        ("leads", "GCLID", "tracking_data"),
        ("contacts", "PHONE", "multitext"),
        ("contacts", "IM", "multitext"),
        ("contacts", "POSITION", "text"),
        ("companies", "WEB", "url"),
        ("companies", "ADDRESS", "textarea"),
    ],
)
def test_predefined_fields_have_codes(api, entity, code, type):
    fields = api.get(f"/{entity}/custom_fields?limit=250")["_embedded"]["custom_fields"]
    assert [field["type"] for field in fields if field["code"] == code] == [type]


def test_custom_fields_come_in_pages(api):
    first = api.get("/leads/custom_fields?limit=20")
    assert first["_total_items"] == 30
    assert len(first["_embedded"]["custom_fields"]) == 20
    second = api.get(first["_links"]["next"]["href"])
    assert len(second["_embedded"]["custom_fields"]) == 10


def test_an_administrator_adds_a_field(api):
    body = {"name": "Size", "type": "select", "enums": [{"value": "S"}, {"value": "M"}]}
    answer = api.post("/contacts/custom_fields", [body])
    [made] = answer["_embedded"]["custom_fields"]
    assert [option["value"] for option in made["enums"]] == ["S", "M"]
    id = api.add("contacts", {"custom_fields_values": [custom(made["id"], "M")]})
    assert values_of(api.get(f"/contacts/{id}"), made["id"]) == ["M"]


def test_a_removed_field_is_refused_from_then_on(api):
    api.simulator.store.delete("leads/custom_fields", TOPIC)
    body = [{"custom_fields_values": [custom(TOPIC, "x")]}]
    assert api.errors("POST", "/leads", body)[0][1] == "NotSupportedChoice"


def test_a_restart_keeps_the_account(start, tmp_path):
    path = tmp_path / "kommo.jsonl"
    body = {"_embedded": {"contacts": [person("Ada", "1")], "tags": [{"name": "web"}]}}
    start(state_file=path).post("/leads/complex", [body])
    api = start(state_file=path)
    lead = api.get("/leads/5001?with=contacts")
    assert (lead["_embedded"]["contacts"][0]["id"], tags_of(lead)) == (901, ["web"])
    assert api.ids("/contacts?query=ada") == [901]
