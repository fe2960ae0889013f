"""Rules of which the first true one chooses."""

from __future__ import annotations

from typing import Any

import pytest

from rules.checking import FieldShape
from rules.choices import check_choices, sentence_of_choices

ADA = {"==": [{"var": "field.name"}, "Ada"]}
BEA = {"==": [{"var": "field.name"}, "Bea"]}
FIELDS = {"name": FieldShape()}


def test_choices_read_as_one_sentence() -> None:
    assert sentence_of_choices([("Anna", ADA), ("Boris", BEA)], "Grace") == (
        'Anna if name equals "Ada"; else Boris if name equals "Bea"; otherwise Grace.'
    )


@pytest.mark.parametrize(
    ("rules", "issues"),
    [
        ([ADA, BEA], []),
        ([ADA, ADA], [("/1/when", "is never reached: rule 1 says the same")]),
        ([True, ADA], [("/1/when", "is never reached: rule 1 is always true")]),
    ],
)
def test_a_rule_that_never_chooses_is_told(rules: list[Any], issues: list[tuple[str, str]]) -> None:
    found = check_choices([{"when": rule} for rule in rules], fields=FIELDS)
    assert [(one.path, one.message) for one in found] == issues


def test_a_mistake_has_the_place_of_its_rule() -> None:
    (issue,) = check_choices([{"when": ADA}, {"when": {"no such": 1}}])
    assert issue.path.startswith("/1/when")
