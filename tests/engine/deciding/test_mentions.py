"""Finding one person in texts of every kind, and nobody else."""

from __future__ import annotations

import pytest

from engine.deciding.mentions import REDACTED, NobodySought, sought

EMAIL, PHONE = "Ada@Example.org", "+380 67 123-45-67"

NAMED = [
    (EMAIL, "mail to ada@example.org, please"),
    (EMAIL, '{"email": "ADA@EXAMPLE.ORG"}'),
    (EMAIL, "email=ada%40example.org&name=Ada"),
    (EMAIL, "contact:email=ada@example.org"),
    (PHONE, "+380671234567"),
    (PHONE, "phone=%2B380671234567"),
    (PHONE, "0671234567"),
    (PHONE, "067 123 45 67"),
    (PHONE, "(067) 123-45-67"),
    (PHONE, "+380 (67) 123 45 67"),
    (PHONE, "00380671234567"),
    (PHONE, "query=671234567&limit=250"),
    (PHONE, "phone=067+123+45+67"),
    (PHONE, '["+38 067 1234567"]'),
]
OTHERS = [
    (EMAIL, "ada@example.organic"),
    (EMAIL, "grace.ada@example.org"),
    (EMAIL, "lovelace-ada@example.org"),
    (EMAIL, "ada.example.org"),
    (PHONE, "+380671234568"),
    (PHONE, "46712345670"),
    (PHONE, "1671234567"),
    (PHONE, "6712345671"),
    (PHONE, "671 234"),
]


@pytest.mark.parametrize(("identity", "text"), NAMED)
def test_a_person_is_found_and_blacked_out(identity: str, text: str) -> None:
    person = sought(identity)
    assert person.in_text(text)
    redacted = person.redacted(text)
    assert REDACTED in redacted
    assert not person.in_text(redacted)


@pytest.mark.parametrize(("identity", "text"), OTHERS)
def test_others_are_left_alone(identity: str, text: str) -> None:
    assert sought(identity).redacted(text) == text


@pytest.mark.parametrize("text", ["", "Ada", "ada@", "0671234567", "+1", "+380671", "@example.org"])
def test_who_cannot_be_sought_is_said(text: str) -> None:
    with pytest.raises(NobodySought, match=r"is no|neither"):
        sought(text)


def test_one_person_has_one_key() -> None:
    assert sought(EMAIL).key == "email:ada@example.org"
    assert sought(PHONE).key == sought("+380671234567").key == "phone:+380671234567"
