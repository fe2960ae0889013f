import json
from urllib.parse import quote, urlencode

import pytest

from engine.deciding.reading import read_body


def context(**sent):
    return read_body(urlencode(sent).encode()).context


@pytest.mark.parametrize(
    ("name", "value", "root", "member", "kept"),
    [
        ("utm_source", "google", "utm", "source", "google"),
        ("UTM_Campaign", " Summer ", "utm", "campaign", "Summer"),
        ("utm_referrer", "r", "utm", "referrer", "r"),
        ("gclid", "AbC_case", "visitor", "gclid", "AbC_case"),
        ("_fbp", "fb.1.1.2", "visitor", "fbp", "fb.1.1.2"),
        ("_ga", "GA1.2.1111111111.1700000000", "visitor", "ga_client_id", "1111111111.1700000000"),
        ("_ga", "GA1.1-2.123.456", "visitor", "ga_client_id", "123.456"),
        ("ga_client_id", "123.456", "visitor", "ga_client_id", "123.456"),
        ("_fw_ga_client_id", "123.456", "visitor", "ga_client_id", "123.456"),
        ("_ym_uid", "1700000000123456789", "visitor", "ym_client_id", "1700000000123456789"),
        ("roistat_visit", "77", "visitor", "roistat_visit", "77"),
        ("roistat", "77", "visitor", "roistat_visit", "77"),
        ("_openstat", "x", "visitor", "openstat", "x"),
        ("page_url", "https://x.test/a", "page", "url", "https://x.test/a"),
        ("_fw_page_url", "https://x.test/a", "page", "url", "https://x.test/a"),
        ("_fw_page_title", "Prices", "page", "title", "Prices"),
        ("_fw_referrer", "https://y.test/", "page", "referrer", "https://y.test/"),
        ("_fw_landing_url", "https://x.test/l", "page", "landing_url", "https://x.test/l"),
        ("utm_source", "x" * 300, "utm", "source", "x" * 255),
        ("page_url", "https://x.test/" + "x" * 3000, "page", "url", "https://x.test/" + "x" * 1985),
    ],
)
def test_facts_about_the_visit_go_to_their_place(name, value, root, member, kept):
    reading = read_body(urlencode({name: value, "name": "Ada"}).encode())
    assert reading.context[root] == {member: kept}
    assert reading.answers == {"name": "Ada"}


@pytest.mark.parametrize(
    "cookie",
    ["GS2.1.s1700000000$o3$g1$t1700000100$j60$l0$h0", "GS1.1.1700000000.3.1.1700000100.60.0.0"],
)
def test_old_and_new_session_cookies_of_google_are_read(cookie):
    assert context(_ga_ABC=cookie)["visitor"] == {
        "ga_session_id": "1700000000",
        "ga_session_number": "3",
    }


@pytest.mark.parametrize("value", ["", "GA1.2", "garbage"])
def test_a_broken_google_cookie_is_no_client_id(value):
    assert context(_ga=value)["visitor"] == {}


@pytest.mark.parametrize(
    "body",
    [
        b"utm_source=a&UTM_SOURCE=b",
        b"utm_source=&utm_source=a&utm_source=b",
        b"page_url=" + quote("https://x.test/?utm_source=a&UTM_SOURCE=b").encode(),
        b'{"utm_source": "a", "meta": 1, "UTM_SOURCE": "b"}',
        b'{"utm": {"source": "a"}}',
    ],
)
def test_names_ignore_case_and_the_first_value_wins(body):
    assert read_body(body).context["utm"] == {"source": "a"}


def test_a_click_id_alone_derives_no_source():
    found = context(page_url="https://x.test/?gclid=AbC")
    assert found["visitor"] == {"gclid": "AbC"}
    assert found["utm"] == {}


@pytest.mark.parametrize(
    "body",
    [
        urlencode({"utm_campaign": "Лето 50%"}).encode(),
        urlencode({"page_url": "https://x.test/?" + urlencode({"utm_campaign": "Лето 50%"})}).encode(),
        json.dumps({"utm_campaign": "Лето 50%"}).encode(),
    ],
)  # fmt: skip
def test_names_of_campaigns_are_decoded_exactly_once(body):
    assert read_body(body).context["utm"] == {"campaign": "Лето 50%"}


def tilda_cookies(**utm):
    inner = "|||".join(f"utm_{name}={value}" for name, value in utm.items())
    return f"_ga=GA1.2.11.22; TILDAUTM={quote(inner)}; _ym_uid=33"


def test_tildas_cookies_fill_in_what_the_form_did_not_send():
    found = context(Name="Ada", COOKIES=tilda_cookies(source="google", campaign="Лето"))
    assert found["utm"] == {"source": "google", "campaign": "Лето"}
    assert found["visitor"] == {"ga_client_id": "11.22", "ym_client_id": "33"}


def test_two_campaigns_never_mix():
    found = context(utm_source="direct", COOKIES=tilda_cookies(source="google", campaign="Summer"))
    assert found["utm"] == {"source": "direct"}


def test_the_last_touch_supplies_the_campaign_of_an_earlier_page():
    first = json.dumps({"utm_source": "yandex", "landing_url": "https://x.test/l"})
    last = json.dumps({"utm_source": "google", "gclid": "G"})
    found = context(name="Ada", _fw_first_touch=first, _fw_last_touch=last)
    assert found["utm"] == {"source": "google"}
    assert found["visitor"] == {
        "first_touch_utm_source": "yandex",
        "first_touch_landing_url": "https://x.test/l",
        "last_touch_utm_source": "google",
        "last_touch_gclid": "G",
        "gclid": "G",
    }


@pytest.mark.parametrize("touch", ["", "no json", "[" * 1000, '"text"', '{"a": {"b": "c"}}'])
def test_a_mangled_touch_costs_nothing(touch):
    reading = read_body(urlencode({"name": "Ada", "_fw_last_touch": touch}).encode())
    assert reading.answers == {"name": "Ada"}
    assert reading.context["visitor"] == {}


def test_a_mangled_page_address_costs_nothing():
    assert context(page_url="http://[x")["page"] == {"url": "http://[x"}
