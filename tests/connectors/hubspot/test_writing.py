"""What is sent to HubSpot, written out by hand, and what its answers mean."""

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Link, Outcome, Ref, Status
from connectors.errors import (
    NotFoundError,
)
from tests.connectors.hubspot.wire import (
    ADA,
    DEAL,
    FIRM,
    OWN,
    HubSpot,
    batch,
    connector,
    failed,
    row,
)

DUE = "2026-12-01T10:30:00+02:00"


def make(hubspot, kind, *drafts, **settings):
    return connector(hubspot, **settings).create(kind, drafts)


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


# --- creations ---


def test_a_person_with_our_key_is_upserted_by_it():
    hubspot = HubSpot(batch(row(501, 0, formwire_id="step-1"), status=200))
    draft = Draft(
        {"name": "Ada King Lovelace", "phone": ["+14155550100"], "email": ["Ada@example.org"]},
        tags=("web",),
        marker="step-1",
    )
    assert make(hubspot, Kind.CONTACT, draft, **OWN) == [Outcome.done("501")]
    assert hubspot.calls == ["POST /crm/objects/contacts/batch/upsert"]
    assert hubspot.sent() == {
        "inputs": [
            {
                "id": "step-1",
                "idProperty": "formwire_id",
                "objectWriteTraceId": "0",
                "properties": {
                    "firstname": "Ada",
                    "lastname": "King Lovelace",
                    "phone": "+14155550100",
                    "email": "Ada@example.org",
                    "formwire_tags": "web",
                    "formwire_id": "step-1",
                },
            }
        ]
    }


def test_a_deal_is_created_together_with_its_links():
    hubspot = HubSpot(batch(row(7001, 0), status=201))
    draft = Draft({"name": "Form", "stage": "771"}, links=(ADA, FIRM), marker="step-1")
    assert make(hubspot, Kind.DEAL, draft, marker_property="formwire_id") == [Outcome.done("7001")]
    assert hubspot.calls == ["POST /crm/objects/deals/batch/create"]
    kinds = {"501": 3, "9001": 341}
    assert hubspot.sent()["inputs"] == [
        {
            "objectWriteTraceId": "0",
            "properties": {
                "dealname": "Form",
                "dealstage": "771",
                "pipeline": "77",
                "formwire_id": "step-1",
            },
            "associations": [
                {
                    "to": {"id": id},
                    "types": [
                        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type}
                    ],
                }
                for id, type in kinds.items()
            ],
        }
    ]


@pytest.mark.parametrize(
    ("given", "pipeline", "stage"),
    [
        ({}, "default", "new"),
        ({"pipeline": "77"}, "77", "771"),
        ({"stage": "closedlost"}, "default", "closedlost"),
        ({"pipeline": "77", "stage": "new"}, "77", "new"),
    ],
)
def test_a_deal_always_has_pipeline_and_stage(given, pipeline, stage):
    hubspot = HubSpot()
    make(hubspot, Kind.DEAL, Draft({"name": "Form", **given}))
    sent = hubspot.sent()["inputs"][0]["properties"]
    assert (sent["pipeline"], sent["dealstage"]) == (pipeline, stage)


@pytest.mark.parametrize(
    ("about", "type"), [(ADA, 204), (FIRM, 192), (DEAL, 216)], ids=lambda one: str(one)
)
def test_a_task_is_an_object_about_a_record(about, type):
    hubspot = HubSpot(batch(row(3001, 0), status=201))
    fields = {"text": "Call Ada\nabout <chairs>", "type": "CALL", "due": DUE, "responsible": "11"}
    assert make(hubspot, Kind.TASK, Draft(fields, links=(about,))) == [Outcome.done("3001")]
    (sent,) = hubspot.sent()["inputs"]
    assert sent["properties"] == {
        "hs_task_subject": "Call Ada",
        "hs_task_body": "Call Ada<br>about &lt;chairs&gt;",
        "hs_task_type": "CALL",
        "hs_task_status": "NOT_STARTED",
        "hs_timestamp": "1796113800000",
        "hubspot_owner_id": "11",
    }
    assert sent["associations"][0]["types"][0]["associationTypeId"] == type


@pytest.mark.parametrize(
    ("about", "type"), [(ADA, 202), (FIRM, 190), (DEAL, 214)], ids=lambda one: str(one)
)
def test_a_note_is_rich_text_about_a_record(about, type):
    hubspot = HubSpot(batch(row(6001, 0), status=201))
    make(hubspot, Kind.NOTE, Draft({"text": "a < b\nc"}, links=(about,)))
    (sent,) = hubspot.sent()["inputs"]
    assert sent["properties"]["hs_note_body"] == "a &lt; b<br>c"
    assert int(sent["properties"]["hs_timestamp"]) > 1_700_000_000_000
    assert sent["associations"][0]["types"][0]["associationTypeId"] == type


@pytest.mark.parametrize("fields", [{"text": "Call"}, {"text": "Call", "due": "noon"}])
def test_a_task_without_a_due_time_is_refused(fields):
    (outcome,) = make(HubSpot(), Kind.TASK, Draft(fields, links=(ADA,)))
    assert (outcome.status, outcome.error.field) == (Status.REFUSED, "due")


def test_a_long_task_keeps_its_whole_text():
    hubspot = HubSpot()
    make(hubspot, Kind.TASK, Draft({"text": "x" * 300, "due": DUE}, links=(ADA,)))
    sent = hubspot.sent()["inputs"][0]["properties"]
    assert (len(sent["hs_task_subject"]), sent["hs_task_body"]) == (200, "x" * 300)


@pytest.mark.parametrize(
    ("kind", "fields", "name", "value"),
    [
        (Kind.CONTACT, {"phone": ["+14155550100"]}, "firstname", "+14155550100"),
        (Kind.COMPANY, {"phone": ["+14155550100"]}, "name", "+14155550100"),
    ],
)
def test_whoever_left_a_number_alone_is_called_by_it(kind, fields, name, value):
    hubspot = HubSpot()
    make(hubspot, kind, Draft(fields))
    assert hubspot.sent()["inputs"][0]["properties"][name] == value


def test_whoever_left_nothing_to_be_called_by_is_refused():
    (outcome,) = make(HubSpot(), Kind.CONTACT, Draft({"jobtitle": "Analyst"}))
    assert outcome.status is Status.REFUSED


def test_several_numbers_go_to_as_many_properties():
    hubspot = HubSpot()
    numbers = ["+14155550100", "+14155550101", "(415) 555-0100"]
    make(hubspot, Kind.CONTACT, Draft({"name": "Ada", "phone": numbers}))
    sent = hubspot.sent()["inputs"][0]["properties"]
    assert (sent["phone"], sent["mobilephone"]) == ("+14155550100", "+14155550101")


def test_a_number_for_which_there_is_no_property_is_refused_and_told_how_to_mend_it():
    numbers = ["+14155550100", "+14155550101", "+14155550102"]
    (outcome,) = make(HubSpot(), Kind.CONTACT, Draft({"name": "Ada", "phone": numbers}))
    assert (outcome.status, outcome.error.field) == (Status.REFUSED, "phone")
    assert "phone_3" in str(outcome.error)


def test_tags_without_a_property_for_them_are_refused():
    (outcome,) = make(HubSpot(), Kind.CONTACT, Draft({"name": "Ada"}, tags=("web",)))
    assert "no tags" in str(outcome.error)


def test_one_address_twice_goes_in_two_calls():
    hubspot = HubSpot(batch(row(501, 0), status=201), batch(row(502, 1), status=201))
    drafts = [Draft({"name": name, "email": ["ada@example.org"]}) for name in ("Ada", "A. L.")]
    assert statuses(make(hubspot, Kind.CONTACT, *drafts)) == [Status.DONE] * 2
    assert [len(hubspot.sent(at)["inputs"]) for at in (0, 1)] == [1, 1]


def test_many_records_go_in_batches_of_a_hundred():
    hubspot = HubSpot()
    make(hubspot, Kind.CONTACT, *(Draft({"name": f"Ada {n}"}) for n in range(150)))
    assert [len(hubspot.sent(at)["inputs"]) for at in (0, 1)] == [100, 50]


# --- changes ---


def test_a_change_is_sent_without_reading_what_it_does_not_add_to():
    hubspot = HubSpot(batch(row(7001, 0)))
    changes = [Change("7001", {"name": "New", "stage": "won"})]
    assert connector(hubspot).update(Kind.DEAL, changes) == [Outcome.done("7001")]
    assert hubspot.calls == ["POST /crm/objects/deals/batch/update"]
    assert hubspot.sent()["inputs"][0]["properties"] == {
        "dealname": "New",
        "dealstage": "won",
        "pipeline": "default",
    }


def test_what_is_added_goes_where_there_is_room():
    hubspot = HubSpot(batch(row(501, phone="8 906 123-45-67")), batch(row(501, 0)))
    change = Change("501", {"phone": ["+79061234567", "+14155550100"]})
    connector(hubspot).update(Kind.CONTACT, [change])
    assert hubspot.sent()["inputs"][0]["properties"] == {"mobilephone": "+14155550100"}


def test_a_change_that_changes_nothing_is_not_sent():
    hubspot = HubSpot(batch(row(501, phone="+14155550100")))
    change = Change("501", {"phone": ["+14155550100"]})
    assert connector(hubspot).update(Kind.CONTACT, [change]) == [Outcome.done("501")]
    assert len(hubspot.requests) == 1


@pytest.mark.parametrize("id", ["424242", "nobody"])
def test_who_is_not_there_is_not_changed(id):
    gone = failed("OBJECT_NOT_FOUND", context={"ids": [id]})
    hubspot = HubSpot(batch(row(501), errors=[gone], status=207))
    changes = [Change(id, {"name": "Ada"}), Change("501", {"name": "Ada"})]
    outcomes = connector(hubspot).update(Kind.CONTACT, changes)
    assert statuses(outcomes) == [Status.REFUSED, Status.DONE]
    assert isinstance(outcomes[0].error, NotFoundError)


def test_a_complaint_about_nobody_is_taken_for_that_of_the_only_row_left():
    hubspot = HubSpot(batch(row(501), errors=[failed("OBJECT_NOT_FOUND")], status=207))
    changes = [Change("501", {"name": "Ada"}), Change("502", {"name": "Eve"})]
    outcomes = connector(hubspot).update(Kind.CONTACT, changes)
    assert statuses(outcomes) == [Status.DONE, Status.REFUSED]


@pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
def test_tasks_and_notes_are_not_changed(kind):
    (outcome,) = connector(HubSpot()).update(kind, [Change("1", {"text": "x"})])
    assert outcome.status is Status.REFUSED


# --- links ---


def test_links_go_together_by_the_kinds_they_join():
    def ends(*pairs):
        return batch(*({"from": {"id": a}, "to": {"id": b}} for a, b in pairs))

    hubspot = HubSpot(ends(("7001", "501"), ("7002", "501")), ends(("501", "9001")))
    other = Ref(Kind.DEAL, "7002")
    outcomes = connector(hubspot).link([Link(DEAL, ADA), Link(ADA, FIRM), Link(other, ADA)])
    assert outcomes == [Outcome.done("501"), Outcome.done("9001"), Outcome.done("501")]
    assert hubspot.calls == [
        "POST /crm/associations/deals/contacts/batch/associate/default",
        "POST /crm/associations/contacts/companies/batch/associate/default",
    ]
    assert hubspot.sent(0)["inputs"] == [
        {"from": {"id": "7001"}, "to": {"id": "501"}},
        {"from": {"id": "7002"}, "to": {"id": "501"}},
    ]


def test_a_link_whose_answer_is_lost_is_unknown():
    (outcome,) = connector(HubSpot(httpx.ReadTimeout("late"))).link([Link(DEAL, ADA)])
    assert outcome.status is Status.UNKNOWN


@pytest.mark.parametrize(
    "link", [Link(DEAL, Ref(Kind.TASK, "1")), Link(DEAL, Ref(Kind.CONTACT, "nobody"))]
)
def test_what_cannot_be_linked_is_refused(link):
    hubspot = HubSpot()
    (outcome,) = connector(hubspot).link([link])
    assert (outcome.status, hubspot.requests) == (Status.REFUSED, [])
