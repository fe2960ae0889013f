"""What a form was sent beyond its fields is told, and what was changed at the sender is recognised."""

from __future__ import annotations

import pytest

from engine.deciding.field_finding import Sent
from engine.deciding.form import FormField
from engine.deciding.newcomers import News, Reworded, news

PHONE = FormField(key="q1", label="Phone", aliases=("tel",))
EMAIL = FormField(key="q2", label="E-mail")


def new(fields: list[FormField], *sent: Sent) -> dict[str, str]:
    """Names that no field has, and the fields whose questions they seem to answer."""
    return {one.field.key: one.same_as for one in news(fields, sent).newcomers}


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ([Sent({"q1": "1", "tel": "2", "q2": "3"})], {}),
        ([Sent({"q1": "1", "city": "Kyiv"})], {"city": ""}),
        ([Sent({"q9": "1"}, {"q9": "phone:"})], {"q9": "q1"}),
        ([Sent({"Phone": "1"})], {"Phone": "q1"}),  # a sender that knows no keys
        ([Sent({"q9": "1"}, {"q9": "Mobile"}), Sent({"q1": "2"}, {"q1": "Mobile"})], {"q9": "q1"}),
        ([Sent({"q1": "1", "q9": "2"}, {"q9": "Phone"})], {"q9": ""}),  # the field is there still
        ([Sent({"tel": "1", "q9": "2"}, {"q9": "Phone"})], {"q9": ""}),
        ([Sent({"q8": "1", "q9": "2"}, {"q8": "Phone", "q9": "Phone"})], {"q8": "", "q9": ""}),
        ([Sent({"q9": "1"}, {"q9": "???"})], {"q9": ""}),
        ([Sent({"What is your mobile number?": "1"})], {"What is your mobile number?": "q1"}),
        ([Sent({"q9": "1", "q8": "2"}, {"q9": "Mobile", "q8": "Phone"})], {"q9": "", "q8": "q1"}),
        ([Sent({"q9": "1"}, {"q9": "City"})], {"q9": ""}),
        ([], {}),
        ([Sent()], {}),
    ],
)
def test_an_answer_that_no_field_has_may_be_a_rebuilt_question(
    sent: list[Sent], found: dict[str, str]
) -> None:
    assert new([PHONE, EMAIL], *sent) == found


def test_a_question_that_was_reworded_a_little_is_still_the_same() -> None:
    field = FormField(key="Which plan do you prefer?")
    assert new([field], Sent({"Which plan do you prefer": "A"})) == {
        "Which plan do you prefer": field.key
    }
    assert new([field], Sent({"Which of our plans do you prefer?": "A"})) == {
        "Which of our plans do you prefer?": ""
    }


def test_a_question_that_two_fields_ask_says_nothing() -> None:
    other = FormField(key="q3", label="Phone")
    assert new([PHONE, other], Sent({"q9": "1"}, {"q9": "Phone"})) == {"q9": ""}


def test_a_newcomer_is_a_field_with_its_question_and_type() -> None:
    (one,) = news([], [Sent({"q2": "ada@example.org"}, {"q2": "Your e-mail"})]).newcomers
    assert one.field == FormField(key="q2", label="Your e-mail", type="email")


@pytest.mark.parametrize(
    ("label", "asked", "now"),
    [
        ("Phone", ["Mobile", "Phone"], "Mobile"),
        ("", ["Mobile"], "Mobile"),
        ("Phone", ["Phone", "Mobile"], None),
        ("Phone for people here", ["Mobile", "Phone"], None),  # a person's own words
        ("Phone", [], None),
        ("Z" * 200, ["Z" * 300], None),
    ],
)
def test_a_question_that_was_worded_anew_is_told(
    label: str, asked: list[str], now: str | None
) -> None:
    field = FormField(key="q1", label=label)
    found = news([field], [Sent({"q1": "1"}, {"q1": one}) for one in asked] or [Sent({"q1": "1"})])
    assert found.reworded == ((Reworded("q1", label, now),) if now else ())
    assert bool(found) is (now is not None)


def test_nothing_new_is_nothing_to_decide() -> None:
    assert not News()
