import httpx
import pytest

from connectors.base import Bundle, Change, Draft, Kind, Link, Query, Ref, Status
from connectors.errors import AuthError, SettingsError, UnavailableError
from tests.connectors.bitrix24.wire import (
    ADA,
    DEAL,
    FIRM,
    Bitrix,
    Problem,
    batch,
    connector,
    items,
    refused,
)

PROFILE = {"ID": "1", "NAME": "Grace", "LAST_NAME": "Hopper", "ADMIN": True}


def test_an_account_is_told_by_its_address_and_who_made_the_webhook():
    account = connector(Bitrix(batch(PROFILE, 1))).check()
    assert (account.id, account.label) == ("acme.bitrix24.com", "acme.bitrix24.com")
    assert account.user == "Grace Hopper"


@pytest.mark.parametrize(
    ("settings", "answer", "error", "told"),
    [
        ({}, httpx.Response(404), SettingsError, "no Bitrix24 answers at https://acme"),
        ({}, refused(401, "NO_AUTH_FOUND"), AuthError, "does not know this webhook"),
        ({}, batch(PROFILE, Problem("insufficient_scope")), AuthError, "must have crm and user"),
        ({}, batch([], 1), UnavailableError, "no user"),
        ({"deals_as": "leads"}, batch(PROFILE, 2), SettingsError, "works without leads"),
        ({"tags_field": "Topic"}, batch(PROFILE, 1), SettingsError, "tags_field"),
    ],
)
def test_what_is_wrong_with_a_connection_is_told(settings, answer, error, told):
    with pytest.raises(error, match=told):
        connector(Bitrix(answer), **settings).check()


@pytest.mark.parametrize(
    ("entered", "address"),
    [
        ("acme.bitrix24.com", "https://acme.bitrix24.com"),
        (" https://ACME.bitrix24.de/ ", "https://acme.bitrix24.de"),
        ("crm.acme.example:8443", "https://crm.acme.example:8443"),
    ],
)
def test_a_portal_may_be_in_the_cloud_or_on_a_server_of_ones_own(entered, address):
    crm = connector(Bitrix(), portal=entered)
    assert crm.record_url(DEAL) == f"{address}/crm/deal/details/342"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"portal": "acme"}, "portal: must be"),
        ({"portal": "http://acme.bitrix24.com"}, "portal: must be"),
        ({"portal": "https://[acme"}, "portal: must be"),
        ({"portal": "acme.bitrix24.com:port"}, "portal: must be"),
        ({"portal": "https://acme.bitrix24.com/rest/1/secret9/"}, "the webhook beside it"),
        ({"token": "https://acme.bitrix24.com/rest/1/secret9/"}, "only what follows /rest/"),
        ({"token": "secret9"}, "a number, a slash and a code"),
        ({"token": "1/se cret9"}, "a number, a slash and a code"),
        ({"deals_as": "tickets"}, "deals_as"),
        ({"base_url": "staging"}, "base_url"),
    ],
)
def test_malformed_settings_are_refused_without_showing_them(wrong, told):
    with pytest.raises(SettingsError, match=told) as caught:
        connector(Bitrix(), **wrong)
    assert "secret9" not in str(caught.value)


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (DEAL, "/crm/deal/details/342"),
        (ADA, "/crm/contact/details/4"),
        (FIRM, "/crm/company/details/5"),
        (Ref(Kind.TASK, "1"), None),
    ],
)
def test_the_page_of_a_record(ref, path):
    address = connector(Bitrix(), base_url="http://127.0.0.1:9000/").record_url(ref)
    assert address == (path and f"http://127.0.0.1:9000{path}")


def test_the_page_of_a_lead_is_its_own():
    crm = connector(Bitrix(), deals_as="Leads")
    assert crm.record_url(DEAL) == "https://acme.bitrix24.com/crm/lead/details/342"


@pytest.mark.parametrize(
    "write",
    [
        lambda crm: crm.create(Kind.CONTACT, [Draft({"name": "Ada"})])[0],
        lambda crm: crm.update(Kind.CONTACT, [Change("4", {"name": "Ada"})])[0],
        lambda crm: crm.link([Link(DEAL, ADA)])[0],
    ],
    ids=["create", "update", "link"],
)
@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.ReadTimeout(""), refused(400, "x")])
def test_without_a_catalog_nothing_is_written(answer, write):
    bitrix = Bitrix(answer)
    outcome = write(connector(bitrix, catalog=None))
    assert outcome.status is Status.NOT_APPLIED
    assert len(bitrix.requests) == 1


def test_there_are_no_bundles():
    crm = connector(Bitrix())
    assert crm.spec.bundle_bulk == 0
    with pytest.raises(NotImplementedError):
        crm.create_bundles([Bundle(Draft({"name": "Form"}))])


def test_a_catalog_that_is_handed_in_is_not_read_again():
    bitrix = Bitrix(batch(items()))
    connector(bitrix).find(Kind.CONTACT, [Query("post", "Analyst")])
    assert bitrix.methods == ["batch"]
