"""What is sent to Bitrix24, and what its answers mean."""

import time

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Query, Status
from connectors.bitrix24.api import MOST_PAGES, Command, query, refers
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
from tests.connectors.bitrix24.wire import Bitrix, Problem, batch, connector, item, items, refused

BY_NAME = Query("post", "Analyst")
DRAFT = Draft({"name": "Ada"}, marker="step-1")


@pytest.mark.parametrize(
    ("params", "written"),
    [
        ({"id": 5}, "id=5"),
        ({"filter": {"=name": "Ada & Eve"}}, "filter%5B%3Dname%5D=Ada%20%26%20Eve"),
        ({"filter": {"@id": ["1", "2"]}}, "filter%5B%40id%5D%5B0%5D=1&filter%5B%40id%5D%5B1%5D=2"),
        (
            {"fields": {"fm": {"n0": {"typeId": "PHONE", "value": "+1415"}}}},
            "fields%5Bfm%5D%5Bn0%5D%5BtypeId%5D=PHONE&fields%5Bfm%5D%5Bn0%5D%5Bvalue%5D=%2B1415",
        ),
    ],
)
def test_a_command_is_a_query_as_php_reads_it(params, written):
    assert query(params) == written


def test_commands_go_to_the_webhook_in_batches_of_fifty():
    bitrix = Bitrix(batch(*[items()] * 50), batch(items()))
    queries = [Query("post", f"Analyst {n}") for n in range(51)]
    connector(bitrix).find(Kind.CONTACT, queries)
    assert [str(request.url) for request in bitrix.requests] == [
        "https://acme.bitrix24.com/rest/1/abc123/batch"
    ] * 2
    assert [len(bitrix.sent(at)["cmd"]) for at in (0, 1)] == [50, 1]
    assert bitrix.sent()["halt"] == 0
    assert bitrix.commands() == [
        "crm.item.list?entityTypeId=3&filter[=post]=Analyst 50&order[id]=ASC"
    ]


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("$result[c0][item][title]", True),
        ("see $Result[c0][item]", True),
        ("$time[c0]", True),
        ("costs $100", False),
        ("costs $100 [net]", False),
        ("$result", False),
        ("a[b]", False),
    ],
)
def test_what_a_batch_would_take_for_a_reference_goes_alone(text, alone):
    assert refers(Command("crm.item.add", {"fields": {"title": text}})) is alone


def test_a_visitor_cannot_read_other_peoples_records():
    bitrix = Bitrix(
        batch(item(1), item(3)),
        httpx.Response(200, json={"result": item(2), "time": {}}),
    )
    names = ["Ada", "$result[c0][item][id]", "Eve"]
    outcomes = connector(bitrix).create(Kind.COMPANY, [Draft({"name": name}) for name in names])
    assert [outcome.id for outcome in outcomes] == ["1", "2", "3"]
    assert bitrix.methods == ["batch", "crm.item.add"]
    assert bitrix.sent() == {"entityTypeId": 4, "fields": {"title": "$result[c0][item][id]"}}


def test_pages_are_followed_to_the_end():
    bitrix = Bitrix(
        batch(items({"id": 1, "post": "Analyst"}), items(), nexts=[(0, 50)]),
        batch(items({"id": 2, "post": "Analyst"})),
    )
    found = connector(bitrix).find(Kind.CONTACT, [BY_NAME, Query("post", "Poet")])
    assert [[one.id for one in some] for some in found] == [["1", "2"], []]
    assert bitrix.commands()[0].endswith("&start=50")


@pytest.mark.parametrize("rows", [[{"title": "no id"}], ["odd"], {"1": {"id": 1}}])
def test_rows_that_are_none_are_no_answer(rows):
    with pytest.raises(UnavailableError):
        connector(Bitrix(batch({"items": rows}))).find(Kind.CONTACT, [BY_NAME])


def test_a_list_without_end_is_given_up():
    bitrix = Bitrix(*(batch(items(), nexts=[(0, 50 * n)]) for n in range(1, MOST_PAGES + 2)))
    with pytest.raises(RejectedError):
        connector(bitrix).find(Kind.CONTACT, [BY_NAME])
    assert len(bitrix.requests) == MOST_PAGES


# --- errors ---

CALLS = [  # the answer to a whole call; what it means for a look-up, and for a write
    (refused(400, "INVALID_REQUEST"), RejectedError, Status.REFUSED),
    (refused(401, "NO_AUTH_FOUND"), AuthError, Status.NOT_APPLIED),
    (refused(401, "expired_token"), AuthError, Status.NOT_APPLIED),
    (refused(402, "PAYMENT_REQUIRED"), AuthError, Status.NOT_APPLIED),
    (refused(403, "ACCESS_DENIED"), AuthError, Status.NOT_APPLIED),
    (refused(403, "insufficient_scope"), AuthError, Status.NOT_APPLIED),
    (httpx.Response(403, html="<h1>Blocked</h1>"), AuthError, Status.NOT_APPLIED),
    (refused(404, "ERROR_METHOD_NOT_FOUND"), RejectedError, Status.REFUSED),
    (refused(429, "OPERATION_TIME_LIMIT"), RateLimitedError, Status.NOT_APPLIED),
    (refused(500, "INTERNAL_SERVER_ERROR"), UnavailableError, Status.UNKNOWN),
    (refused(500, "PORTAL_DELETED"), AuthError, Status.NOT_APPLIED),
    (refused(503, "QUERY_LIMIT_EXCEEDED"), RateLimitedError, Status.NOT_APPLIED),
    (refused(503, "OVERLOAD_LIMIT"), AuthError, Status.NOT_APPLIED),
    (httpx.Response(503, html="<h1>Down</h1>"), UnavailableError, Status.UNKNOWN),
    (httpx.Response(200, html="<h1>Hello</h1>"), UnavailableError, Status.UNKNOWN),
    (httpx.Response(200, json={"result": []}), UnavailableError, Status.UNKNOWN),
    (httpx.Response(200, json=[]), UnavailableError, Status.UNKNOWN),
    (httpx.Response(200, json={"error": 0, "time": {}}), RejectedError, Status.REFUSED),
    (httpx.ReadTimeout("slow"), UnavailableError, Status.UNKNOWN),
    (httpx.ConnectError("down"), UnavailableError, Status.NOT_APPLIED),
]


@pytest.mark.parametrize(("answer", "error", "status"), CALLS)
def test_what_becomes_of_a_call(answer, error, status):
    with pytest.raises(ConnectorError) as caught:
        connector(Bitrix(answer)).find(Kind.CONTACT, [BY_NAME])
    assert isinstance(caught.value, error)
    bitrix = Bitrix(answer)
    outcomes = connector(bitrix).create(Kind.CONTACT, [DRAFT] * 2)
    assert [outcome.status for outcome in outcomes] == [status] * 2
    assert len(bitrix.requests) == 1


COMMANDS = [
    (Problem("NOT_FOUND"), NotFoundError, Status.REFUSED),
    (Problem("OWNER_NOT_FOUND"), NotFoundError, Status.REFUSED),
    (Problem("ACCESS_DENIED"), RejectedError, Status.REFUSED),
    (Problem("CRM_FIELD_ERROR_REQUIRED"), RejectedError, Status.REFUSED),
    (Problem("100"), RejectedError, Status.REFUSED),
    (Problem(""), RejectedError, Status.REFUSED),
    (Problem(0), RejectedError, Status.REFUSED),
    (Problem("Communication type is not defined"), RejectedError, Status.REFUSED),
    (Problem("insufficient_scope"), AuthError, Status.NOT_APPLIED),
    (Problem("OPERATION_TIME_LIMIT"), RateLimitedError, Status.NOT_APPLIED),
    (Problem("INTERNAL_SERVER_ERROR"), OutcomeUnknownError, Status.UNKNOWN),
    (Problem("ERROR_UNEXPECTED_ANSWER"), OutcomeUnknownError, Status.UNKNOWN),
]


@pytest.mark.parametrize(("answer", "error", "status"), COMMANDS)
def test_what_becomes_of_one_command_befalls_no_other(answer, error, status):
    bitrix = Bitrix(batch(item(1), answer, item(3)))
    outcomes = connector(bitrix).create(Kind.CONTACT, [DRAFT] * 3)
    assert [outcome.id for outcome in outcomes] == ["1", None, "3"]
    assert type(outcomes[1].error) is error or isinstance(outcomes[1].error, error)
    assert outcomes[1].status is status


@pytest.mark.parametrize("reply", [item(None), {"item": []}, [], None, True, item("odd")])
def test_an_answer_that_names_no_record_leaves_it_unknown(reply):
    (outcome,) = connector(Bitrix(batch(reply))).create(Kind.CONTACT, [DRAFT])
    assert outcome.status is Status.UNKNOWN


def test_after_a_lost_call_nothing_more_is_sent():
    bitrix = Bitrix(httpx.ReadTimeout("slow"))
    outcomes = connector(bitrix).create(Kind.CONTACT, [DRAFT] * 60)
    assert len(bitrix.requests) == 1
    assert {outcome.status for outcome in outcomes[:50]} == {Status.UNKNOWN}
    assert {outcome.status for outcome in outcomes[50:]} == {Status.NOT_APPLIED}


def test_a_method_that_ran_for_too_long_rests_until_its_time_is_counted_anew():
    bitrix = Bitrix(
        batch(item(1), reset_at=time.time() + 300), batch(Problem("OPERATION_TIME_LIMIT"))
    )
    crm = connector(bitrix)
    crm.create(Kind.CONTACT, [DRAFT])
    (outcome,) = crm.create(Kind.CONTACT, [DRAFT])
    assert 290 < outcome.error.retry_after_s <= 300


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://new.bitrix24.com/rest/1/abc123/batch", "new.bitrix24.com"),
        ("", "another address"),
    ],
)
def test_a_portal_that_has_moved_is_told_and_not_followed(location, told):
    bitrix = Bitrix(httpx.Response(302, headers={"location": location}))
    (outcome,) = connector(bitrix).update(Kind.CONTACT, [Change("4", {"name": "Ada"})])
    assert isinstance(outcome.error, SettingsError)
    assert told in str(outcome.error)
    assert outcome.status is Status.NOT_APPLIED
    assert len(bitrix.requests) == 1


@pytest.mark.parametrize(("answer", "error", "status"), CALLS)
def test_no_error_shows_the_webhook_or_what_a_visitor_typed(answer, error, status):
    (outcome,) = connector(Bitrix(answer)).create(Kind.CONTACT, [DRAFT])
    assert "abc123" not in str(outcome.error)
    bad = Problem("CRM_FIELD_ERROR_VALUE_NOT_VALID", "Ada is no Position")
    (outcome,) = connector(Bitrix(batch(bad))).create(Kind.CONTACT, [Draft({"post": "Ada"})])
    assert "Ada" not in str(outcome.error)
    assert outcome.error.field == "post"
