import httpx
import pytest

from connectors.base import Bundle, Draft, Kind, Rate, Ref, Status
from connectors.errors import SettingsError
from connectors.odoo.spec import ODOO
from connectors.registry import open_connector
from tests.connectors.odoo.wire import ADA, DEAL, Odoo, connector, failed

GOOD = {"address": "acme.odoo.com", "api_key": "0123456789abcdef"}


@pytest.mark.parametrize(
    ("entered", "address"),
    [
        ("acme.odoo.com", "https://acme.odoo.com"),
        ("https://odoo.acme.com/web/login", "https://odoo.acme.com"),
        ("https://odoo.acme.com:8443", "https://odoo.acme.com:8443"),
        ("ODOO.acme.com/", "https://odoo.acme.com"),
    ],
)
def test_an_account_is_named_by_its_address(entered, address):
    assert connector(Odoo(), address=entered).record_url(DEAL) == f"{address}/odoo/crm.lead/501"


def test_older_versions_show_records_at_another_address():
    crm = connector(Odoo(), login="grace", database="acme")
    assert crm.record_url(ADA) == (
        "https://acme.odoo.com/web#id=41&model=res.partner&view_type=form"
    )
    assert crm.record_url(Ref(Kind.TASK, "1")) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"address": "nodots"}, "address"),
        ({"address": "http://acme.odoo.com"}, "address"),
        ({"address": "https://[acme"}, "address"),
        ({"address": "https://acme.odoo.com:port"}, "address"),
        ({"address": "https://me:secret@acme.odoo.com"}, "address"),
        ({"base_url": "ftp://staging.test"}, "base_url"),
        ({"api_key": "two words"}, "api_key"),
        ({"login": "grace"}, "database"),
        ({"database": "two words"}, "database"),
        ({"calls_per_s": "0"}, "calls_per_s"),
    ],
)
def test_malformed_settings_are_refused_without_showing_them(wrong, named):
    ((key, value),) = wrong.items()
    with httpx.Client() as http, pytest.raises(SettingsError, match=named) as caught:
        open_connector("odoo", {**GOOD, **wrong}, http)
    assert key == named or key == "login"
    assert value not in str(caught.value)


def test_the_usual_limit_is_one_call_a_second_on_average_and_an_account_may_have_its_own():
    assert ODOO.rates_for(GOOD) == (Rate(20, 20.0),)
    assert ODOO.rates_for({**GOOD, "calls_per_s": "15"}) == (Rate(15, 1.0),)


def test_an_account_says_whose_it_is():
    user = {"id": 2, "name": "Grace", "login": "grace@acme.test", "company_id": [1, "Acme"]}
    odoo = Odoo({"lang": "en_US", "tz": False, "uid": 2}, [user], [])
    account = connector(odoo).check()
    assert (account.id, account.label, account.user) == ("2", "Acme (grace@acme.test)", "2")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, html="<h1>Not Found</h1>"),
        httpx.Response(404, json={"name": "werkzeug.exceptions.NotFound", "message": "no"}),
    ],
    ids=["no database", "no such method"],
)
def test_an_address_without_odoo_is_a_mistake_in_the_settings(answer):
    with pytest.raises(SettingsError, match="database"):
        connector(Odoo(answer)).check()


def test_a_database_without_the_crm_app_is_told_so():
    user = {"id": 2, "name": "Grace", "login": "grace", "company_id": False}
    missing = failed("werkzeug.exceptions.NotFound", "the model 'crm.lead' does not exist", 404)
    with pytest.raises(SettingsError, match="CRM app"):
        connector(Odoo({"uid": 2}, [user], missing)).check()


def test_nothing_is_sent_without_a_catalog():
    odoo = Odoo(failed("builtins.OSError"))
    (outcome,) = connector(odoo, catalog=None).create(Kind.CONTACT, [Draft({"name": "Ada"})])
    assert outcome.status is Status.NOT_APPLIED


def test_bundles_are_refused():
    (outcome,) = connector(Odoo()).create_bundles([Bundle(Draft({"name": "Site"}))])
    assert ODOO.bundle_bulk == 0
    assert outcome[Kind.DEAL].status is Status.REFUSED
