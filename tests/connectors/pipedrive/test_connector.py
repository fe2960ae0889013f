import httpx
import pytest

from connectors.base import Change, Draft, Kind, Query, Ref, Status
from connectors.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from connectors.pipedrive.api import MOST_PAGES, SHUT_OUT_S, TOKENS_GONE_S
from tests.connectors.pipedrive.account import (
    ACTIVITY_TYPES,
    FIELDS,
    ME,
    PIPELINES,
    STAGES,
    USERS,
    key,
)
from tests.connectors.pipedrive.wire import (
    ADA,
    DEAL,
    FIRM,
    Pipedrive,
    a_deal,
    connector,
    hits,
    invalid,
    missing,
    one,
    page,
    person,
)


def test_every_call_goes_to_the_company_with_the_token():
    pipedrive = Pipedrive(page(a_deal(1), cursor="next"), page(a_deal(2)))
    connector(pipedrive).find(Kind.DEAL, [Query("contact", "901")])
    assert {request.url.host for request in pipedrive.requests} == {"acme.pipedrive.com"}
    assert {r.headers["x-api-token"] for r in pipedrive.requests} == {"0123abcd"}
    assert [pipedrive.asked(at).get("cursor") for at in (0, 1)] == [None, "next"]


@pytest.mark.parametrize(
    ("company", "address"),
    [
        ("acme", "https://acme.pipedrive.com"),
        ("ACME.pipedrive.com", "https://acme.pipedrive.com"),
        ("https://acme.pipedrive.com/deals", "https://acme.pipedrive.com"),
    ],
)
def test_a_company_may_be_entered_as_people_see_it(company, address):
    assert connector(Pipedrive(), company=company).record_url(DEAL) == f"{address}/deal/5001"


@pytest.mark.parametrize(
    "wrong",
    [
        {"company": "acme.evil.test"},
        {"company": ""},
        {"token": "two words"},
        {"token": ""},
        {"base_url": "ftp://127.0.0.1"},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        connector(Pipedrive(), **wrong)


@pytest.mark.parametrize(
    ("ref", "address"),
    [
        (DEAL, "https://acme.pipedrive.com/deal/5001"),
        (ADA, "https://acme.pipedrive.com/person/901"),
        (FIRM, "https://acme.pipedrive.com/organization/77"),
        (Ref(Kind.TASK, "1"), None),
    ],
)
def test_the_page_of_a_record(ref, address):
    assert connector(Pipedrive()).record_url(ref) == address


def test_a_list_without_end_is_given_up():
    pipedrive = Pipedrive(*(page(a_deal(n), cursor="more") for n in range(MOST_PAGES + 1)))
    with pytest.raises(RejectedError):
        connector(pipedrive).find(Kind.DEAL, [Query("contact", "901")])
    assert len(pipedrive.requests) == MOST_PAGES


ANSWERS = [
    (httpx.Response(401, json={"success": False, "error": "unauthorized access"}), AuthError),
    (httpx.Response(402, json={"success": False, "error": "not open"}), AuthError),
    (httpx.Response(403, json={"code": "feature_capping_deals_limit"}), AuthError),
    (httpx.Response(403, json={"error": "Scope and URL mismatch"}), AuthError),
    (httpx.Response(403, html="<h1>Attention required</h1>"), RateLimitedError),
    (httpx.Response(429, json={"success": False, "errorCode": 429}), RateLimitedError),
    (invalid(), RejectedError),
    (httpx.Response(400, json=["odd"]), RejectedError),
    (httpx.Response(415, json={"success": False}), RejectedError),
    (httpx.Response(410, json={"success": False}), NotFoundError),
    (httpx.Response(301, headers={"Location": "https://evil.test"}), SettingsError),
]
LOST = [
    httpx.Response(500, json={"success": False, "code": "ERR_UNKNOWN"}),
    httpx.Response(503, html="<h1>down</h1>"),
    httpx.Response(200, html="<h1>hello</h1>"),
    httpx.Response(200, json={"success": False, "data": {"id": 1}}),
    httpx.Response(200, json={"success": True}),
    httpx.Response(200, json={"success": True, "data": [{"name": "no id"}]}),
    httpx.Response(200, json="odd"),
    httpx.ReadTimeout("slow"),
]


@pytest.mark.parametrize(
    ("answer", "kind"), [*ANSWERS, *((answer, UnavailableError) for answer in LOST)]
)
def test_a_look_up_that_fails_raises(answer, kind):
    with pytest.raises(ConnectorError) as caught:
        connector(Pipedrive(answer)).find(Kind.CONTACT, [Query("name", "Ada")])
    assert isinstance(caught.value, kind)


def test_a_record_that_we_may_not_write_does_not_stop_the_connection():
    forbidden = httpx.Response(403, json={"success": False, "error": "Forbidden"})
    pipedrive = Pipedrive(forbidden, one(id=902), forbidden)
    crm = connector(pipedrive)
    outcomes = crm.create(Kind.CONTACT, [Draft({"name": "Ada"})] * 2)
    assert [outcome.status for outcome in outcomes] == [Status.REFUSED, Status.DONE]
    with pytest.raises(AuthError):
        crm.find(Kind.CONTACT, [Query("id", "901")])


STATUSES = {
    AuthError: Status.NOT_APPLIED,
    RateLimitedError: Status.NOT_APPLIED,
    SettingsError: Status.NOT_APPLIED,
    UnavailableError: Status.NOT_APPLIED,
    RejectedError: Status.REFUSED,
    NotFoundError: Status.REFUSED,
    OutcomeUnknownError: Status.UNKNOWN,
}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        *ANSWERS,
        *((answer, OutcomeUnknownError) for answer in LOST),
        (httpx.ConnectError("refused"), UnavailableError),
    ],
)
@pytest.mark.parametrize(
    "write",
    [
        lambda crm: crm.create(Kind.DEAL, [Draft({"name": "Form"})]),
        lambda crm: crm.update(Kind.DEAL, [Change("5001", {"name": "Form"})]),
        lambda crm: crm.create(Kind.NOTE, [Draft({"text": "Asked"}, links=(DEAL,))]),
    ],
    ids=["create", "update", "note"],
)
def test_what_an_answer_to_a_write_means(answer, kind, write):
    (outcome,) = write(connector(Pipedrive(answer)))
    assert isinstance(outcome.error, kind)
    assert outcome.status is STATUSES[kind]


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {}, 2),
        (429, {"x-ratelimit-reset": "1"}, 1),
        (429, {"x-ratelimit-reset": "soon"}, 2),
        (429, {"Retry-After": "30", "x-ratelimit-reset": "1"}, 30),
        (429, {"x-daily-ratelimit-token-remaining": "0"}, TOKENS_GONE_S),
        (429, {"x-daily-ratelimit-token-remaining": "70"}, 2),
        (403, {}, SHUT_OUT_S),
    ],
)
def test_how_long_a_limit_asks_to_wait(status, headers, wait_s):
    limited = httpx.Response(status, html="<h1>no</h1>", headers=headers)
    (outcome,) = connector(Pipedrive(limited)).create(Kind.CONTACT, [Draft({"name": "Ada"})])
    assert isinstance(outcome.error, RateLimitedError)
    assert outcome.error.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("Validation failed: title: is too long", "name"),
        (f"Validation failed: {key('6')}: Parameter '{key('6')}' is not allowed", key("6")),
        (f"Validation failed: custom_fields.{key('6')}: Expected 'number'", key("6")),
        (f"Validation failed: custom_fields: Expected 'number' ({key('9')})", f"{key('9')}.value"),
        ("Validation failed: value: Expected 'number'", "budget"),
        ("Validation failed: stage_id: is not in this pipeline", "stage"),
        ("Validation failed: custom_fields: Expected 'number' as value", None),
        ("Bad request", None),
    ],
)
def test_the_field_at_fault_is_named(text, blamed):
    fields = {
        "name": "Form",
        "budget": "1",
        "stage": "11",
        key("6"): "61",
        f"{key('9')}.value": "2026-12-01",
    }
    (outcome,) = connector(Pipedrive(invalid(text))).create(Kind.DEAL, [Draft(fields)])
    assert isinstance(outcome.error, RejectedError)
    assert outcome.error.field == blamed


def test_a_refusal_says_nothing_a_visitor_typed():
    (outcome,) = connector(Pipedrive(invalid())).create(Kind.DEAL, [Draft({"name": "Ada"})])
    assert "Ada" not in str(outcome.error)
    assert "ERR_SCHEMA_VALIDATION_FAILED" in str(outcome.error)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([one(**person(901)), missing()], NotFoundError),
        ([one(**person(901, is_deleted=True))], NotFoundError),
        ([one(**person(901)), one(id=77)], RejectedError),
        ([httpx.Response(500)], RejectedError),
    ],
)
def test_after_a_refusal_we_look_whether_its_people_are_there(answers, kind):
    pipedrive = Pipedrive(invalid("Bad request"), *answers)
    draft = Draft({"name": "Form"}, links=(ADA, FIRM))
    (outcome,) = connector(pipedrive).create(Kind.DEAL, [draft])
    assert isinstance(outcome.error, kind)
    assert isinstance(outcome.error, NotFoundError) == (kind is NotFoundError)
    assert len(pipedrive.requests) == 1 + len(answers)


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        (httpx.ReadTimeout("slow"), UnavailableError),
        (httpx.Response(401), AuthError),
        (httpx.Response(429), RateLimitedError),
    ],
)
def test_after_a_failure_nothing_more_is_sent(answer, rest):
    pipedrive = Pipedrive(one(id=901), invalid(), answer)
    outcomes = connector(pipedrive).create(Kind.CONTACT, [Draft({"name": "Ada"})] * 5)
    assert len(pipedrive.requests) == 3
    assert [outcome.status for outcome in outcomes[:2]] == [Status.DONE, Status.REFUSED]
    assert {type(outcome.error) for outcome in outcomes[3:]} == {rest}
    assert {outcome.status for outcome in outcomes[3:]} == {Status.NOT_APPLIED}


def account_answers():
    return [
        one(**ME),
        *(page(*FIELDS[kind]) for kind in (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)),
        page(*PIPELINES),
        page(*STAGES),
        httpx.Response(200, json={"success": True, "data": USERS}),
        httpx.Response(200, json={"success": True, "data": ACTIVITY_TYPES}),
    ]


def test_the_catalog_is_read_once():
    pipedrive = Pipedrive(*account_answers(), hits(), hits())
    crm = connector(pipedrive, catalog=None)
    for _ in range(2):
        assert crm.find(Kind.CONTACT, [Query("name", "Ada")]) == [[]]
    assert pipedrive.calls == [
        "GET v1/users/me",
        "GET v2/personFields",
        "GET v2/organizationFields",
        "GET v2/dealFields",
        "GET v2/pipelines",
        "GET v2/stages",
        "GET v1/users",
        "GET v1/activityTypes",
        *["GET v2/persons/search"] * 2,
    ]


def test_the_account_is_told_by_name():
    account = connector(Pipedrive(one(**ME))).check()
    assert (account.id, account.label, account.user) == ("9100001", "Acme (acme)", "10001")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(404), SettingsError),
        (one(id=1), UnavailableError),
        (httpx.Response(200, json={"success": True, "data": []}), UnavailableError),
    ],
)
def test_an_account_that_is_none_is_no_account(answer, kind):
    with pytest.raises(kind):
        connector(Pipedrive(answer)).check()


@pytest.mark.parametrize("named", ["Nothing like it", "Seats", "title"])
def test_a_wrong_marker_field_is_found_when_connecting(named):
    with pytest.raises(SettingsError, match="marker_field"):
        connector(Pipedrive(one(**ME)), marker_field=named).check()


def test_without_its_marker_field_no_deal_is_written():
    pipedrive = Pipedrive()
    crm = connector(pipedrive, marker_field="Gone")
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form"}, marker="step-1")])
    assert outcome.status is Status.NOT_APPLIED
    assert isinstance(outcome.error, SettingsError)
    assert pipedrive.requests == []


@pytest.mark.parametrize(
    "write",
    [
        lambda crm: crm.create(Kind.CONTACT, [Draft({"name": "Ada"})])[0],
        lambda crm: crm.update(Kind.CONTACT, [Change("901", {"name": "Ada"})])[0],
    ],
    ids=["create", "update"],
)
@pytest.mark.parametrize(
    "answer", [httpx.Response(404), httpx.Response(500), httpx.ReadTimeout("")]
)
def test_without_a_catalog_nothing_is_written(answer, write):
    pipedrive = Pipedrive(answer)
    outcome = write(connector(pipedrive, catalog=None))
    assert outcome.status is Status.NOT_APPLIED
    assert len(pipedrive.requests) == 1
