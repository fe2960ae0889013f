"""Suggestions go by names, their meaning in four languages, and what the form was really sent."""

from __future__ import annotations

import pytest

from connectors.catalog import Field, FieldType, Option
from engine.deciding.locale import Locale
from engine.deciding.suggesting import Reason, Source, fold, suggest

HERE = Locale("UA", "Europe/Kyiv")
PHONE = Field("phone", "Телефон", FieldType.PHONE, code="PHONE", many=True)
EMAIL = Field("email", "Email", FieldType.EMAIL, code="EMAIL", many=True)
NAME = Field("name", "Name", FieldType.TEXT)
SIZE = Field("7", "Size", FieldType.CHOICE, options=(Option("1", "Small"), Option("2", "Large")))
BORN = Field("8", "Birthday", FieldType.DATE)
POSITION = Field("9", "Position", FieldType.TEXT)
NEEDS = Field("10", "Customer requirements", FieldType.LONG_TEXT)


@pytest.mark.parametrize(
    ("field", "source", "reason"),
    [
        (PHONE, Source("phone"), Reason.SAME_NAME),
        (PHONE, Source("tel"), Reason.SAME_MEANING),
        (PHONE, Source("f1", "Номер телефону"), Reason.SAME_MEANING),
        (PHONE, Source("f1", "Teléfono:"), Reason.SAME_MEANING),
        (EMAIL, Source("your-email"), Reason.SAME_MEANING),
        (EMAIL, Source("f2", "Электронная почта"), Reason.SAME_MEANING),
        (EMAIL, Source("E-mail", answers=("ada@example.org",)), Reason.SAME_MEANING),
        (EMAIL, Source("email", answers=("by phone", "none")), None),
        (PHONE, Source("phone", answers=("067 123 45 67", "?")), None),
        (PHONE, Source("phone", answers=("067 123 45 67", "050 111 22 33", "?")), Reason.SAME_NAME),
        (NAME, Source("Ім'я"), Reason.SAME_MEANING),
        (BORN, Source("fecha de nacimiento", answers=("01.02.1990",)), Reason.SAME_MEANING),
        (BORN, Source("birthday", answers=("in spring",)), None),
        (SIZE, Source("q3", answers=("small", "Large")), Reason.OPTIONS),
        (SIZE, Source("q3", answers=("small",)), None),
        (SIZE, Source("q3", answers=("small", "large", "a", "b", "c")), None),
        (SIZE, Source("size", answers=("few", "many")), Reason.SAME_NAME),
        (POSITION, Source("jobTitle"), Reason.SAME_MEANING),
        (NEEDS, Source("customer_requirement"), Reason.LIKE_NAME),
        (NEEDS, Source("custom roof requirements"), None),
        (POSITION, Source("city"), None),
    ],
)
def test_a_field_is_suggested_for_a_reason(
    field: Field, source: Source, reason: Reason | None
) -> None:
    found = suggest([field], [source], HERE)
    assert [one.reason for one in found] == ([reason] if reason else [])


def test_a_source_goes_to_the_field_it_fits_best_and_to_no_other() -> None:
    other = Field("11", "Phones", FieldType.PHONE)
    found = suggest([other, PHONE], [Source("phone"), Source("tel")], HERE)
    assert {one.field.id: one.sources for one in found} == {"phone": ("phone",)}


def test_a_name_is_put_together_of_its_halves_unless_there_is_a_whole_one() -> None:
    halves = [Source("last_name"), Source("first_name")]
    (found,) = suggest([NAME], halves, HERE)
    assert found.sources == ("first_name", "last_name")
    (found,) = suggest([NAME], [*halves, Source("full name")], HERE)
    assert found.sources == ("full name",)
    assert suggest([NAME], [Source("first_name")], HERE) == []


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("jobTitle", "job title"),
        ("Your-Email *", "your email"),
        ("UTM_SOURCE", "utm source"),
        ("Dirección", "direccion"),
        ("Імʼя", "імʼя"),
        ("телефонКлієнта", "телефон клієнта"),
    ],
)
def test_names_are_folded(name: str, folded: str) -> None:
    assert fold(name) == fold(folded)
