"""The account: whose it is, what it offers, and what its settings must say."""

import httpx
import pytest

from connectors.base import Bundle, Draft, Kind, Ref, Status
from connectors.errors import AuthError, SettingsError, UnavailableError
from connectors.registry import open_connector
from tests.connectors.hubspot.account import CATALOG, DETAILS, OWNERS, PIPELINES, PROPERTIES, prop
from tests.connectors.hubspot.wire import OWN, HubSpot, batch, connector, refused


def details(**more):
    return httpx.Response(200, json={**DETAILS, **more})


def test_every_call_goes_to_the_dated_paths_with_the_key():
    hubspot = HubSpot(details())
    connector(hubspot).check()
    (request,) = hubspot.requests
    assert str(request.url) == "https://api.hubapi.com/account-info/2026-09/details"
    assert request.headers["Authorization"] == "Bearer pat-na1-key"


def test_an_account_is_named_by_its_number():
    account = connector(HubSpot(details())).check()
    assert (account.id, account.label) == ("1234567", "HubSpot 1234567 (app-eu1.hubspot.com)")


def test_a_key_of_another_account_is_refused():
    with pytest.raises(SettingsError, match="7654321"):
        connector(HubSpot(details(portalId=7654321))).check()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, json={"odd": 1}), UnavailableError),
        (httpx.Response(404, json={"status": "error"}), SettingsError),
        (httpx.Response(404, html="<h1>nobody</h1>"), SettingsError),
        (refused(401, "INVALID_AUTHENTICATION"), AuthError),
    ],
)
def test_an_account_that_is_none_raises(answer, error):
    with pytest.raises(error):
        connector(HubSpot(answer)).check()


def test_properties_of_ours_that_are_fit_are_taken():
    fit = [prop("formwire_id", "Formwire ID", hasUniqueValue=True)] * 3
    fit += [prop("formwire_tags", "Tags")] * 3
    answers = (httpx.Response(200, json=one) for one in fit)
    hubspot = HubSpot(details(), *answers)
    assert connector(hubspot, **OWN).check()
    assert hubspot.calls[1:4] == [
        f"GET /crm/properties/{kind}/formwire_id" for kind in ("contacts", "companies", "deals")
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused(404, "OBJECT_NOT_FOUND"), "contacts have no text property formwire_id"),
        (
            httpx.Response(200, json=prop("formwire_id", "x", "number", "number")),
            "contacts have no text property",
        ),
        (httpx.Response(200, json=prop("formwire_id", "x")), "does not require unique values"),
    ],
)
def test_a_marker_property_that_is_unfit_is_told(answer, words):
    with pytest.raises(SettingsError, match=f"marker_property: .*{words}"):
        connector(HubSpot(details(), answer), marker_property="formwire_id").check()


def test_the_catalog_is_read_with_six_calls():
    lists = [PIPELINES, OWNERS, *PROPERTIES.values()]
    hubspot = HubSpot(details(), *(batch(*rows) for rows in lists))
    assert connector(hubspot, catalog=None).catalog() == CATALOG
    assert hubspot.calls == [
        "GET /account-info/details",
        "GET /crm/pipelines/deals",
        "GET /crm/owners",
        "GET /crm/properties/contacts",
        "GET /crm/properties/companies",
        "GET /crm/properties/deals",
    ]


def test_owners_are_read_to_the_last_page():
    more = {"paging": {"next": {"after": "100"}}}
    answers = [
        batch(*PIPELINES),
        batch(OWNERS[0], **more),
        batch(OWNERS[1]),
        batch(),
        batch(),
        batch(),
    ]
    hubspot = HubSpot(details(), *answers)
    assert len(connector(hubspot, catalog=None).catalog().users) == 2
    assert hubspot.requests[3].url.params["after"] == "100"


def test_without_a_catalog_nothing_is_written():
    hubspot = HubSpot(httpx.Response(500, json={}))
    outcomes = connector(hubspot, catalog=None).create(Kind.CONTACT, [Draft({"name": "Ada"})] * 2)
    assert [one.status for one in outcomes] == [Status.NOT_APPLIED] * 2
    assert len(hubspot.requests) == 1


@pytest.mark.parametrize(
    ("entered", "page"),
    [
        ("1234567", "https://app.hubspot.com/contacts/1234567/record/0-3/7001"),
        (
            "https://app-eu1.hubspot.com/contacts/1234567/objects/0-1/views/all/list",
            "https://app-eu1.hubspot.com/contacts/1234567/record/0-3/7001",
        ),
    ],
)
def test_a_person_is_led_to_the_page_where_the_account_lives(entered, page):
    assert connector(HubSpot(), account=entered).record_url(Ref(Kind.DEAL, "7001")) == page


def test_another_server_takes_calls_and_shows_pages():
    hubspot = HubSpot(details())
    one = connector(hubspot, base_url="http://hubspot.test/")
    one.check()
    assert hubspot.requests[0].url.host == "hubspot.test"
    assert one.record_url(Ref(Kind.CONTACT, "1")).startswith("http://hubspot.test/contacts/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "acme"},
        {"account": "https://app.example.org/contacts/1234567"},
        {"account": "https://app.hubspot.com.example.org/contacts/1234567"},
        {"account": "https://app.hubspot.com/home"},
        {"account": "https://[app"},
        {"token": "two words"},
        {"token": "naïve"},
        {"marker_property": "Formwire ID"},
        {"tags_property": "Tags!"},
        {"base_url": "ftp://staging.test"},
        {"base_url": "https://[staging"},
        {"calls_per_s": "0"},
    ],
)
def test_malformed_settings_are_refused_without_showing_them(wrong):
    ((key, value),) = wrong.items()
    good = {"account": "1234567", "token": "pat-na1-key"}
    with httpx.Client() as http, pytest.raises(SettingsError, match=key) as caught:
        open_connector("hubspot", {**good, **wrong}, http)
    assert value not in str(caught.value)


def test_several_kinds_in_one_call_are_not_on_offer():
    with pytest.raises(NotImplementedError):
        connector(HubSpot()).create_bundles([Bundle(Draft({"name": "Form"}))])
