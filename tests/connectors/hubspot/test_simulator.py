"""The simulated HubSpot has the quirks of the real one, whoever calls it."""

import httpx
import pytest

from connectors.hubspot.simulator import create_simulator
from connectors.simulation import Fault, FaultKind
from tests.connectors.clock import Clock

CONTACTS = "/crm/objects/2026-09/contacts"
DEALS = "/crm/objects/2026-09/deals"


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def built(clock):
    return create_simulator(rate_limit=0, search_lag_s=30, now=clock.now)


@pytest.fixture
def simulator(built):
    built.reset()
    return built


@pytest.fixture
def http(simulator):
    return client(simulator)


def client(simulator, token="demo-token"):
    return httpx.Client(
        transport=httpx.WSGITransport(app=simulator),
        base_url="http://hubspot.test",
        headers={"Authorization": f"Bearer {token}"},
    )


def post(http, path, *inputs, **more):
    return http.post(path, json={"inputs": list(inputs), **more})


def contact(http, **properties):
    answer = http.post(CONTACTS, json={"properties": properties})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def search(http, *filters, path=CONTACTS, **more):
    return http.post(f"{path}/search", json={"filterGroups": [{"filters": list(filters)}], **more})


def eq(name, value, operator="EQ"):
    return {"propertyName": name, "operator": operator, "value": value}


# --- access ---


def test_without_the_key_nothing_is_told(simulator):
    answer = client(simulator, "wrong").get("/account-info/2026-09/details")
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_an_unknown_path_is_told_as_the_api_tells_it(http):
    answer = http.get("/crm/objects/v3/contacts/1")
    assert (answer.status_code, answer.json()["status"]) == (404, "error")


# --- values ---


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("amount", "1500.5", "1500.5"),
        ("newsletter", "true", "true"),
        ("wanted_date", "2026-12-01", "2026-12-01"),
        ("wanted_date", "1796083200000", "2026-12-01"),
        ("meeting_at", "1796113800000", "2026-12-01T08:30:00.000Z"),
        ("meeting_at", "2026-12-01T10:30:00+02:00", "2026-12-01T08:30:00.000Z"),
        ("product_line", "software", "software"),
        ("interests", "demo;prices", "demo;prices"),
        ("hubspot_owner_id", "4711", "4711"),
    ],
)
def test_values_are_kept_in_one_form(http, name, value, kept):
    properties = {"dealname": "D", "pipeline": "default", "dealstage": "closedwon", name: value}
    answer = http.post(DEALS, json={"properties": properties})
    assert answer.json()["properties"][name] == kept


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("amount", "1,500", "INVALID_NUMBER"),
        ("amount", 1500, "INVALID_STRING"),
        ("newsletter", "yes", "INVALID_BOOLEAN"),
        ("wanted_date", "1796113800000", "INVALID_DATE"),
        ("meeting_at", "2026-12-01T10:30:00", "INVALID_DATE"),
        ("product_line", "Software", "INVALID_OPTION"),
        ("interests", "demo;Prices", "INVALID_OPTION"),
        ("hubspot_owner_id", "81", "INVALID_OWNER_ID"),
        ("nowhere", "x", "PROPERTY_DOESNT_EXIST"),
        ("createdate", "x", "READ_ONLY_VALUE"),
        ("dealstage", "88210001", "INVALID_OPTION"),
        ("pipeline", "nowhere", "INVALID_OPTION"),
        ("dealname", "", "REQUIRED_FIELD"),
    ],
)
def test_values_that_do_not_fit_are_refused(http, name, value, code):
    properties = {"dealname": "D", "pipeline": "default", "dealstage": "closedwon", name: value}
    answer = http.post(DEALS, json={"properties": properties})
    assert answer.status_code == 400
    assert f'"error": "{code}", "name": "{name}"' in answer.json()["message"]


def test_a_leading_semicolon_appends(http):
    properties = {"dealname": "D", "pipeline": "default", "dealstage": "closedwon"}
    deal = http.post(DEALS, json={"properties": {**properties, "interests": "demo"}}).json()["id"]
    answer = http.patch(f"{DEALS}/{deal}", json={"properties": {"interests": ";prices"}})
    assert answer.json()["properties"]["interests"] == "demo;prices"


def test_an_empty_text_clears(http):
    ada = contact(http, firstname="Ada", jobtitle="Analyst")
    http.patch(f"{CONTACTS}/{ada}", json={"properties": {"jobtitle": ""}})
    read = http.get(f"{CONTACTS}/{ada}?properties=jobtitle,firstname").json()
    assert (read["properties"]["jobtitle"], read["properties"]["firstname"]) == (None, "Ada")


# --- duplicates ---


def test_an_address_is_one_contacts_alone_and_the_id_stands_in_the_text(http):
    ada = contact(http, email="Ada@Example.org")
    answer = http.post(CONTACTS, json={"properties": {"email": "ada@example.org"}})
    assert (answer.status_code, answer.json()["category"]) == (409, "CONFLICT")
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {ada}"


def test_a_further_address_counts_too(http, simulator):
    ada = contact(http, email="ada@example.org")
    record = simulator.store.get("contacts", int(ada))
    more = {**record["properties"], "hs_additional_emails": "a@x.test;al@example.org"}
    simulator.store.replace("contacts", {**record, "properties": more})
    answer = http.post(CONTACTS, json={"properties": {"email": "al@example.org"}})
    assert answer.status_code == 409
    read = http.get(f"{CONTACTS}/al@example.org?idProperty=email")
    assert read.json()["id"] == ada


def test_a_deleted_contacts_address_is_free(http):
    ada = contact(http, email="ada@example.org")
    http.delete(f"{CONTACTS}/{ada}")
    assert contact(http, email="ada@example.org") != ada


def test_a_unique_value_is_one_records_alone(http):
    contact(http, firstname="Ada", formwire_id="step-1")
    answer = http.post(CONTACTS, json={"properties": {"firstname": "Eve", "formwire_id": "step-1"}})
    assert (answer.status_code, "already has that value" in answer.json()["message"]) == (400, True)


# --- batches ---


def test_one_bad_row_fails_all_unless_each_has_a_trace(http, simulator):
    rows = [{"properties": {"firstname": "Ada"}}, {"properties": {"nowhere": "x"}}]
    assert post(http, f"{CONTACTS}/batch/create", *rows).status_code == 400
    assert simulator.store.count("contacts") == 0
    traced = [{**row, "objectWriteTraceId": str(at)} for at, row in enumerate(rows)]
    answer = post(http, f"{CONTACTS}/batch/create", *traced)
    body = answer.json()
    assert (answer.status_code, len(body["results"]), body["numErrors"]) == (207, 1, 1)
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["1"]}


def test_an_account_of_the_dated_kind_says_200_for_a_batch_in_part():
    http = client(create_simulator(rate_limit=0, multi_status=False))
    answer = post(http, f"{CONTACTS}/batch/read", {"id": "1"})
    assert (answer.status_code, answer.json()["numErrors"]) == (200, 1)


def test_an_upsert_creates_once_and_then_changes(http, simulator):
    row = {"id": "step-1", "idProperty": "formwire_id", "properties": {"firstname": "Ada"}}
    new = [
        post(http, f"{CONTACTS}/batch/upsert", row).json()["results"][0]["new"] for _ in range(2)
    ]
    assert (new, simulator.store.count("contacts")) == ([True, False], 1)


@pytest.mark.parametrize(
    "row",
    [
        {"id": "Ada", "idProperty": "firstname", "properties": {}},
        {
            "id": "s",
            "idProperty": "formwire_id",
            "properties": {"firstname": "A"},
            "associations": [],
        },
        {"id": "s", "idProperty": "formwire_id", "properties": {"nowhere": "x"}},
    ],
)
def test_an_upsert_with_a_bad_row_changes_nothing(http, simulator, row):
    good = {"id": "g", "idProperty": "formwire_id", "properties": {"firstname": "Eve"}}
    assert post(http, f"{CONTACTS}/batch/upsert", good, row).status_code == 400
    assert simulator.store.count("contacts") == 0


def test_a_change_by_e_mail_is_refused(http):
    contact(http, email="ada@example.org")
    row = {"id": "ada@example.org", "idProperty": "email", "properties": {"firstname": "Ada"}}
    answer = post(http, f"{CONTACTS}/batch/update", row)
    assert "non-unique 0-1 property email" in answer.json()["message"]


def test_who_is_missing_is_named_and_the_others_are_changed(http):
    ada = contact(http, firstname="Ada")
    rows = [{"id": id, "properties": {"firstname": "A."}} for id in (ada, "424242")]
    body = post(http, f"{CONTACTS}/batch/update", *rows).json()
    assert ([one["id"] for one in body["results"]], body["errors"][0]["context"]) == (
        [ada],
        {"ids": ["424242"]},
    )


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_up_to_a_hundred_rows(http, count):
    rows = [{"id": str(n)} for n in range(count)]
    assert post(http, f"{CONTACTS}/batch/read", *rows).status_code == 400


def test_after_a_merge_the_old_id_leads_to_the_other_record(http):
    ada, eve = contact(http, firstname="Ada"), contact(http, firstname="Eve", jobtitle="Spy")
    http.post(f"{CONTACTS}/merge", json={"primaryObjectId": ada, "objectIdToMerge": eve})
    (row,) = post(http, f"{CONTACTS}/batch/read", {"id": eve}, properties=["jobtitle"]).json()[
        "results"
    ]
    assert (row["id"], row["properties"]["jobtitle"]) == (ada, "Spy")


# --- searches ---


def test_a_search_does_not_see_what_is_new_but_a_read_does(http, clock):
    contact(http, email="ada@example.org")
    assert search(http, eq("email", "ada@example.org")).json()["total"] == 0
    assert http.get(f"{CONTACTS}/ada@example.org?idProperty=email").status_code == 200
    clock.sleep(30)
    assert search(http, eq("email", "ADA@example.org")).json()["total"] == 1


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        (eq("jobtitle", "ANALYST"), True),
        ({"propertyName": "jobtitle", "operator": "IN", "values": ["analyst"]}, True),
        ({"propertyName": "jobtitle", "operator": "IN", "values": ["Analyst"]}, False),
        (eq("lifecyclestage", "lead"), True),
        (eq("lifecyclestage", "Lead"), False),
        (eq("hs_searchable_calculated_phone_number", "4155550100"), True),
        (eq("hs_searchable_calculated_phone_number", "+14155550100"), False),
        (eq("hs_searchable_calculated_phone_number", "*5550100", "CONTAINS_TOKEN"), True),
        ({"propertyName": "lastname", "operator": "NOT_HAS_PROPERTY"}, True),
        ({"propertyName": "firstname", "operator": "HAS_PROPERTY"}, True),
        (eq("date_of_birth", "660000000000", "GT"), True),
        (eq("firstname", "Eve", "NEQ"), True),
    ],
)
def test_filters(http, clock, filter, found):
    contact(
        http,
        firstname="Ada",
        jobtitle="Analyst",
        lifecyclestage="lead",
        phone="+1 (415) 555-0100",
        date_of_birth="1990-12-10",
    )
    clock.sleep(30)
    assert search(http, filter).json()["total"] == found


@pytest.mark.parametrize(
    "body",
    [
        {"filterGroups": [{"filters": [eq("firstname", "x" * 3000)]}]},
        {"filterGroups": [{"filters": [eq("firstname", "x")]}] * 6},
        {"filterGroups": [{"filters": [eq("firstname", "x")] * 7}]},
        {"filterGroups": [{"filters": [eq("firstname", "x")] * 5}] * 4},
        {"filterGroups": [{"filters": [eq("nowhere", "x")]}]},
        {"filterGroups": [{"filters": [eq("firstname", "x", "LIKE")]}]},
        {"filterGroups": [{"filters": [{"propertyName": "firstname", "operator": "IN"}]}]},
        {"limit": 201},
        {"limit": 200, "after": "9900"},
    ],
)
def test_a_search_beyond_its_limits_is_refused(http, body):
    assert http.post(f"{CONTACTS}/search", json=body).status_code == 400


def test_a_search_is_paged(http, clock):
    ids = [contact(http, firstname="Ada") for _ in range(3)]
    clock.sleep(30)
    first = search(http, eq("firstname", "Ada"), limit=2).json()
    rest = search(http, eq("firstname", "Ada"), limit=2, after=first["paging"]["next"]["after"])
    assert [one["id"] for page in (first, rest.json()) for one in page["results"]] == ids


def test_searches_have_a_limit_of_their_own_without_headers(clock):
    http = client(create_simulator(rate_limit=100, now=clock.now))
    answers = [search(http, eq("firstname", "x")) for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert not any(name.lower().startswith("x-hubspot-ratelimit") for name in answers[5].headers)
    assert answers[5].json()["message"] == "You have reached your secondly limit."


def test_the_limit_of_all_calls_says_its_interval_and_not_how_long_to_wait(clock):
    http = client(create_simulator(rate_limit=1, now=clock.now))
    answer = [http.get("/crm/owners/2026-09") for _ in range(2)][1]
    assert (answer.status_code, answer.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert "Retry-After" not in answer.headers


# --- associations ---


def test_associations_are_read_from_either_end(http):
    ada = contact(http, firstname="Ada")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]
    properties = {"dealname": "D", "pipeline": "default", "dealstage": "closedwon"}
    body = {"properties": properties, "associations": [{"to": {"id": ada}, "types": types}]}
    deal = http.post(DEALS, json=body).json()["id"]
    for here, there, source, target in [
        ("contacts", "deals", ada, deal),
        ("deals", "contacts", deal, ada),
    ]:
        path = f"/crm/associations/2026-09/{here}/{there}/batch/read"
        (row,) = post(http, path, {"id": source}).json()["results"]
        assert (row["from"]["id"], row["to"][0]["toObjectId"]) == (source, int(target))


def test_nothing_associated_is_an_error_of_its_row(http):
    ada = contact(http, firstname="Ada")
    path = "/crm/associations/2026-09/contacts/deals/batch/read"
    (error,) = post(http, path, {"id": ada}).json()["errors"]
    assert error["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


@pytest.mark.parametrize(("id", "type"), [("424242", 3), (None, 279)])
def test_an_association_that_cannot_be_fails_the_record(http, simulator, id, type):
    ada = contact(http, firstname="Ada")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type}]
    properties = {"dealname": "D", "pipeline": "default", "dealstage": "closedwon"}
    body = {"properties": properties, "associations": [{"to": {"id": id or ada}, "types": types}]}
    assert http.post(DEALS, json=body).status_code in (400, 404)
    assert simulator.store.count("deals") == 0


# --- accidents, and what people see ---


def test_what_happened_outlives_a_restart(tmp_path):
    path = tmp_path / "state"
    contact(client(create_simulator(rate_limit=0, state_file=path)), email="ada@example.org")
    http = client(create_simulator(rate_limit=0, state_file=path))
    answer = http.post(CONTACTS, json={"properties": {"email": "ada@example.org"}})
    assert answer.status_code == 409


@pytest.mark.parametrize("status", [400, 401, 402, 403])
def test_a_refusal_is_said_as_hubspot_says_it(http, simulator, status):
    simulator.faults.add(Fault(FaultKind.REFUSE, status=status))
    answer = http.get("/crm/owners/2026-09")
    assert (answer.status_code, answer.json()["status"]) == (status, "error")


def test_people_see_boards_and_records(http):
    ada = contact(
        http, firstname="Ada", phone="+14155550100", formwire_tags="web;ads", about="a<br>b"
    )
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]
    properties = {
        "dealname": "Chairs",
        "pipeline": "default",
        "dealstage": "qualifiedtobuy",
        "amount": "1500",
        "hubspot_owner_id": "4712",
        "meeting_at": "2026-12-01T08:30:00Z",
        "interests": "demo;prices",
    }
    body = {"properties": properties, "associations": [{"to": {"id": ada}, "types": types}]}
    deal = http.post(DEALS, json=body).json()["id"]
    note = {"hs_timestamp": "1796113800000", "hs_note_body": "Asked &amp; answered"}
    about = [{"to": {"id": ada}, "types": [{**types[0], "associationTypeId": 202}]}]
    notes = "/crm/objects/2026-09/notes"
    http.post(notes, json={"properties": note, "associations": about})
    task = {"hs_timestamp": "1796113800000", "hs_task_subject": "Call", "hs_task_type": "CALL"}
    about = [{"to": {"id": deal}, "types": [{**types[0], "associationTypeId": 216}]}]
    http.post("/crm/objects/2026-09/tasks", json={"properties": task, "associations": about})
    front = http.get("/").text
    for words in ("Sales", "Negotiation", "Chairs", "1,500 UAH", "Call, due 01.12.2026 10:30"):
        assert words in front
    sheet = http.get(f"/contacts/31000002/record/0-1/{ada}").text
    for words in ("Ada", "web", "ads", "Asked &amp; answered", "Chairs"):
        assert words in sheet
    sheet = http.get(f"/contacts/31000002/record/0-3/{deal}").text
    for words in ("Contacted", "Anna", "01.12.2026 10:30", "Demo, Prices", "Ada"):
        assert words in sheet
    assert http.get("/contacts/31000002/record/0-1/424242").status_code == 404
