from decimal import Decimal

import pytest

from rules.numbers import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1500", "1500"),
        (" 1500 ", "1500"),
        ("1 500,50 ₴", "1500.50"),
        ("1,500.50", "1500.50"),
        ("1.500,50", "1500.50"),
        ("1\u00a0500", "1500"),
        ("1\u202f500,5", "1500.5"),
        ("1'500.5", "1500.5"),
        ("1’500", "1500"),
        ("1,500", "1500"),  # three digits after a lone comma: thousands
        ("1,50", "1.50"),
        ("0,500", "0.500"),
        ("1.500", "1.500"),  # a lone dot is a decimal point
        ("1,500,000", "1500000"),
        ("1.500.000,5", "1500000.5"),
        ("$20", "20"),
        ("US$ 20", "20"),
        ("-$20", "-20"),
        ("−5", "-5"),
        ("20 грн.", "20"),
        ("UAH 300", "300"),
        ("1e5", "100000"),
        ("５", "5"),  # full width
    ],
)
def test_a_number_is_read_however_people_write_it(text, number):
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "€",
        "-",
        "1.",
        "067 123 45 67",
        "+380671234567",
        "01.02.2026",
        "2026-01-01",
        "12,34,567",
        "1,500,50",
        "1 50",
        "1e400",
        "NaN",
        "Infinity",
        "0x10",
        "1" * 41,
    ],
)
def test_phones_dates_and_words_are_no_numbers(text):
    assert read_number(text) is None
