import httpx
import pytest

from connectors.base import Kind, Rate, Ref
from connectors.errors import SettingsError
from connectors.registry import CONNECTORS, check_settings, open_connector

GOOD = {"subdomain": "acme", "token": "long-lived"}


@pytest.fixture
def http():
    with httpx.Client() as client:
        yield client


@pytest.mark.parametrize("key", CONNECTORS)
def test_a_spec_stands_under_its_own_key(key):
    spec, _ = CONNECTORS[key]
    assert spec.key == key
    assert spec.docs_url.startswith("https://")


def test_a_connector_is_opened_by_its_key(http):
    assert open_connector("kommo", GOOD, http).spec.key == "kommo"


def test_an_unknown_connector_is_refused(http):
    with pytest.raises(SettingsError, match="'sugar'"):
        open_connector("sugar", GOOD, http)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "missing: subdomain"),
        ({"subdomain": "  ", "token": "long-lived"}, "missing: subdomain"),
        ({**GOOD, "colour": "red"}, "unknown: colour"),
        ({"token": "long-lived", "b": "1", "a": "1"}, "missing: subdomain; unknown: a, b"),
    ],
)
def test_every_wrong_setting_is_named(settings, message):
    with pytest.raises(SettingsError) as caught:
        check_settings(CONNECTORS["kommo"][0], settings)
    assert message in str(caught.value)


@pytest.mark.parametrize("key", CONNECTORS)
def test_who_can_name_a_source_is_told_how_to_switch_merging_on(key):
    spec, _ = CONNECTORS[key]
    names = {setting.key for setting in spec.settings}
    assert bool(spec.merge_help) == ("source" in names)


@pytest.mark.parametrize(("entered", "calls"), [("", 7), (" ", 7), ("50", 50)])
def test_an_account_may_have_its_own_limit(entered, calls):
    rates = CONNECTORS["kommo"][0].rates_for({**GOOD, "calls_per_s": entered})
    assert rates == (Rate(calls, 1.0),)


@pytest.mark.parametrize(("key", "host"), [("kommo", "kommo.com"), ("amocrm", "amocrm.ru")])
@pytest.mark.parametrize("entered", ["acme", "ACME.{host}", "https://acme.{host}/leads/"])
def test_an_account_may_be_named_or_addressed(key, host, entered, http):
    connector = open_connector(key, {**GOOD, "subdomain": entered.format(host=host)}, http)
    address = connector.record_url(Ref(Kind.DEAL, "5001"))
    assert address == f"https://acme.{host}/leads/detail/5001"


@pytest.mark.parametrize(("key", "other"), [("kommo", "amocrm.ru"), ("amocrm", "kommo.com")])
def test_the_hosts_of_one_deployment_are_no_accounts_of_the_other(key, other, http):
    with pytest.raises(SettingsError, match="subdomain"):
        open_connector(key, {**GOOD, "subdomain": f"acme.{other}"}, http)


@pytest.mark.parametrize("key", ["kommo", "amocrm"])
def test_no_text_of_one_deployment_names_the_other(key):
    spec, _ = CONNECTORS[key]
    texts = [spec.merge_help, *spec.gaps.values(), *(one.help for one in spec.settings)]
    other = {"kommo": "amocrm", "amocrm": "kommo"}[key]
    assert other not in " ".join(texts).lower()
    assert spec.oauth.page.startswith(f"https://www.{key}.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"subdomain": "acme.example.org"},
        {"subdomain": "https://acme.kommo.com.example.org"},
        {"subdomain": "ac me"},
        {"subdomain": "https://[acme"},
        {"base_url": "https://[acme"},
        {"subdomain": "acme@example.org"},
        {"base_url": "ftp://staging.test"},
        {"base_url": "staging"},
        {"token": "two words"},
        {"token": "naïve"},
        {"price_decimals": "many"},
        {"source": "two\nlines"},
        {"source": "x" * 41},
        {"calls_per_s": "0"},
        {"calls_per_s": "1.5"},
    ],
)
def test_malformed_settings_are_refused_without_showing_them(wrong, http):
    ((key, value),) = wrong.items()
    with pytest.raises(SettingsError, match=key) as caught:
        open_connector("kommo", {**GOOD, **wrong}, http)
    assert value not in str(caught.value)
