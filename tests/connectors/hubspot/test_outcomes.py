"""What HubSpot's answers to creations mean: outcomes that are true, and whoever is in the way."""

import httpx
import pytest

from connectors.base import Draft, Kind, Outcome, Status
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
    HubSpot,
    batch,
    connector,
    failed,
    refused,
    row,
    wrong_value,
)


def make(hubspot, kind, *drafts, **settings):
    return connector(hubspot, **settings).create(kind, drafts)


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


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
