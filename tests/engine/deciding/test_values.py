from decimal import Decimal

import pytest

from connectors.catalog import Field, FieldType, Option
from engine.deciding.locale import Locale
from engine.deciding.placeholders import deferred
from engine.deciding.values import Converted, convert, decimal_text, printable

OPTIONS = (Option("1", "Demo"), Option("2", "Price, please"), Option("3", "Ціна"))


def field(type, **parts):
    return Field(id="f", label="F", type=type, **parts)


def converted(value, type, *, region="UA", zone="Europe/Kyiv", **parts):
    return convert(value, field(type, **parts), Locale(region, zone))


@pytest.mark.parametrize("type", list(FieldType))
@pytest.mark.parametrize("value", ["", "  ", "\x00\r\n", [], ["", " "]])
def test_an_empty_answer_has_no_value_and_no_problem(type, value):
    assert converted(value, type) == Converted(None)


@pytest.mark.parametrize(
    ("value", "type", "expected"),
    [
        (" Ada \x00", FieldType.TEXT, "Ada"),
        ("one\r\n two", FieldType.TEXT, "one two"),
        ("one\r\ntwo", FieldType.LONG_TEXT, "one\ntwo"),
        (["a", "", "b"], FieldType.TEXT, "a, b"),
        ("https://x.test/a?b=c", FieldType.URL, "https://x.test/a?b=c"),
        ("x.test/a", FieldType.URL, "https://x.test/a"),
        ("067 123 45 67", FieldType.PHONE, "+380671234567"),
        ("+1 202 555 0143", FieldType.PHONE, "+12025550143"),
        (" Ada.L@Example.ORG ", FieldType.EMAIL, "Ada.L@example.org"),
        ("Так", FieldType.YES_NO, True),
        ("on", FieldType.YES_NO, True),
        ("sí", FieldType.YES_NO, True),
        ("+", FieldType.YES_NO, True),
        ("Згодна", FieldType.YES_NO, True),
        ("не  согласен", FieldType.YES_NO, False),
        ("да", FieldType.YES_NO, True),
        ("Ні", FieldType.YES_NO, False),
        ("0", FieldType.YES_NO, False),
        ("2026-12-01", FieldType.DATE, "2026-12-01"),
        ("1.12.2026", FieldType.DATE, "2026-12-01"),
        ("01/12/2026", FieldType.DATE, "2026-12-01"),
        ("2026/12/01 23:30", FieldType.DATE, "2026-12-01"),
        ("2026-12-01T23:30:00Z", FieldType.DATE, "2026-12-02"),
        ("2026-12-01 15:30", FieldType.DATETIME, "2026-12-01T15:30:00+02:00"),
        ("01.07.2026, 3:30 pm", FieldType.DATETIME, "2026-07-01T15:30:00+03:00"),
        ("2026-12-01T12:00:00.123+00:00", FieldType.DATETIME, "2026-12-01T14:00:00+02:00"),
        ("2026-12-01", FieldType.DATETIME, "2026-12-01T00:00:00+02:00"),
        ("anna", FieldType.USER, "anna"),
        ("77", FieldType.PIPELINE, "77"),
        ("77", FieldType.STAGE, "77"),
    ],
)
def test_an_answer_takes_the_form_of_its_field(value, type, expected):
    assert converted(value, type) == Converted(expected)


@pytest.mark.parametrize(
    ("value", "type", "words"),
    [
        ("not a site", FieldType.URL, "no web address"),
        ("javascript://x.test/%0Aalert(1)", FieldType.URL, "no web address"),
        ("http://[x", FieldType.URL, "no web address"),
        ("ada@", FieldType.EMAIL, "no e-mail address"),
        ("a lot", FieldType.MONEY, "no number"),
        ("perhaps", FieldType.YES_NO, "neither yes nor no"),
        ("31.02.2026", FieldType.DATE, "no date"),
        ("13/13/2026", FieldType.DATE, "no date"),
        ("tomorrow", FieldType.DATE, "no date"),
        ("2026-12-01 25:00", FieldType.DATETIME, "no time"),
        ("2026-12-01 13:00 pm", FieldType.DATETIME, "no time"),
        ("0001-01-01T00:00+14:00", FieldType.DATETIME, "no time"),
        ("x", FieldType.OPAQUE, "only the CRM itself"),
    ],
)
def test_an_unusable_answer_is_not_written_and_says_why(value, type, words):
    found = converted(value, type)
    assert found.value is None
    assert words in found.problem
    assert value not in found.problem or value == "x"  # a problem holds no personal data


def test_the_digits_of_an_invalid_phone_stay_at_hand():
    found = converted("067 123 45", FieldType.PHONE)
    assert (found.value, found.digits) == (None, "06712345")
    assert "no phone number of UA" in found.problem


@pytest.mark.parametrize(
    ("text", "decimals", "expected"),
    [
        ("1 500,50 ₴", None, "1500.5"),
        ("1 500,50 ₴", 2, "1500.5"),
        ("1 500,50 ₴", 0, "1501"),
        ("2500.49", 0, "2500"),
        ("-0.4", 0, "0"),
        ("10", 2, "10"),
        ("1.005", 2, "1.01"),
        ("1,500", None, "1500"),
        ("1e30", 2, "1" + "0" * 30),
    ],
)
@pytest.mark.parametrize("type", [FieldType.MONEY, FieldType.NUMBER])
def test_numbers_keep_the_decimals_of_their_field(type, text, decimals, expected):
    assert converted(text, type, decimals=decimals) == Converted(expected)


def test_no_decimal_passes_through_a_float():
    assert decimal_text(Decimal("0.1") + Decimal("0.2")) == "0.3"
    assert decimal_text(Decimal("12345678901234567890.12")) == "12345678901234567890.12"


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("03/04/2026", "UA", "2026-04-03"),
        ("03/04/2026", "US", "2026-03-04"),
        ("03.04.2026", "US", "2026-04-03"),
        ("12/31/2026", "UA", "2026-12-31"),
        ("31/12/2026", "US", "2026-12-31"),
    ],
)
def test_slashed_dates_follow_the_region_unless_only_one_reading_is_possible(
    text, region, expected
):
    assert converted(text, FieldType.DATE, region=region).value == expected


@pytest.mark.parametrize("text", ["1", "demo", " DEMO "])
def test_an_option_is_named_by_id_or_label(text):
    assert converted(text, FieldType.CHOICE, options=OPTIONS) == Converted("1")
    assert converted(text, FieldType.USER, options=OPTIONS) == Converted("1")


def test_an_unknown_option_names_those_there_are():
    found = converted("secret", FieldType.CHOICE, options=OPTIONS)
    assert found == Converted(
        None, "the answer is none of the CRM's options: Demo, Price, please, Ціна"
    )
    many = tuple(Option(str(n), f"o{n}") for n in range(25))
    assert "o19 and 5 more" in converted("x", FieldType.CHOICE, options=many).problem


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Demo", ["1"]),
        (["Demo", "ціна", "demo"], ["1", "3"]),
        ("Demo, Ціна", ["1", "3"]),
        ("Demo;Ціна", ["1", "3"]),
        ("Demo\nЦіна", ["1", "3"]),
        ("Price, please", ["2"]),
    ],
)
def test_several_choices_come_as_lists_or_joined(value, expected):
    assert converted(value, FieldType.CHOICES, options=OPTIONS) == Converted(expected)


def test_known_choices_are_kept_when_others_are_not():
    found = converted(["Demo", "secret"], FieldType.CHOICES, options=OPTIONS)
    assert found.value == ["1"]
    assert found.problem.startswith("1 of 2 answers are none of")
    assert converted("secret", FieldType.CHOICES, options=OPTIONS).value is None


@pytest.mark.parametrize(
    "value",
    ["067 123 45 67; 044 279 00 00", "0671234567\n0442790000", ["0671234567", "+380442790000", "067 123 45 67"]],
)  # fmt: skip
def test_a_field_of_many_phones_takes_them_all(value):
    found = converted(value, FieldType.PHONE, many=True)
    assert found == Converted(["+380671234567", "+380442790000"])


def test_a_bad_phone_among_many_is_left_out():
    found = converted("067 123 45 67, 12", FieldType.PHONE, many=True)
    assert found.value == ["+380671234567"]
    assert found.digits == "12"
    assert found.problem


def test_a_single_value_of_several_answers_is_the_first_and_says_so():
    found = converted(["ada@x.org", "b@x.org"], FieldType.EMAIL)
    assert found.value == "ada@x.org"
    assert "only the first of 2" in found.problem


def test_control_characters_are_not_printable():
    assert printable("a\x00\x1b\x7f\x85b\r\nc\rd\te") == "ab\nc\nd\te"


ID, URL = "\ufdd2", "\ufdd3"


@pytest.mark.parametrize(
    ("value", "type"),
    [
        (f"see {ID}", FieldType.TEXT),
        (f"see\n{URL}", FieldType.LONG_TEXT),
        (URL, FieldType.URL),
        (f"{URL}/edit", FieldType.URL),
        (ID, FieldType.NUMBER),
    ],
)
def test_what_is_only_known_later_passes_where_it_can(value, type):
    assert deferred(value)
    assert converted(value, type) == Converted(value)


@pytest.mark.parametrize(
    ("value", "type"),
    [
        (URL, FieldType.NUMBER),
        (f"1{ID}", FieldType.NUMBER),
        (ID, FieldType.DATE),
        (ID, FieldType.PHONE),
        (ID, FieldType.EMAIL),
        (ID, FieldType.YES_NO),
        (ID, FieldType.CHOICE),
    ],
)
def test_what_is_only_known_later_has_no_other_type(value, type):
    found = converted(value, type)
    assert found.value is None
    assert found.problem


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("telegram: @ada", "TG:@ada"),
        ("Telegram:@ada:x", "TG:@ada:x"),
        ("@ada", None),
        ("telegram:", None),
        ("pigeon:coop 4", None),
    ],
)
def test_an_address_in_a_messenger_has_the_messenger_before_it(value, expected):
    options = (Option("TG", "Telegram"), Option("WA", "WhatsApp"))
    given = converted(value, FieldType.MESSENGER, options=options)
    assert given.value == expected
    assert (given.problem is None) == (expected is not None)
