"""Suggestions go by names, their meaning in four languages, and what the form was really sent."""

from __future__ import annotations

import pytest

from connectors.base import Kind
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


SITE = Field("11", "Website", FieldType.URL)


@pytest.mark.parametrize(
    ("field", "question"),
    [
        (PHONE, "What is the best phone number to reach you?"),
        (PHONE, "Вкажіть, будь ласка, ваш номер телефону"),
        (PHONE, "Укажите ваш телефон *"),
        (PHONE, "¿Cuál es su número de teléfono?"),
        (EMAIL, "What's your e-mail address?"),
        (EMAIL, "Your work email"),
        (NAME, "Як вас звати?"),
        (NAME, "Как к вам обращаться?"),
        (NAME, "¿Cómo te llamas?"),
        (POSITION, "What is your Position?"),
    ],
)
def test_a_question_tells_what_a_key_of_a_builder_does_not(field: Field, question: str) -> None:
    (found,) = suggest([field], [Source("q3_abc", question)], HERE)
    assert (found.reason, found.asked) == (Reason.SAME_MEANING, True)


@pytest.mark.parametrize(
    "source",
    [
        Source("b7", "Your friend's email", ("bob@example.org",)),
        Source("host_email", answers=("host@example.org",)),
        Source("scheduled_event.event_memberships.0.user_email", answers=("host@example.org",)),
        Source("event_guests.email", answers=("guest@example.org",)),
        Source("q4", "May we write to you by email?", ("yes",)),
        Source("b1", "I agree to the terms and to receive emails", ("true",)),
        Source("q5", "How did you hear about our company?"),
        Source("q6", "What is your child's name?"),
        Source("Page URL", answers=("https://example.org/form",)),
        Source("form_name"),
    ],
)
def test_what_is_said_of_others_or_of_the_visit_is_no_field_of_the_contact(source: Source) -> None:
    assert suggest([NAME, EMAIL, PHONE, SITE], [source], HERE) == []


@pytest.mark.parametrize("name", ["contact.email", "data.sender.email"])
def test_what_stands_within_the_visitor_is_the_visitors(name: str) -> None:
    (found,) = suggest([EMAIL], [Source(name)], HERE)
    assert (found.reason, found.asked) == (Reason.SAME_NAME, False)


def test_a_question_that_means_something_else_than_its_name_has_the_last_word() -> None:
    """HubSpot calls a company's name ``name``, like the visitor's."""
    company = Field("c", "Company", FieldType.TEXT)
    (found,) = suggest([NAME, company], [Source("name", "Company name")], HERE)
    assert (found.field, found.asked) == (company, True)


def test_a_companys_name_is_not_the_visitors() -> None:
    sources = [Source("name"), Source("q2", "Назва вашої компанії"), Source("first name")]
    (found,) = suggest([NAME], [*sources, Source("last name")], HERE, Kind.COMPANY)
    assert found.sources == ("q2",)
    assert suggest([NAME], [sources[0]], HERE, Kind.COMPANY) == []


def test_halves_of_a_name_are_found_by_their_questions() -> None:
    halves = [Source("q1", "What is your first name?"), Source("q2", "And your last name?")]
    (found,) = suggest([NAME], halves, HERE)
    assert (found.sources, found.asked) == (("q1", "q2"), True)


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
