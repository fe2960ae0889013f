"""What the guide shows is what happens."""

import re
from pathlib import Path

import pytest
import yaml

from engine.deciding.conversions import Conversions
from engine.deciding.converting import apply
from engine.deciding.documents import load
from engine.deciding.locale import Locale
from engine.deciding.macros import ROOTS, check_macro, render, roots_after

KYIV = Locale("UA", "Europe/Kyiv")
GUIDE = Path(__file__).parents[3] / "docs" / "guide"


def rows(page, columns):
    """The rows of the page's tables with so many columns, as lists of the codes in each cell."""
    lines = (GUIDE / page).read_text(encoding="utf-8").splitlines()
    tables = [re.split(r"(?<!\\)\|", line.strip("|")) for line in lines if line.startswith("| `")]
    return [[_codes(cell) for cell in cells] for cells in tables if len(cells) == columns]


def _codes(cell):
    return [code.replace("\\|", "|") for code in re.findall("`(.+?)`", cell)]


@pytest.mark.parametrize(("conversion", "_what", "sent", "expected"), rows("mapping.md", 4))
def test_conversions(conversion, _what, sent, expected):
    row = load(Conversions, {"convert": yaml.safe_load(conversion[0])})
    answer = sent[0] if len(sent) == 1 else sent
    found = apply(row, answer, KYIV)
    assert found.problem is None
    assert found.value in (expected, expected[0])


def test_what_becomes_of_the_unknown():
    heading, *words = rows("mapping.md", 2)
    assert heading[0] == ["unknown:"]
    for word, _what in words:
        load(Conversions, {"unknown": yaml.safe_load(word[0])})


@pytest.mark.parametrize(("macro", "sent", "expected"), rows("macros.md", 3))
def test_filters(macro, sent, expected):
    answers = {"field": {"x": sent[0] if len(sent) == 1 else sent}}
    assert render(macro[0], answers, KYIV).text == expected[0]


def test_macros():
    shown = [macro for macros, _what in rows("macros.md", 2) for macro in macros]
    assert {root for macro in shown for root in ROOTS if root in macro} == set(ROOTS)
    for macro in shown:
        assert check_macro(macro, roots_after("company", "contact", "deal")) == []


def test_the_worked_example():
    (text,) = re.findall(r"```yaml\n(.+?)```", (GUIDE / "mapping.md").read_text("utf-8"), re.DOTALL)
    sizes = yaml.safe_load(text)["contact"]["fields"]["Company size"]
    row = load(Conversions, {key: sizes[key] for key in ("map", "unknown")})
    found = [apply(row, size, KYIV).value for size in ("Just me", "11+", "7")]
    assert found == ["Freelancer", "Large", "Other"]
