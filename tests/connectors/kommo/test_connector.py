import httpx
import pytest

from connectors.base import Bundle, Change, Draft, Kind, Query, Ref, Status
from connectors.errors import (
    AuthError,
    ConnectorError,
    RateLimitedError,
    RejectedError,
    SettingsError,
    UnavailableError,
)
from connectors.kommo.api import MOST_PAGES
from tests.connectors.kommo.account import ACCOUNT, CUSTOM_FIELDS, PIPELINES, USERS
from tests.connectors.kommo.wire import ADA, DEAL, FIRM, Kommo, connector, contact, listing


def test_every_call_goes_to_the_account_with_the_token():
    kommo = Kommo(listing("contacts", contact(901), more=True))
    connector(kommo).find(Kind.CONTACT, [Query("name", "Ada")])
    assert len(kommo.requests) == 2
    assert {request.url.host for request in kommo.requests} == {"acme.kommo.com"}
    assert {r.headers["Authorization"] for r in kommo.requests} == {"Bearer long-lived"}


def test_pages_are_followed_to_the_end():
    kommo = Kommo(
        listing("contacts", contact(901, name="Ada"), more=True),
        listing("contacts", contact(902, name="Ada")),
    )
    (found,) = connector(kommo).find(Kind.CONTACT, [Query("name", "Ada")])
    assert [record.id for record in found] == ["902", "901"]
    assert [dict(kommo.asked(at))["page"] for at in (0, 1)] == ["1", "2"]


def test_a_list_without_end_is_given_up():
    kommo = Kommo(*(listing("contacts", contact(901), more=True) for _ in range(MOST_PAGES + 1)))
    with pytest.raises(RejectedError):
        connector(kommo).find(Kind.CONTACT, [Query("name", "Ada")])
    assert len(kommo.requests) == MOST_PAGES


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(401, json={"title": "Unauthorized"}), AuthError),
        (httpx.Response(402, json={"title": "Payment Required"}), AuthError),
        (httpx.Response(403, json={"detail": "Client doesn't have the required scope"}), AuthError),
        (httpx.Response(403, html="<h1>Blocked</h1>"), AuthError),
        (httpx.Response(429, html="<h1>Too many</h1>"), RateLimitedError),
        (httpx.Response(400, json={"detail": "Request data can not be empty"}), RejectedError),
        (httpx.Response(400, json=["odd"]), RejectedError),
        (httpx.Response(400, json={"validation-errors": "odd"}), RejectedError),
        (httpx.Response(500, json={"title": "ErrInternalServer"}), UnavailableError),
        (httpx.Response(200, json={"_embedded": []}), UnavailableError),
        (
            httpx.Response(200, json={"_embedded": {"contacts": [{"name": "no id"}]}}),
            UnavailableError,
        ),
        (httpx.Response(200, json="odd"), UnavailableError),
    ],
)
def test_a_look_up_that_fails_raises(answer, kind):
    with pytest.raises(ConnectorError) as caught:
        connector(Kommo(answer)).find(Kind.CONTACT, [Query("name", "Ada")])
    assert type(caught.value) is kind


def test_the_wait_of_a_limit_is_in_the_body():
    limited = httpx.Response(429, json={"status": 429, "retry_after": 300})
    (outcome,) = connector(Kommo(limited)).create(Kind.CONTACT, [Draft({"name": "Ada"})])
    assert outcome.status is Status.NOT_APPLIED
    assert isinstance(outcome.error, RateLimitedError)
    assert outcome.error.retry_after_s == 300


def account_answers():
    return [
        *(
            listing("custom_fields", *CUSTOM_FIELDS[k])
            for k in (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)
        ),
        httpx.Response(200, json=ACCOUNT),
        listing("pipelines", *PIPELINES),
        listing("users", *USERS),
    ]


def test_the_catalog_is_read_once():
    kommo = Kommo(*account_answers())
    crm = connector(kommo, catalog=None)
    crm.find(Kind.CONTACT, [Query("name", "Ada")])
    crm.find(Kind.CONTACT, [Query("name", "Ada")])
    assert len(kommo.requests) == 6 + 2


def test_a_catalog_that_is_handed_in_is_not_read_again():
    kommo = Kommo()
    connector(kommo).find(Kind.CONTACT, [Query("name", "Ada")])
    assert kommo.calls == ["GET contacts"]


def test_the_account_is_told_by_name():
    account = connector(Kommo(httpx.Response(200, json=ACCOUNT))).check()
    assert (account.id, account.label, account.user) == ("31000001", "Acme (acme)", "10001")


@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(200, json=[])])
def test_an_account_that_is_none_is_no_account(answer):
    with pytest.raises(UnavailableError):
        connector(Kommo(answer)).check()


def test_a_wrong_address_is_a_mistake_in_the_settings():
    with pytest.raises(SettingsError):
        connector(Kommo(httpx.Response(404))).check()


@pytest.mark.parametrize("named", ["Nothing like it", "Seats", "budget"])
def test_a_wrong_marker_field_is_found_when_connecting(named):
    kommo = Kommo(httpx.Response(200, json=ACCOUNT))
    with pytest.raises(SettingsError, match="marker_field"):
        connector(kommo, marker_field=named).check()


@pytest.mark.parametrize(
    "write",
    [
        lambda crm: crm.create(Kind.CONTACT, [Draft({"name": "Ada"})])[0],
        lambda crm: crm.update(Kind.CONTACT, [Change("901", {"name": "Ada"})])[0],
        lambda crm: crm.create_bundles([Bundle(Draft({"name": "Deal"}))])[0][Kind.DEAL],
    ],
    ids=["create", "update", "create_bundles"],
)
@pytest.mark.parametrize(
    "answer", [httpx.Response(404), httpx.Response(500), httpx.ReadTimeout("")]
)
def test_without_a_catalog_nothing_is_written(answer, write):
    kommo = Kommo(answer)
    outcome = write(connector(kommo, catalog=None))
    assert outcome.status is Status.NOT_APPLIED
    assert len(kommo.requests) == 1


@pytest.mark.parametrize(
    ("ref", "address"),
    [
        (DEAL, "https://acme.kommo.com/leads/detail/5001"),
        (ADA, "https://acme.kommo.com/contacts/detail/901"),
        (FIRM, "https://acme.kommo.com/companies/detail/77"),
        (Ref(Kind.TASK, "1"), None),
    ],
)
def test_the_page_of_a_record(ref, address):
    assert connector(Kommo()).record_url(ref) == address


def test_pages_of_another_server_are_there():
    crm = connector(Kommo(), base_url="http://127.0.0.1:9000/")
    assert crm.record_url(DEAL) == "http://127.0.0.1:9000/leads/detail/5001"
