"""What is sent to HubSpot, written out by hand, and what its answers mean."""

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Link, Outcome, Ref, Status
from connectors.errors import (
    AuthError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
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
    refused,
    row,
    wrong_value,
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


# --- what answers mean ---


def test_answers_are_told_apart_by_trace_in_whatever_order():
    hubspot = HubSpot(batch(row(502, 1), row(501, 0), status=201))
    outcomes = make(hubspot, Kind.CONTACT, Draft({"name": "Ada"}), Draft({"name": "Eve"}))
    assert outcomes == [Outcome.done("501"), Outcome.done("502")]


@pytest.mark.parametrize("status", [200, 201, 207])
def test_a_row_that_failed_is_refused_alone_whatever_the_status(status):
    error = failed(message=wrong_value("jobtitle"), trace=1)
    hubspot = HubSpot(batch(row(501, 0), row(503, 2), errors=[error], status=status))
    drafts = [Draft({"name": f"Ada {n}"}) for n in range(3)]
    outcomes = make(hubspot, Kind.CONTACT, *drafts)
    assert statuses(outcomes) == [Status.DONE, Status.REFUSED, Status.DONE]
    assert outcomes[1].error.field == "jobtitle"
    assert "INVALID_OPTION" in str(outcomes[1].error)
    assert "secret" not in str(outcomes[1].error)


def test_a_refused_batch_is_halved_down_to_the_row_at_fault():
    bad = refused(message=wrong_value("jobtitle"))
    hubspot = HubSpot(bad, batch(row(501, 0), row(502, 1)), bad, bad, batch(row(504, 3)))
    drafts = [Draft({"name": f"Ada {n}"}) for n in range(4)]
    outcomes = make(hubspot, Kind.CONTACT, *drafts)
    assert statuses(outcomes) == [Status.DONE, Status.DONE, Status.REFUSED, Status.DONE]
    assert [len(hubspot.sent(at)["inputs"]) for at in range(5)] == [4, 2, 2, 1, 1]


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        (refused(message=wrong_value("jobtitle")), Status.REFUSED, RejectedError),
        (refused(409, "CONFLICT"), Status.REFUSED, ConflictError),
        (refused(404, "OBJECT_NOT_FOUND"), Status.REFUSED, NotFoundError),
        (httpx.Response(414, text="too long"), Status.REFUSED, RejectedError),
        (httpx.Response(400, html="<h1>Bad</h1>"), Status.REFUSED, RejectedError),
        (httpx.Response(400, json=["odd"]), Status.REFUSED, RejectedError),
        (refused(401, "EXPIRED_AUTHENTICATION"), Status.NOT_APPLIED, AuthError),
        (refused(401, "INVALID_AUTHENTICATION"), Status.NOT_APPLIED, AuthError),
        (refused(403, "MISSING_SCOPES"), Status.NOT_APPLIED, AuthError),
        (httpx.Response(423, json={}), Status.NOT_APPLIED, RateLimitedError),
        (httpx.Response(429, json={}), Status.NOT_APPLIED, RateLimitedError),
        (httpx.Response(477, json={}), Status.NOT_APPLIED, RateLimitedError),
        (httpx.ConnectError("refused"), Status.NOT_APPLIED, UnavailableError),
        (httpx.ReadTimeout("late"), Status.UNKNOWN, OutcomeUnknownError),
        (httpx.Response(500, json={}), Status.UNKNOWN, OutcomeUnknownError),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), Status.UNKNOWN, OutcomeUnknownError),
        (httpx.Response(524, text="timeout"), Status.UNKNOWN, OutcomeUnknownError),
        (httpx.Response(201, text='{"results": ['), Status.UNKNOWN, OutcomeUnknownError),
        (httpx.Response(201, json={"status": "COMPLETE"}), Status.UNKNOWN, OutcomeUnknownError),
        (httpx.Response(201, json={"results": [{}]}), Status.UNKNOWN, OutcomeUnknownError),
        (batch(status=201), Status.UNKNOWN, OutcomeUnknownError),
        (httpx.Response(302), Status.UNKNOWN, OutcomeUnknownError),
    ],
)
def test_each_failure_of_a_creation_has_its_outcome(answer, status, kind):
    hubspot = HubSpot(answer)
    (outcome,) = make(hubspot, Kind.CONTACT, Draft({"name": "Ada"}))
    assert outcome.status is status
    assert isinstance(outcome.error, kind)


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        (
            {},
            {"policyName": "TEN_SECONDLY_ROLLING", "message": "your ten_secondly_rolling limit"},
            10,
        ),
        ({}, {"message": "You have reached your secondly limit."}, 1),
        ({}, {"policyName": "DAILY"}, 3600),
        ({"Retry-After": "7"}, {"policyName": "DAILY"}, 7),
        ({"X-HubSpot-RateLimit-Interval-Milliseconds": "5000"}, {}, 5),
        ({"X-HubSpot-RateLimit-Interval-Milliseconds": "soon"}, [], 10),
    ],
)
def test_a_limit_tells_how_long_to_wait(headers, body, wait_s):
    hubspot = HubSpot(httpx.Response(429, json=body, headers=headers))
    (outcome,) = make(hubspot, Kind.CONTACT, Draft({"name": "Ada"}))
    assert outcome.error.retry_after_s == wait_s


def test_a_moving_account_is_left_alone_as_long_as_it_says():
    hubspot = HubSpot(httpx.Response(477, json={}, headers={"Retry-After": "86400"}))
    (outcome,) = make(hubspot, Kind.CONTACT, Draft({"name": "Ada"}))
    assert outcome.error.retry_after_s == 86400


def test_a_missing_scope_is_named():
    context = {"requiredGranularScopes": ["crm.objects.deals.write", "<b>"]}
    hubspot = HubSpot(refused(403, "MISSING_SCOPES", errors=[{"context": context}]))
    (outcome,) = make(hubspot, Kind.DEAL, Draft({"name": "Form"}))
    assert str(outcome.error).endswith(": crm.objects.deals.write")


def test_after_a_lost_answer_nothing_more_is_sent():
    hubspot = HubSpot(httpx.ReadTimeout("late"))
    drafts = [Draft({"name": f"Ada {n}"}) for n in range(120)]
    outcomes = make(hubspot, Kind.CONTACT, *drafts)
    assert statuses(outcomes) == [Status.UNKNOWN] * 100 + [Status.NOT_APPLIED] * 20
    assert len(hubspot.requests) == 1


# --- somebody in the way ---


def test_a_deal_that_an_earlier_attempt_made_is_taken_for_its_own():
    taken = failed(message="Cannot set x on a new object. 7001 already has that value.", trace=0)
    hubspot = HubSpot(batch(errors=[taken], status=207), batch(row(7001, formwire_id="step-1")))
    draft = Draft({"name": "Form"}, links=(ADA,), marker="step-1")
    assert make(hubspot, Kind.DEAL, draft, marker_property="formwire_id") == [Outcome.done("7001")]
    assert hubspot.calls[1] == "POST /crm/objects/deals/batch/read"


@pytest.mark.parametrize("message", ["Contact already exists. Existing ID: 6001", "exists"])
def test_whoever_has_the_address_already_gets_what_is_missing_and_keeps_the_rest(message):
    there = row(
        6001, email="ada@example.org", firstname="Augusta", phone="4155550100", formwire_tags="old"
    )
    hubspot = HubSpot(refused(409, "CONFLICT", message), batch(there), batch(row(6001, 0)))
    draft = Draft(
        {
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": ["ADA@example.org"],
            "phone": ["+14155550100", "+14155550199"],
        },
        tags=("web",),
    )
    (outcome,) = make(hubspot, Kind.CONTACT, draft, tags_property="formwire_tags")
    assert outcome == Outcome.done("6001")
    assert hubspot.sent(1)["inputs"] == [{"id": "6001" if "6001" in message else "ada@example.org"}]
    assert hubspot.sent()["inputs"] == [
        {
            "id": "6001",
            "objectWriteTraceId": "0",
            "properties": {
                "lastname": "Lovelace",
                "mobilephone": "+14155550199",
                "formwire_tags": "old;web",
            },
        }
    ]


def test_whoever_lacks_nothing_is_left_as_they_are():
    there = row(
        6001, email="eve@example.org", hs_additional_emails="ada@example.org", firstname="Ada"
    )
    hubspot = HubSpot(refused(409, "CONFLICT", "Existing ID: 6001"), batch(there))
    draft = Draft({"name": "Ada", "email": ["ada@example.org"]})
    assert make(hubspot, Kind.CONTACT, draft) == [Outcome.done("6001")]
    assert len(hubspot.requests) == 2


@pytest.mark.parametrize(
    ("there", "status"),
    [
        (batch(), Status.REFUSED),
        (batch(row(6001, email="eve@example.org")), Status.REFUSED),
        (httpx.ReadTimeout("late"), Status.NOT_APPLIED),
    ],
)
def test_somebody_else_in_the_way_is_not_touched(there, status):
    hubspot = HubSpot(refused(409, "CONFLICT", "Existing ID: 6001"), there)
    draft = Draft({"name": "Ada", "email": ["ada@example.org"]})
    (outcome,) = make(hubspot, Kind.CONTACT, draft)
    assert outcome.status is status
    assert not any("update" in call for call in hubspot.calls)


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
