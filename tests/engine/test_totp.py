"""Codes of authenticator apps, against the RFC's own table."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from engine import totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [  # RFC 6238, appendix B, SHA-1: the last six of its eight digits
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str):
    step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
    assert totp.code_of(RFC_SECRET, step) == code


@pytest.mark.parametrize(
    ("off_s", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_half_a_minute_wrong(off_s: int, taken: bool):
    step = totp.step_of(NOON + timedelta(seconds=off_s))
    found = totp.matching_step(RFC_SECRET, totp.code_of(RFC_SECRET, step), NOON)
    assert found == (step if taken else None)


@pytest.mark.parametrize("wrong", ["", "1", "1234567", "abcdef", "\N{SNOWMAN}", "\ud800"])
def test_what_is_no_code_matches_nothing(wrong: str):
    assert totp.matching_step(RFC_SECRET, wrong, NOON) is None


def test_secrets_differ_and_are_long_enough():
    first, second = totp.new_secret(), totp.new_secret()
    assert first != second
    assert len(base64.b32decode(first)) == 20


def test_the_address_is_what_apps_read():
    assert totp.address("ABC", "grace@example.org", "Formwire forms.example.org") == (
        "otpauth://totp/Formwire%20forms.example.org%3Agrace%40example.org"
        "?secret=ABC&issuer=Formwire%20forms.example.org"
    )
