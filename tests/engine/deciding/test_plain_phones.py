"""What is read by a country's numbering plan alone is what phonenumbers reads."""

from __future__ import annotations

from random import Random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from engine.deciding.plain_phones import plain_number

REGIONS = ("UA", "PL", "DE", "FR", "ES", "KZ", "IT", "AR", "MX", "US", "GB", "JP", "TH", "ZZ")


def written(region: str) -> list[str]:
    """Example numbers of a country as people write them, and some with a slip of the finger."""
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.PREMIUM_RATE)
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    texts = [
        text
        for number in examples
        if number is not None
        for national in [phonenumbers.national_significant_number(number)]
        for text in (
            phonenumbers.format_number(number, PhoneNumberFormat.E164),
            phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
            f"+{number.country_code} (0) {national}",
            f"00{number.country_code}{national}",
            f"{number.country_code}{national}",
            f"0{national}",
            national,
        )
    ]
    random = Random(region)
    slips = [text.replace(random.choice(text), random.choice("0123456789"), 1) for text in texts]
    return [*texts, *slips]


def read(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if valid else None


@pytest.mark.parametrize("region", REGIONS)
def test_a_plain_number_is_what_phonenumbers_reads(region: str) -> None:
    for text in [*written(region), *written("UA")]:
        number = plain_number(text, region)
        assert number in (None, read(text, region)), text


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("067 123-45-67", "UA", "+380671234567"),
        ("(067) 1234567", "UA", "+380671234567"),
        ("+380671234567", "US", "+380671234567"),
        ("671234567", "UA", "+380671234567"),
        ("380671234567", "UA", None),  # its plus was lost: phonenumbers decides
        ("+3800671234567", "UA", None),
        ("00380671234567", "UA", None),
        ("tel. 0671234567", "UA", None),
        ("+1 415 555 2671", "US", None),  # several countries share the code
        ("0671234567", "ZZ", None),
        ("", "UA", None),
        ("+", "UA", None),
    ],
)
def test_only_plain_numbers_are_read(text: str, region: str, number: str | None) -> None:
    assert plain_number(text, region) == number
