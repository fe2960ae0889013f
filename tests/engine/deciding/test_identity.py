import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as some

from engine.deciding.identity import (
    email_key,
    identities,
    normal_email,
    phone_key,
    same_email,
    split_phones,
)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+380 67 123 45 67", "US"),
        ("067 123 45 67", "UA"),
        ("(067) 123-45-67", "UA"),
        ("tel: 067-123-45-67", "UA"),
        ("0671234567 ext. 5", "UA"),
        ("380671234567", "UA"),
        ("380671234567", "US"),  # a plus was lost
        ("00380671234567", "UA"),
        ("+380671234567", "ZZ"),
        ("٠٦٧١٢٣٤٥٦٧", "UA"),
    ],
)
def test_one_phone_has_one_key_however_it_is_written(text, region):
    assert phone_key(text, region) == "phone:+380671234567"


@pytest.mark.parametrize("text", ["", "abc", "12345", "+380", "9" * 200])
def test_what_is_no_phone_has_no_key(text):
    assert phone_key(text, "UA") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" Ada@Example.org ", "email:ada@example.org"),
        ("ADA@EXAMPLE.ORG", "email:ada@example.org"),
        ("ada@staging.test", "email:ada@staging.test"),
        ("ada@ПРИКЛАД.укр", "email:ada@приклад.укр"),
        ("ada", None),
        ("ada@localhost", None),
        ("ada lovelace@example.org", None),
        ("Ada <ada@example.org>", None),
        ("", None),
    ],
)
def test_email_keys(text, key):
    assert email_key(text) == key


_names = some.sampled_from(
    ["ada", "ada.king+x", "a_b-1", "Ada", "POSTMASTER", "postmaster", ".a", "a..b", "-", "a" * 65, "'q'"]
)  # fmt: skip
_labels = some.sampled_from(
    ["example", "EXAMPLE", "xn--80ak6aa92e", "xn--zz", "-x", "x-", "a--b", "", "1", "a" * 64, "test"]
)  # fmt: skip
_tops = some.sampled_from(["org", "Co", "test", "local", "invalid", "x", "1", "arpa", "onion", ""])


@given(_names, some.lists(_labels, max_size=3), _tops)
@settings(max_examples=500, derandomize=True, deadline=None)
def test_an_address_is_what_the_library_makes_of_the_whole_of_it(name, labels, top):
    text = f"{name}@{'.'.join([*labels, top])}"
    try:
        expected = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert normal_email(text) is None
    else:
        assert normal_email(text) == expected.normalized


def test_identities_are_sorted_and_each_there_once():
    phones = ["067 123 45 67; +380 67 123 45 67\n044 279 00 00", "no"]
    assert identities(phones, ["Ada@Example.org", "ada@example.ORG", "no"], "UA") == (
        "email:ada@example.org",
        "phone:+380442790000",
        "phone:+380671234567",
    )


def test_emails_are_compared_without_case():
    assert same_email("Ada@Example.org", " ada@example.ORG")
    assert not same_email("ada@example.org", "grace@example.org")
    assert not same_email("nobody", "nobody")


def test_several_phones_in_one_answer_are_separated():
    assert split_phones(" 1 ; 2,3\r\n4\n\n") == ["1", "2", "3", "4"]
