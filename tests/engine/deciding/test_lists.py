"""Which bodies bring several submissions, and where each begins and ends."""

from __future__ import annotations

import json

import pytest

from engine.deciding.lists import MOST, TooManySubmissions, apart

BODIES: dict[str, tuple[str, list[str]]] = {
    "two leads": (
        '[{"email": "a@b.c"}, {"email":"d@e.f"}]',
        ['{"email": "a@b.c"}', '{"email":"d@e.f"}'],
    ),
    "odd spaces": (' [ {"n":1} ,\n\t{"n": 2.50} ] ', ['{"n":1}', '{"n": 2.50}']),
    "brackets in texts": ('[{"n":"],["},{"n":"}{"}]', ['{"n":"],["}', '{"n":"}{"}']),
    "a list in each": ('[{"a":[1,2]},{"a":[3]}]', ['{"a":[1,2]}', '{"a":[3]}']),
    "one of them looks like an answer": (
        '[{"name":"Ada","value":"7"},{"email":"a@b.c"}]',
        ['{"name":"Ada","value":"7"}', '{"email":"a@b.c"}'],
    ),
    "one lead": ('[{"email":"a@b.c"}]', []),
    "answers": (
        '[{"id":"1","name":"Name","value":"Ada"},{"id":"2","name":"City","value":"Kyiv"}]',
        [],
    ),
    "texts": ('["a","b"]', []),
    "a text among them": ('[{"a":1},"b"]', []),
    "empty": ("[]", []),
    "broken": ('[{"a":1},{"b":2]', []),
    "an object": ('{"a":[{"b":1},{"b":2}]}', []),
    "a form's field": ("[a]=1&b=2", []),
}


@pytest.mark.parametrize(("body", "parts"), BODIES.values(), ids=BODIES)
def test_a_list_of_submissions_is_cut_into_what_was_written(body: str, parts: list[str]) -> None:
    assert apart(body.encode()) == [part.encode() for part in parts]


def test_a_list_that_is_too_long_is_refused() -> None:
    body = json.dumps([{"n": n} for n in range(MOST + 1)]).encode()
    with pytest.raises(TooManySubmissions, match="has 51 submissions; send at most 50"):
        apart(body)
