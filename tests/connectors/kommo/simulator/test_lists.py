"""Queries, filters, order and pages, with what Kommo ignores."""

from __future__ import annotations

import pytest

from tests.connectors.clock import Clock
from tests.connectors.kommo.simulator.api import (
    ANNA,
    MARKER,
    MEETING_AT,
    NEWSLETTER,
    PRODUCT_LINE,
    SALES,
    SEATS,
    SERVICE,
    SOFTWARE,
    WON,
    Api,
    custom,
    person,
)


@pytest.fixture
def people(api: Api) -> Api:
    """Contacts 901 to 904."""
    api.add(
        "contacts",
        person("Ada Lovelace", "+380 67 123-45-67"),
        person("Boris", "+380671234567", responsible_user_id=ANNA),
        person("Виктор", custom_fields_values=[custom("EMAIL", "Viktor@Acme.test")]),
        person("Room 4567"),
    )
    return api


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lovelace", [901]),
        ("LOVE", [901]),
        ("виктор", [903]),
        ("viktor@acme.test", [903]),
        ("671234567", [902]),  # phones are searched as they were typed
        ("4567", [902, 904]),  # digits of other fields are found too
        ("45-67", [901]),
        ("902", [902]),
        ("nobody", []),
        ("", [901, 902, 903, 904]),
    ],
)
def test_query_is_fuzzy_and_normalises_nothing(people, query, found):
    assert people.ids(f"/contacts?query={query}") == found


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ("filter[id]=902", [902]),
        ("filter[id][]=904&filter[id][]=901&filter[id][]=5", [901, 904]),
        ("filter[id][0]=904&filter[id][1]=901", [901, 904]),
        ("filter[name]=Boris", [902]),
        ("filter[name]=Bor", []),
        (f"filter[responsible_user_id][]={ANNA}", [902]),
        ("filter[unheard_of]=1", [901, 902, 903, 904]),
        ("filter[custom_fields_values][2003][]=Viktor@Acme.test", [901, 902, 903, 904]),
        ("order[id]=desc", [904, 903, 902, 901]),
        ("order[name]=desc", [901, 902, 903, 904]),
        ("limit=2", [901, 902]),
        ("limit=2&page=2", [903, 904]),
        ("limit=2&page=3", []),
        ("query=4567&filter[id]=904", [904]),
    ],
)
def test_contacts_are_listed_by(people, params, found):
    assert people.ids(f"/contacts?{params}") == found


@pytest.fixture
def deals(api: Api, clock: Clock) -> Api:
    """Leads 5001 to 5003, ten seconds apart."""
    for body in (
        {
            "name": "A",
            "price": 100,
            "custom_fields_values": [
                custom(MARKER, "run-1"),
                custom(PRODUCT_LINE, "Software"),
                custom(SEATS, 5),
                custom(MEETING_AT, 1_900_000_000),
            ],
        },
        {
            "name": "B",
            "price": 200,
            "status_id": WON,
            "custom_fields_values": [custom(MARKER, "run-10"), custom(NEWSLETTER, True)],
        },
        {"name": "C", "pipeline_id": SERVICE},
    ):
        api.add("leads", body)
        clock.sleep(10)
    return api


STATUSES = "filter[statuses][0]"
CUSTOM = "filter[custom_fields_values]"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        (f"{STATUSES}[pipeline_id]={SALES}&{STATUSES}[status_id]={WON}", [5002]),
        (f"{STATUSES}[pipeline_id]={SERVICE}&{STATUSES}[status_id]={WON}", []),
        (f"{STATUSES}[status_id]={WON}", [5001, 5002, 5003]),
        ("filter[status_id]=142", [5001, 5002, 5003]),
        (f"pipeline_id={SERVICE}", [5001, 5002, 5003]),
        (f"filter[pipeline_id]={SERVICE}", [5003]),
        ("filter[price]=100", [5001]),
        ("filter[price][from]=100&filter[price][to]=200", [5001, 5002]),
        ("filter[created_at][from]=1800000010", [5002, 5003]),
        ("filter[created_at][to]=1800000010", [5001, 5002]),
        ("filter[closed_at][from]=1", [5002]),
        (f"{CUSTOM}[{MARKER}][]=run-1", [5001]),
        (f"{CUSTOM}[{MARKER}][]=run-1&{CUSTOM}[{MARKER}][]=run-10", [5001, 5002]),
        (f"{CUSTOM}[{PRODUCT_LINE}][]={SOFTWARE}", [5001]),
        (f"{CUSTOM}[{SEATS}][]=5", [5001]),
        (f"{CUSTOM}[{NEWSLETTER}]=1", [5002]),
        (f"{CUSTOM}[{MEETING_AT}][from]=1800000000", [5001]),
        (f"{CUSTOM}[1][]=x", [5001, 5002, 5003]),
        ("query=run-1", [5001, 5002]),
        ("order[updated_at]=desc", [5003, 5002, 5001]),
        ("with=only_deleted", []),
    ],
)
def test_leads_are_listed_by(deals, params, found):
    assert deals.ids(f"/leads?{params}") == found


def test_a_list_leads_to_its_next_page_until_the_last(people):
    seen, url = [], "/contacts?limit=3&order[id]=desc"
    while url:
        answer = people.get(url)
        seen += [row["id"] for row in answer["_embedded"]["contacts"]]
        url = answer["_links"].get("next", {}).get("href")
    assert seen == [904, 903, 902, 901]


def test_a_new_record_is_found_by_search_later_but_by_id_at_once(start, clock):
    api = start(search_lag_s=20)
    id = api.add("leads", {"custom_fields_values": [custom(MARKER, "run-1")]})
    searches = ["query=run-1", f"{CUSTOM}[{MARKER}][]=run-1", f"filter[pipeline_id]={SALES}"]
    assert [api.ids(f"/leads?{search}") for search in searches] == [[], [], []]
    assert api.ids(f"/leads?filter[id]={id}") == [id]
    assert api.get(f"/leads/{id}")["id"] == id
    clock.sleep(20)
    assert [api.ids(f"/leads?{search}") for search in searches] == [[id], [id], [id]]
