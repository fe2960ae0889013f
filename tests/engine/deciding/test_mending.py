"""What a body probably says that a template made, and a visitor's text broke."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.deciding.mending import probable
from engine.deciding.reading import read_body

BROKEN: dict[str, tuple[str, dict[str, object]]] = {
    "quotes in a text": (
        '{"name": "Ada "The Enchantress" King", "city": "Kyiv"}',
        {"name": 'Ada "The Enchantress" King', "city": "Kyiv"},
    ),
    "a quote at the end": ('{"size": "12"", "color": "red"}', {"size": '12"', "color": "red"}),
    "a text that is a quotation": ('{"a": ""Hi"", "b": "x"}', {"a": '"Hi"', "b": "x"}),
    "line breaks": (
        '{"text": "one\ntwo\r\n\tthree", "b": "x"}',
        {"text": "one\ntwo\r\n\tthree", "b": "x"},
    ),
    "a comma after a quote": (
        '{"text": "I said "yes", and "no"", "b": "x"}',
        {"text": 'I said "yes", and "no"', "b": "x"},
    ),
    "a brace after a quote": (
        '{"text": "see "it"} there", "b": "x"}',
        {"text": 'see "it"} there', "b": "x"},
    ),
    "a stray backslash": ('{"path": "C:\\games", "b": "x"}', {"path": "C:\\games", "b": "x"}),
    "escapes that were meant": (
        '{"a": "t\\u00e9a \\"x\\" \\ud83d\\ude00", "b": "say "hi""}',
        {"a": 'téa "x" 😀', "b": 'say "hi"'},
    ),
    "an envelope": (
        '{"fields": {"name": "A "B" C"}, "meta": {"form": "x"}}',
        {"name": 'A "B" C'},
    ),
    "a list of texts": ('{"tags": ["a "b" c", "d"], "n": 1}', {"tags": ['a "b" c', "d"], "n": "1"}),
    "no value at all": ('{"age": , "name": "Ada"}', {"age": "", "name": "Ada"}),
    "no value at the end": ('{"name": "Ada", "age": }', {"name": "Ada", "age": ""}),
    "a phone without quotes": ('{"phone": +380 67 1, "n": 12}', {"phone": "+380 67 1", "n": "12"}),
    "a comma too many": ('{"name": "Ada", "age": "36",}', {"name": "Ada", "age": "36"}),
    "the end is missing": ('{"name": "Ada", "age": "36"', {"name": "Ada", "age": "36"}),
    "the last quote is missing": (
        '{"name": "Ada", "text": "hello',
        {"name": "Ada", "text": "hello"},
    ),
}
NOTHING = [
    "",
    "name=Ada",
    "{",
    "[]",
    "{}",
    "<xml/>",
    '{"',
    "[[[",
    "{{{{",
    '"text"',
    '{"a"}',
    "[" * 40,
]


@pytest.mark.parametrize(("body", "answers"), BROKEN.values(), ids=BROKEN)
def test_the_answers_are_guessed_as_they_were_meant(body: str, answers: dict[str, object]) -> None:
    assert read_body(body.encode()).problem is not None
    reading = probable(body.encode(), {})
    assert reading is not None
    assert dict(reading.answers) == answers


@pytest.mark.parametrize("body", NOTHING)
def test_nothing_is_guessed_of_what_says_nothing(body: str) -> None:
    assert probable(body.encode(), {}) is None


PIECES = st.sampled_from([*'{}[]",:\\ \n', '"a":', '"b": "', '", ', "x", "1", "\\u12", "null"])


@given(
    st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=80).map("".join).map(str.encode))
)
def test_no_body_breaks_the_guess(body: bytes) -> None:
    probable(b"{" + body, {})
    probable(b"[" + body, {})


@given(
    st.dictionaries(
        st.text("abc", min_size=1), st.text('ab\n"', min_size=1, max_size=8), min_size=1
    )
)
def test_a_template_filled_with_quotes_keeps_every_name(answers: dict[str, str]) -> None:
    body = "{" + ", ".join(f'"{name}": "{text}"' for name, text in answers.items()) + "}"
    reading = probable(body.encode(), {})
    assert reading is not None
    assert set(reading.answers) == set(answers)


@pytest.mark.parametrize("piece", ['"', '" ', '",', '","', '": "', "{", '"a":', "\\", '\\"', "[1,"])
def test_as_many_marks_as_are_looked_at_are_soon_done_with(piece: str) -> None:
    body = ('{"a": "' + piece * (128 * 1024 // len(piece) - 10)).encode()
    started = time.thread_time()
    probable(body, {})
    assert time.thread_time() - started < 30  # a search without bounds takes hours


def test_a_body_longer_than_any_form_is_not_guessed_at() -> None:
    assert probable(b'{"a": "x"y"' + b" " * 200_000 + b"}", {}) is None
