"""The list of behaviours is whole, true and up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.behaviours.listing import BEHAVIOURS, CHECKS, ELSEWHERE, OPEN, page, shown_by

ROOT = Path(__file__).parents[2]


def test_every_number_has_a_sentence() -> None:
    assert list(BEHAVIOURS) == [*range(50, 57), *range(122, 189)]
    assert list(CHECKS) == list(range(1, 16))


def test_every_behaviour_is_shown_or_says_why_not() -> None:
    assert set(shown_by("behaviour")) | set(ELSEWHERE) | set(OPEN) == set(BEHAVIOURS)
    assert set(shown_by("check")) == set(CHECKS)


@pytest.mark.parametrize("test", sorted({test for tests in ELSEWHERE.values() for test in tests}))
def test_a_test_of_another_room_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_is_up_to_date() -> None:
    there = (ROOT / "docs" / "behaviours.md").read_text(encoding="utf-8")
    assert there == page(), "make it anew: python -m tests.behaviours.listing > docs/behaviours.md"
