"""Differences of texts, as pages show them."""

from __future__ import annotations

import pytest

from web.studio.diffs import Line, changes_between, difference

LONG = "".join(f"{number}\n" for number in range(20))


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\n", "a\n", []),
        ("", "a\n", [Line("+", "a", None, 1)]),
        ("a\n", "", [Line("-", "a", 1, None)]),
        (
            "a\nb\nc\n",
            "a\nB\nc\n",
            [
                Line(" ", "a", 1, 1),
                Line("-", "b", 2, None),
                Line("+", "B", None, 2),
                Line(" ", "c", 3, 3),
            ],
        ),
    ],
)
def test_lines_have_a_sign_and_their_numbers(before: str, after: str, lines: list[Line]):
    assert [line for hunk in difference(before, after) for line in hunk] == lines


def test_only_the_surroundings_of_changes_are_shown():
    changed = LONG.replace("2\n", "two\n", 1).replace("17\n", "seventeen\n")
    first, second = difference(LONG, changed)
    assert [line.text for line in first] == ["0", "1", "2", "two", "3", "4", "5"]
    assert second[-1] == Line(" ", "19", 20, 20)
    assert changes_between(LONG, changed) == 2
