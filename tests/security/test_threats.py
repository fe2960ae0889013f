"""docs/security.md promises nothing that no test shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


def rows() -> list[list[str]]:
    """The table's cells: threat, defence, place, tests."""
    table = PAGE.read_text(encoding="utf-8").partition("## Threats")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def named_tests() -> list[tuple[str, str]]:
    return sorted({link for row in rows() for link in _LINK.findall(row[3])})


def test_every_row_names_a_defence_its_place_and_a_test():
    found = rows()
    assert len(found) == 31
    for threat, defence, place, shown in found:
        assert defence, threat
        assert place, threat
        assert _LINK.search(shown), threat


@pytest.mark.parametrize(("name", "path"), named_tests())
def test_a_test_that_is_named_is_there(name: str, path: str):
    text = (PAGE.parent / path).read_text(encoding="utf-8")
    assert f"def test_{name.replace(' ', '_')}(" in text


@pytest.mark.parametrize(
    "path", sorted({one for row in rows() for one in re.findall("`([^`]+)`", row[2])})
)
def test_a_place_that_is_named_is_there(path: str):
    assert (PAGE.parents[1] / path).exists()
