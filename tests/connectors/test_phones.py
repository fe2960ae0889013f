import pytest

from connectors.phones import national_digits, same_last_digits, same_number


@pytest.mark.parametrize(
    ("e164", "typed"),
    [
        ("+79061234567", "8 (906) 123-45-67"),
        ("+79061234567", "+7 906 123 45 67"),
        ("+79061234567", "79061234567"),
        ("+79061234567", "9061234567"),
        ("+14155550100", "(415) 555-0100"),
        ("+14155550100", "1-415-555-0100"),
        ("+4930901820", "030 901820"),
        ("+4930901820", "0049 30 901820"),
        ("+390612345678", "06 1234 5678"),
    ],
)
def test_one_number_written_in_many_ways_is_one_number(e164, typed):
    assert same_number(e164, typed)


@pytest.mark.parametrize(
    ("e164", "typed"),
    [
        ("+79061234567", "8 (906) 123-45-68"),
        ("+79061234567", "123-45-67"),
        ("+14155550100", "+44 415 555 0100"),
        ("+14155550100", "ask for Ada"),
        ("+14155550100", ""),
    ],
)
def test_other_numbers_are_others(e164, typed):
    assert not same_number(e164, typed)


def test_what_is_no_number_equals_only_itself():
    assert same_number("extension 7", "extension 7 ")
    assert not same_number("extension 7", "7")


@pytest.mark.parametrize(
    ("e164", "digits"),
    [("+79061234567", "9061234567"), ("+4930901820", "30901820"), ("ext. 7", "7")],
)
def test_the_digits_that_all_writings_share(e164, digits):
    assert national_digits(e164) == digits


@pytest.mark.parametrize(
    ("e164", "typed", "alike"),
    [
        ("+380671234567", "8 067 123-45-67", True),
        ("+380671234567", "+8 067 123 45 67", True),
        ("+380671234567", "tel. 0671234567, Ada", True),
        ("+14155550100", "9-4155550100", True),
        ("+380671234567", "067 123 45 67", False),  # a number, and that very one
        ("+14155550100", "+914155550100", False),  # a number of somebody else
        ("+380671234567", "71234567", False),  # too short
        ("+380671234567", "0671234567 ext. 5", False),
        ("+3726001234", "3726001234 and more", True),
        ("+298201234", "0298201234 and more", False),  # has less than ten digits itself
        ("ext. 7", "7", False),
        ("+380671234567", "", False),
    ],
)
def test_what_is_no_number_is_compared_by_the_last_ten_digits(e164, typed, alike):
    assert same_last_digits(e164, typed) is alike
