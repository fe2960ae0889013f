"""How a number may have been typed, as many ways as one question to Bitrix24 may hold."""

import pytest

from connectors.bitrix24.spellings import MOST, phone_spellings


@pytest.mark.parametrize(
    ("e164", "typed"),
    [
        ("+79061234567", "+79061234567 79061234567 89061234567 9061234567".split()),
        ("+79061234567", ["8 (906) 123-45-67", "+7 906 123-45-67", "+7 906 123 45 67"]),
        ("+79061234567", ["8-906-123-4567", "8-906-123-45-67", "8 906 123 45 67"]),
        ("+14155550100", ["(415) 555-0100", "415-555-0100", "+1 415-555-0100", "+1-415-555-0100"]),
        ("+380671234567", ["067 123 4567", "0671234567", "380671234567", "+380 67 123 4567"]),
        ("not a number", ["not a number"]),
    ],
)
def test_the_usual_ways_are_tried(e164, typed):
    assert set(typed) <= set(phone_spellings(e164))


@pytest.mark.parametrize("loosely", [False, True])
def test_what_only_ends_alike_is_tried_when_asked(loosely):
    spellings = phone_spellings("+380671234567", loosely=loosely)
    assert ({"80671234567", "+80671234567"} <= set(spellings)) is loosely


@pytest.mark.parametrize(
    "e164", ["+79061234567", "+14155550100", "+380671234567", "+4915123456789"]
)
def test_there_are_no_more_than_one_question_holds(e164):
    spellings = phone_spellings(e164, loosely=True)
    assert len(spellings) == len(set(spellings)) <= MOST
