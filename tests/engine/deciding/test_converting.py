"""What becomes of an answer on its way through a row."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from connectors.catalog import Field, FieldType
from engine.deciding.conversions import Conversion, Conversions
from engine.deciding.converting import Prepared, apply
from engine.deciding.documents import load
from engine.deciding.locale import Locale
from engine.deciding.values import convert

KYIV = Locale("UA", "Europe/Kyiv")


def prepared(answer, **row):
    return apply(load(Conversions, row), answer, KYIV)


@pytest.mark.parametrize(
    ("conversion", "answer", "expected"),
    [
        ("trim", "  Ada ", "Ada"),
        ("trim", [" a", "b "], ["a", "b"]),
        ("upper", "straße", "STRASSE"),
        ("lower", "ЇЖАК", "їжак"),
        ("title", "ADA LOVELACE-KING", "Ada Lovelace-King"),
        ("title", "мар'яна", "Мар'яна"),
        ("sentence", "HELLO there. BYE", "Hello there. bye"),
        ("digits", "№ 12-34/٥", "12345"),
        ("digits", "none", ""),
        ("first_name", "Ada King Lovelace", "Ada"),
        ("last_name", "Ada King Lovelace", "King Lovelace"),
        ("first_name", "Lovelace,  Ada King", "Ada King"),
        ("last_name", "Lovelace, Ada King", "Lovelace"),
        ("first_name", " Ada ", "Ada"),
        ("last_name", "Ada", ""),
        ("first_name", ",", ""),
        ("last_name", ",", ""),
        ({"truncate": 4}, "12345", "123…"),
        ({"truncate": 5}, "12345", "12345"),
        ("phone", "067 123 45 67", "+380671234567"),
        ({"phone": "PL"}, "512 345 678", "+48512345678"),
        ("phone", "067 123 45 67; 044 279 00 00", "+380671234567; +380442790000"),
        ("phone", "call me", "call me"),  # the field judges it
        ("number", "1 500,50 ₴", "1500.5"),
        ("number", "1,500", "1500"),
        ({"number": ","}, "1,500", "1.5"),
        ({"number": ","}, "1.500", "1500"),
        ({"number": ","}, "-1.234.567,89 €", "-1234567.89"),
        ({"number": ","}, "1\u00a0500", "1500"),
        ({"number": ","}, "12", "12"),
        ({"number": "."}, "1,500", "1500"),
        ({"number": "."}, "1'500.25", "1500.25"),
        ("money", "1 500,50 грн.", "1500.5"),
        ({"money": "UAH"}, "1 500 ₴", "1500"),
        ({"money": "UAH"}, "1500", "1500"),
        ({"money": "USD"}, "US$ 20", "20"),
        ({"money": "CAD"}, "$20", "20"),
        ({"money": "SEK"}, "100 sek", "100"),
        ({"money": {"currency": "EUR", "decimal": ","}}, "1.500 €", "1500"),
        ({"date": "DD.MM.YYYY"}, "31.12.2026", "2026-12-31"),
        ({"date": "DD.MM.YYYY"}, " 1.2.2026 ", "2026-02-01"),
        ({"date": "MM/DD/YYYY"}, "03/04/2026", "2026-03-04"),
        ({"date": "DD/MM/YYYY"}, "03/04/2026", "2026-04-03"),
        ({"date": "d.m.yy"}, "3.4.26", "2026-04-03"),
        ({"date": "DD-MM-YY"}, "10-12-85", "1985-12-10"),
        ({"date": "DDMMYYYY"}, "01022026", "2026-02-01"),
        ({"date": "YYYYMMDDTHHmm"}, "20260701T1530", "2026-07-01T15:30:00+03:00"),
        ({"date": "DD.MM.YYYY HH:mm"}, "01.12.2026 15:30", "2026-12-01T15:30:00+02:00"),
        ({"date": "DD.MM.YYYY в HH:MM:SS"}, "01.12.2026 в  5:30:09", "2026-12-01T05:30:09+02:00"),
        ({"date": "HH:MM DD.MM.YYYY"}, "15:30 01.12.2026", "2026-12-01T15:30:00+02:00"),
        ({"date": "MM/DD/YYYY hh:mm am"}, "12/01/2026 12:05 P.M.", "2026-12-01T12:05:00+02:00"),
        ({"date": {"pattern": "DD.MM.YYYY HH:MM", "zone": "UTC"}}, "01.12.2026 15:30", "2026-12-01T15:30:00+00:00"),
        ({"date": {"pattern": "DD.MM.YYYY", "zone": "Asia/Tokyo"}}, "01.12.2026", "2026-12-01"),
        ("yes_no", "Так", "yes"),
        ("yes_no", "No  acepto", "no"),
        ({"yes_no": {"yes": ["Sure thing"]}}, "sure  THING", "yes"),
        ({"yes_no": {"no": ["on"]}}, "on", "no"),  # ours give way
        ("each", "a, b;c\nd,,", ["a", "b", "c", "d"]),
        ("each", ["a, b", "c"], ["a", "b", "c"]),
        ({"each": "|"}, "a, b | c", ["a, b", "c"]),
        ({"each": " "}, "Lovelace  Ada King", ["Lovelace", "Ada", "King"]),
        ({"pick": "first"}, ["", "a", "b"], "a"),
        ({"pick": "last"}, ["a", "b", " "], "b"),
        ({"pick": 2}, ["a", "b"], "b"),
        ({"pick": 3}, ["a", "b"], ""),
        ({"pick": "last"}, [], ""),
        ({"pick": 1}, "a", "a"),
        ("join", ["a", "", "b"], "a, b"),
        ({"join": " / "}, ["a", "b"], "a / b"),
        ("join", "a", "a"),
    ],
)  # fmt: skip
def test_a_conversion(conversion, answer, expected):
    assert prepared(answer, convert=[conversion]) == Prepared(expected)


def test_conversions_go_in_order():
    row = ["each", {"pick": 2}, "trim", "upper", {"truncate": 2}]
    assert prepared("ada, grace", convert=row).value == "G…"


def test_what_a_conversion_gives_its_field_reads():
    field = Field(id="f", label="F", type=FieldType.DATETIME)
    row = {"convert": {"date": {"pattern": "DD.MM.YYYY HH:MM", "zone": "UTC"}}}
    value = prepared("01.12.2026 15:30", **row).value
    read = convert(value, field, KYIV)
    assert read.value == "2026-12-01T17:30:00+02:00"


@pytest.mark.parametrize(
    ("conversion", "answer", "words"),
    [
        ("number", "a lot", "is no number"),
        ({"number": ","}, "1.5", "is no number"),
        ({"number": ","}, "1,5,0", "is no number"),
        ({"number": "."}, "1.500.000", "is no number"),
        ({"number": ","}, "1,", "is no number"),
        ({"number": ","}, "€", "is no number"),
        ("money", "a lot", "is no amount of money"),
        ({"money": "UAH"}, "$100", "is not in UAH"),
        ({"money": "UAH"}, "100 EUR", "is not in UAH"),
        ({"date": "DD.MM.YYYY"}, "12/31/2026", "is no date written DD.MM.YYYY"),
        ({"date": "DD.MM.YYYY"}, "31.02.2026", "is no date"),
        ({"date": "DD.MM.YYYY"}, "01.01.0000", "is no date"),
        ({"date": "DD.MM.YYYY"}, "1" * 50, "is no date"),
        ({"date": "DD.MM.YYYY HH:MM"}, "01.12.2026 24:30", "is no date"),
        ({"date": "DDMMYYYY"}, "1122026", "is no date"),
        ("yes_no", "perhaps", "is neither yes nor no"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_goes_the_way_of_the_unknown(conversion, answer, words):
    skipped = prepared(answer, convert=[conversion])
    assert skipped.value == ""
    assert skipped.problem is not None
    assert words in skipped.problem
    assert "left out" in skipped.problem
    assert prepared(answer, convert=[conversion], unknown="keep") == Prepared(answer)
    assert prepared(answer, convert=[conversion], unknown={"value": "X"}) == Prepared("X")
    noted = prepared(answer, convert=[conversion], unknown="note")
    assert (noted.value, noted.to_note) == ("", answer)
    assert "goes into the note" in (noted.problem or "")


MAP = {"big": "Enterprise", "Small  shop": "SMB", "none": ""}


@pytest.mark.parametrize(
    ("answer", "unknown", "expected"),
    [
        ("big", "skip", Prepared("Enterprise")),
        (" BIG ", "skip", Prepared("Enterprise")),
        ("small shop", "skip", Prepared("SMB")),
        ("none", "skip", Prepared("")),
        ("", "skip", Prepared("")),
        ([], "skip", Prepared("")),
        (["big", "small shop"], "skip", Prepared(["Enterprise", "SMB"])),
        ("odd", "skip", Prepared("", "the answer is not in the row's map, so it is left out")),
        ("odd", "keep", Prepared("odd")),
        ("odd", {"value": "Other"}, Prepared("Other")),
        (["odd", "big"], {"value": "Other"}, Prepared(["Other", "Enterprise"])),
        (
            ["odd", "big", " even "],
            "note",
            Prepared(
                ["Enterprise"],
                "the answer is not in the row's map, so it goes into the note",
                "odd, even",
            ),
        ),
    ],
)
def test_the_map_says_what_the_crm_calls_it(answer, unknown, expected):
    assert prepared(answer, map=MAP, unknown=unknown) == expected


@pytest.mark.parametrize("answer", ["", "  ", []])
def test_an_empty_answer_can_be_mapped_too(answer):
    assert prepared(answer, map={"": "Not given"}) == Prepared("Not given")


def test_what_was_converted_is_looked_up():
    row = {"convert": "yes_no", "map": {"yes": "Subscribed", "no": "Not subscribed"}}
    assert prepared("Так", **row).value == "Subscribed"


@pytest.mark.parametrize(
    "name", [name for name in Conversion.model_fields if name in Conversion.bare]
)
def test_an_empty_answer_passes_every_conversion(name):
    assert not "".join(prepared("", convert=[name]).value)
    assert not "".join(prepared([" "], convert=[name]).value).strip()
    assert prepared("", convert=[name]).problem is None


_settings = some.sampled_from(
    [
        *Conversion.bare,
        {"number": ","},
        {"number": "."},
        {"money": {"currency": "UAH", "decimal": ","}},
        {"date": "DD.MM.YYYY"},
        {"date": "YYMMDD hh:mm:ss am"},
        {"truncate": 1},
        {"pick": 2},
        {"each": "|"},
        {"phone": "US"},
    ]
)
_hostile = some.text(max_size=30) | some.sampled_from(
    ["99999999999,9", "１,５", "31.12.9999", "00.00.0000", "1e9999", "\ufdd0", "{{ x }}", "+" * 50]
)


@given(
    some.lists(_settings, max_size=4), _hostile | some.lists(_hostile, max_size=3),
    some.sampled_from(["skip", "note", "keep", {"value": "x"}]), some.booleans(),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_no_answer_makes_a_conversion_raise(conversions, answer, unknown, mapped):
    row = {"convert": conversions, "unknown": unknown, "map": {"a": "b"} if mapped else {}}
    assert isinstance(prepared(answer, **row).value, str | list)
