"""docs/guarantees.md promises nothing that no test shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


def rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [line.strip("|").split(" | ") for line in lines if line.startswith("| G")]


def test_every_guarantee_has_its_mechanism_and_its_test() -> None:
    assert [row[0].strip() for row in rows()] == [f"G{number}" for number in range(1, 18)]
    for row in rows():
        assert len(row) == 4
        assert LINK.search(row[3]), row[0]


@pytest.mark.parametrize(
    ("name", "path"), sorted({link for row in rows() for link in LINK.findall(row[3])})
)
def test_a_test_that_is_named_is_there(name: str, path: str) -> None:
    text = (PAGE.parent / path).read_text(encoding="utf-8")
    assert f"def test_{name.replace(' ', '_')}(" in text
