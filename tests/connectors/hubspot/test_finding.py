"""How records are looked up: keys first, one search for the rest, exact comparison here."""

from datetime import timedelta

import httpx
import pytest

from connectors.base import Draft, Kind, Query
from connectors.errors import ConnectorError, RejectedError
from connectors.hubspot.api import MOST_PAGES
from connectors.hubspot.finding import LONGEST, MOST_FILTERS, MOST_GROUPS, packed
from tests.connectors.hubspot.wire import (
    ADA,
    DEAL,
    NOW,
    HubSpot,
    batch,
    connector,
    failed,
    linked,
    row,
)

NATIONAL = "hs_searchable_calculated_phone_number"
MOBILE = "hs_searchable_calculated_mobile_number"


def find(hubspot, kind, *queries):
    return [[one.id for one in some] for some in connector(hubspot).find(kind, queries)]


def hits(*ids, after=None):
    paging = {"paging": {"next": {"after": after}}} if after else {}
    return batch(*({"id": str(id), "properties": {}} for id in ids), total=len(ids), **paging)


def test_people_are_read_by_e_mail_without_a_search():
    hubspot = HubSpot(batch(row(501, email="ada@example.org")), linked())
    assert find(hubspot, Kind.CONTACT, Query("email", " Ada@Example.org ")) == [["501"]]
    assert hubspot.calls == [
        "POST /crm/objects/contacts/batch/read",
        "POST /crm/associations/contacts/companies/batch/read",
    ]
    sent = hubspot.sent(0)
    assert (sent["idProperty"], sent["inputs"]) == ("email", [{"id": "ada@example.org"}])
    assert {"firstname", "email", "mobilephone", "hs_additional_emails"} <= set(sent["properties"])


def test_whoever_is_not_read_by_e_mail_may_have_it_as_a_further_one():
    ada = row(501, email="eve@example.org", hs_additional_emails="x@y.test;ada@example.org")
    hubspot = HubSpot(batch(), hits(501), batch(ada), linked())
    assert find(hubspot, Kind.CONTACT, Query("email", "ada@example.org")) == [["501"]]
    assert hubspot.sent(1)["filterGroups"] == [
        {
            "filters": [
                {
                    "propertyName": "hs_additional_emails",
                    "operator": "IN",
                    "values": ["ada@example.org"],
                }
            ]
        }
    ]


def test_one_search_answers_many_questions_and_tells_ids_alone():
    hubspot = HubSpot(hits())
    queries = [Query("phone", "+14155550100"), Query("phone", "+380671234567")]
    assert find(hubspot, Kind.CONTACT, *queries) == [[], []]
    assert len(hubspot.requests) == 1
    sent = hubspot.sent()
    groups = {one["filters"][0]["propertyName"]: one["filters"][0] for one in sent["filterGroups"]}
    assert groups.keys() == {NATIONAL, MOBILE}
    assert {"4155550100", "671234567", "0671234567", "380671234567"} <= set(
        groups[MOBILE]["values"]
    )
    assert sent["properties"] == ["hs_object_id"]


def test_a_number_of_another_country_is_no_match():
    hubspot = HubSpot(
        hits(501, 502),
        batch(row(501, phone="+914155550100"), row(502, mobilephone="(415) 555-0100")),
        linked(),
    )
    assert find(hubspot, Kind.CONTACT, Query("phone", "+14155550100")) == [["502"]]


def test_last_digits_are_searched_by_their_end():
    hubspot = HubSpot(hits())
    find(hubspot, Kind.CONTACT, Query("phone", "+380671234567", last_digits=True))
    tokens = [
        one["filters"][0]
        for one in hubspot.sent()["filterGroups"]
        if one["filters"][0]["operator"] == "CONTAINS_TOKEN"
    ]
    assert [(one["propertyName"], one["value"]) for one in tokens] == [
        (NATIONAL, "*0671234567"),
        (MOBILE, "*0671234567"),
    ]


def test_a_whole_name_is_searched_however_it_is_divided():
    hubspot = HubSpot(
        hits(501), batch(row(501, firstname="Ada King", lastname="Lovelace")), linked()
    )
    assert find(hubspot, Kind.CONTACT, Query("name", "Ada King Lovelace")) == [["501"]]
    divided = [
        tuple(one.get("value") for one in group["filters"])
        for group in hubspot.sent(0)["filterGroups"]
    ]
    assert divided == [
        ("Ada", "King Lovelace"),
        ("Ada King", "Lovelace"),
        ("Ada King Lovelace", None),
        (None, "Ada King Lovelace"),
    ]


@pytest.mark.parametrize(
    ("query", "filter"),
    [
        (
            Query("topic", "Chairs"),
            {"propertyName": "topic", "operator": "IN", "values": ["chairs"]},
        ),
        (
            Query("name", "Form"),
            {"propertyName": "dealname", "operator": "IN", "values": ["form"]},
        ),
        (
            Query("budget", "1500.50"),
            {"propertyName": "amount", "operator": "IN", "values": ["1500.5"]},
        ),
        (Query("colour", "red"), {"propertyName": "colour", "operator": "EQ", "value": "red"}),
        (Query("colours", "red"), {"propertyName": "colours", "operator": "EQ", "value": "red"}),
        (
            Query("hotline", "+14155550100"),
            {
                "propertyName": "hotline",
                "operator": "IN",
                "values": [
                    "4155550100",
                    "04155550100",
                    "84155550100",
                    "14155550100",
                    "+14155550100",
                ],
            },
        ),
    ],
)
def test_a_field_is_searched_in_its_own_way(query, filter):
    hubspot = HubSpot(hits())
    find(hubspot, Kind.DEAL, query)
    assert hubspot.sent()["filterGroups"] == [{"filters": [filter]}]


@pytest.mark.parametrize("field", ["wanted", "newsletter", "responsible", "shoe size"])
def test_what_cannot_be_looked_in_raises(field):
    with pytest.raises(RejectedError) as caught:
        find(HubSpot(), Kind.DEAL, Query(field, "x"))
    assert caught.value.field == field


def test_pages_of_a_search_are_followed_to_the_end():
    hubspot = HubSpot(
        hits(1, after="200"),
        hits(2),
        batch(row(1, topic="X"), row(2, topic="x")),
        linked(),
        linked(),
    )
    assert find(hubspot, Kind.DEAL, Query("topic", "X")) == [["1"]]
    assert hubspot.sent(1)["after"] == "200"


def test_a_search_without_end_is_given_up():
    hubspot = HubSpot(*(hits(1, after="200") for _ in range(MOST_PAGES + 1)))
    with pytest.raises(RejectedError):
        find(hubspot, Kind.DEAL, Query("topic", "X"))
    assert len(hubspot.requests) == MOST_PAGES


def test_a_record_that_was_merged_into_another_is_not_it():
    hubspot = HubSpot(batch(row(777)))
    assert find(hubspot, Kind.CONTACT, Query("id", "501")) == [[]]


def test_archived_records_are_not_found():
    hubspot = HubSpot(batch({**row(501), "archived": True}))
    assert find(hubspot, Kind.CONTACT, Query("id", "501")) == [[]]


def test_the_deals_of_all_people_cost_the_same_calls_as_those_of_one():
    hubspot = HubSpot(
        linked(c501=[7001, 7002], c502=[7001]),
        linked(f9001=["7002"]),
        batch(row(7001), row(7002)),
        linked(d7001=[501, 502], d7002=[501]),
        linked(d7002=[9001]),
    )
    queries = [Query("contact", "501"), Query("company", "9001"), Query("contact", "502")]
    found = connector(hubspot).find(Kind.DEAL, queries)
    assert [sorted(one.id for one in some) for some in found] == [
        ["7001", "7002"],
        ["7002"],
        ["7001"],
    ]
    assert len(hubspot.requests) == 5
    assert [link.id for link in found[1][0].links] == ["501", "9001"]


def test_several_matches_come_newest_change_first():
    at = [f"2026-11-21T09:0{minute}:00Z" for minute in (1, 3, 2)]
    rows = [row(n, topic="X", updated=moment) for n, moment in enumerate(at, start=1)]
    hubspot = HubSpot(hits(1, 2, 3), batch(*rows), linked(), linked())
    assert find(hubspot, Kind.DEAL, Query("topic", "X")) == [["2", "3", "1"]]


def test_more_associations_than_fit_into_one_answer_are_read_on():
    first = {"from": {"id": "501"}, "to": [{"toObjectId": 1}], "paging": {"next": {"after": "100"}}}
    hubspot = HubSpot(batch(first), linked(c501=[2]), batch(row(1), row(2)), linked(), linked())
    assert sorted(find(hubspot, Kind.DEAL, Query("contact", "501"))[0]) == ["1", "2"]
    assert hubspot.sent(1)["inputs"] == [{"id": "501", "after": "100"}]


def test_no_associations_is_no_error():
    none = failed("OBJECT_NOT_FOUND", subCategory="crm.associations.NO_ASSOCIATIONS_FOUND")
    hubspot = HubSpot(batch(errors=[none], status=207))
    assert find(hubspot, Kind.DEAL, Query("contact", "501")) == [[]]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("late"),
        httpx.Response(200, json="odd"),
        httpx.Response(200, json={"results": [{"properties": {}}]}),
        httpx.Response(500, json={}),
        httpx.Response(400, json={"status": "error", "errors": "odd"}),
    ],
)
def test_a_look_up_that_fails_raises(answer):
    with pytest.raises(ConnectorError):
        find(HubSpot(answer), Kind.CONTACT, Query("phone", "+14155550100"))


@pytest.mark.parametrize(
    "answer",
    [
        batch(errors=[failed("INTERNAL_ERROR")], status=207),
        batch(errors=[failed("MISSING_SCOPES")], status=207),
        httpx.Response(200, json={"status": "PENDING", "results": []}),
        httpx.Response(200, json={"results": [{"from": {"id": "501"}}]}),
    ],
)
@pytest.mark.parametrize("query", [Query("id", "7001"), Query("contact", "501")])
def test_a_look_up_of_which_a_part_fails_raises(query, answer):
    with pytest.raises(ConnectorError):
        find(HubSpot(answer), Kind.DEAL, query)


def test_groups_are_packed_within_the_limits_of_a_search():
    def group(name, size):
        return ({"propertyName": name, "operator": "EQ", "value": "x" * size},)

    groups = [group(f"p{n}", 10) for n in range(7)] + [group("long", LONGEST - 80)] * 2
    parts = list(packed(groups))
    assert [one for part in parts for one in part] == groups
    assert [len(part) for part in parts] == [5, 2, 1, 1]
    assert all(len(part) <= MOST_GROUPS for part in parts)
    assert all(sum(map(len, part)) <= MOST_FILTERS for part in parts)


# --- what an earlier attempt may have created ---


def created(hubspot, kind, draft, since=NOW, **settings):
    (found,) = connector(hubspot, **settings).find_created(kind, [draft], since)
    return [one.id for one in found]


def test_what_bears_our_marker_is_read_by_it_however_old_it_is():
    old = row(7001, created="2020-01-01T00:00:00Z", formwire_id="step-1")
    hubspot = HubSpot(batch(old), linked(), linked())
    draft = Draft({"name": "Form"}, links=(ADA,), marker="step-1")
    assert created(hubspot, Kind.DEAL, draft, marker_property="formwire_id") == ["7001"]
    assert hubspot.sent(0)["idProperty"] == "formwire_id"


def test_a_deal_without_marker_is_recognised_by_person_name_and_time():
    deals = [
        row(1, dealname="Form", created="2026-11-21T08:00:00Z"),
        row(2, dealname="Other", created="2026-11-21T09:00:00Z"),
        row(3, dealname="Form", created="2026-11-21T08:59:00Z"),
    ]
    hubspot = HubSpot(linked(c501=[1, 2, 3]), batch(*deals), linked(), linked())
    assert created(hubspot, Kind.DEAL, Draft({"name": "Form"}, links=(ADA,))) == ["3"]


@pytest.mark.parametrize(
    ("body", "same"),
    [
        ("Asked &amp; answered<br>twice", True),
        ("<div><p>Asked &amp; answered</p>\n<p>twice</p></div>", True),
        ("Asked &amp; answered", False),
    ],
)
def test_a_note_is_recognised_by_what_it_shows(body, same):
    hubspot = HubSpot(linked(d7001=[6001]), batch(row(6001, hs_note_body=body)))
    draft = Draft({"text": "Asked & answered\ntwice"}, links=(DEAL,))
    assert created(hubspot, Kind.NOTE, draft) == (["6001"] if same else [])


@pytest.mark.parametrize(
    ("due", "same"), [("2026-12-01T08:30:00Z", True), ("2026-12-01T09:30:00Z", False)]
)
def test_a_task_is_recognised_by_text_and_due_time(due, same):
    task = row(3001, hs_task_subject="Call Ada", hs_timestamp=due)
    hubspot = HubSpot(linked(c501=[3001]), batch(task))
    draft = Draft({"text": "Call Ada", "due": "2026-12-01T10:30:00+02:00"}, links=(ADA,))
    assert created(hubspot, Kind.TASK, draft) == (["3001"] if same else [])


def test_what_was_there_before_is_not_taken_for_new():
    hubspot = HubSpot(batch(row(501, email="ada@example.org")), linked())
    draft = Draft({"email": ["ada@example.org"]})
    assert created(hubspot, Kind.CONTACT, draft, NOW + timedelta(minutes=3)) == []


def test_somebody_nameless_cannot_be_recognised():
    with pytest.raises(RejectedError):
        created(HubSpot(), Kind.CONTACT, Draft({"jobtitle": "Analyst"}))
