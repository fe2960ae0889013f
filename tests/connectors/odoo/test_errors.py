"""Odoo's exceptions over both transports, as they were seen on Odoo 19, and what they mean."""

import httpx
import pytest

from connectors.base import Draft, Kind, Query, Status
from connectors.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from tests.connectors.odoo.wire import Odoo, connector, failed

REFUSED, NOT_APPLIED, UNKNOWN = Status.REFUSED, Status.NOT_APPLIED, Status.UNKNOWN
IN_USE = "The operation cannot be completed: Another model is using the record"
NO_DATABASE = 'connection failed: FATAL:  database "demo" does not exist'

EXCEPTIONS = [
    ("builtins.ValueError", 500, "Invalid field 'x' in 'res.partner'", REFUSED, RejectedError),
    ("builtins.ValueError", 500, "could not convert string to float: 'a'", REFUSED, RejectedError),
    ("builtins.TypeError", 500, "unexpected keyword argument 'x'", REFUSED, RejectedError),
    ("werkzeug.exceptions.UnprocessableEntity", 422, "missing", REFUSED, RejectedError),
    ("odoo.exceptions.ValidationError", 422, IN_USE, REFUSED, RejectedError),
    ("odoo.exceptions.UserError", 422, "You cannot do that", REFUSED, RejectedError),
    ("odoo.exceptions.AccessError", 403, "You are not allowed", REFUSED, RejectedError),
    ("odoo.exceptions.MissingError", 404, "Record does not exist", REFUSED, NotFoundError),
    ("werkzeug.exceptions.NotFound", 404, "no such model", REFUSED, RejectedError),
    ("werkzeug.exceptions.Unauthorized", 401, "Invalid apikey", NOT_APPLIED, AuthError),
    ("odoo.exceptions.AccessDenied", 403, "Access Denied", NOT_APPLIED, AuthError),
    ("odoo.exceptions.LockError", 409, "locked", NOT_APPLIED, UnavailableError),
    ("psycopg2.errors.SerializationFailure", 500, "could not", NOT_APPLIED, UnavailableError),
    ("psycopg2.errors.DeadlockDetected", 500, "deadlock", NOT_APPLIED, UnavailableError),
    ("psycopg2.errors.NumericValueOutOfRange", 500, "integer", REFUSED, RejectedError),
    ("psycopg2.OperationalError", 500, NO_DATABASE, NOT_APPLIED, SettingsError),
    ("builtins.OSError", 500, "after the commit", UNKNOWN, OutcomeUnknownError),
    ("odoo.addons.x.Trouble", 500, "who knows", UNKNOWN, OutcomeUnknownError),
]

RPC = {"login": "grace@acme.test", "database": "demo"}


def rpc_failed(name, message, status=200):
    data = {"name": name, "message": message, "arguments": [message], "debug": "…"}
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "error": {"code": 0, "message": "Odoo Server Error", "data": data},
    }


def created(odoo, **settings):
    (outcome,) = connector(odoo, **settings).create(Kind.CONTACT, [Draft({"name": "Ada"})])
    return outcome


@pytest.mark.parametrize(("name", "status", "message", "became", "error"), EXCEPTIONS)
def test_an_exception_counts_by_its_name(name, status, message, became, error):
    outcome = created(Odoo(failed(name, message, status)))
    assert outcome.status is became
    assert type(outcome.error) is error


@pytest.mark.parametrize(("name", "status", "message", "became", "error"), EXCEPTIONS)
def test_the_status_of_an_exception_does_not_count(name, status, message, became, error):
    other = 422 if status == 500 else 500
    assert created(Odoo(failed(name, message, other))).status is became


@pytest.mark.parametrize(("name", "status", "message", "became", "error"), EXCEPTIONS)
def test_over_json_rpc_it_comes_with_status_200(name, status, message, became, error):
    outcome = created(Odoo({"result": 2}, rpc_failed(name, message)), **RPC)
    assert outcome.status is became
    assert type(outcome.error) is error


@pytest.mark.parametrize("name", [case[0] for case in EXCEPTIONS])
def test_what_odoo_says_stays_out_of_messages(name):
    outcome = created(Odoo(failed(name, "Ada Lovelace, ada@b.test")))
    assert "Ada" not in str(outcome.error)
    assert "ada@b.test" not in str(outcome.error)


@pytest.mark.parametrize(
    ("answer", "became", "error"),
    [
        (httpx.Response(404, html="<h1>Not Found</h1>"), NOT_APPLIED, SettingsError),
        (httpx.Response(400, html="<h1>Bad Request</h1>"), REFUSED, RejectedError),
        (httpx.Response(415, html="<h1>Unsupported</h1>"), REFUSED, RejectedError),
        (httpx.Response(403, html="<h1>Forbidden</h1>"), NOT_APPLIED, AuthError),
        (httpx.Response(429, headers={"Retry-After": "7"}), NOT_APPLIED, RateLimitedError),
        (httpx.Response(502, html="<h1>Bad Gateway</h1>"), UNKNOWN, OutcomeUnknownError),
        (httpx.Response(200, html="<h1>Welcome</h1>"), UNKNOWN, OutcomeUnknownError),
        (httpx.ConnectError("refused"), NOT_APPLIED, UnavailableError),
        (httpx.ReadTimeout("slow"), UNKNOWN, OutcomeUnknownError),
    ],
    ids=lambda value: str(getattr(value, "status_code", value))[:20],
)
def test_an_answer_that_is_no_exception_counts_by_its_status(answer, became, error):
    outcome = created(Odoo(answer))
    assert outcome.status is became
    assert type(outcome.error) is error


def test_a_limit_is_told_with_its_wait():
    outcome = created(Odoo(httpx.Response(429, headers={"Retry-After": "7"})))
    assert outcome.error.retry_after_s == 7


def test_the_field_that_odoo_names_is_told_by_our_id():
    outcome = created(
        Odoo(failed("builtins.ValueError", "Invalid field 'user_id' in 'res.partner'"))
    )
    assert outcome.error.field == "responsible"


@pytest.mark.parametrize(
    "answer",
    [{"result": False}, {"result": None}, rpc_failed("odoo.exceptions.AccessDenied", "no")],
    ids=["false", "none", "denied"],
)
def test_who_is_not_let_in_over_json_rpc_writes_nothing(answer):
    outcome = created(Odoo(answer), **RPC)
    assert outcome.status is NOT_APPLIED
    assert isinstance(outcome.error, AuthError)


@pytest.mark.parametrize(
    "answer", [[1], {"jsonrpc": "2.0"}, {"error": "no"}, {"error": {}}, "x"], ids=str
)
def test_an_answer_that_is_no_json_rpc_is_unknown(answer):
    assert created(Odoo({"result": 2}, answer), **RPC).status is UNKNOWN


def test_over_json_rpc_who_we_are_is_asked_once_and_sent_with_every_call():
    odoo = Odoo({"result": 2}, {"result": []}, {"result": []})
    crm = connector(odoo, **RPC)
    for name in ("Ada", "Eve"):
        assert crm.find(Kind.CONTACT, [Query("name", name)]) == [[]]
    assert [request.url.path for request in odoo.requests] == ["/jsonrpc"] * 3
    key = "0123456789abcdef"
    asked = odoo.sent(0)["params"]
    assert (asked["service"], asked["method"]) == ("common", "authenticate")
    assert asked["args"] == ["demo", "grace@acme.test", key, {}]
    sent = odoo.sent(2)
    assert (sent["jsonrpc"], sent["method"]) == ("2.0", "call")
    assert (sent["params"]["service"], sent["params"]["method"]) == ("object", "execute_kw")
    assert sent["params"]["args"][:6] == ["demo", 2, key, "res.partner", "search_read", []]
    assert sent["params"]["args"][6]["limit"] == 500


def test_a_key_goes_only_into_the_header_over_json_2():
    odoo = Odoo([])
    connector(odoo, database="acme").find(Kind.CONTACT, [Query("name", "Ada")])
    (request,) = odoo.requests
    assert request.headers["Authorization"] == "bearer 0123456789abcdef"
    assert request.headers["X-Odoo-Database"] == "acme"
    assert "0123456789abcdef" not in str(request.url) + request.content.decode()


def test_a_look_up_that_fails_raises():
    with pytest.raises(UnavailableError):
        connector(Odoo(failed("builtins.OSError"))).find(Kind.CONTACT, [Query("name", "Ada")])
