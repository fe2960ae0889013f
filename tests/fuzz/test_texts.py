"""No macro and no rule takes anything down: it is refused in words, or it ends, small and soon."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from engine.deciding.macros import MAX_OUTPUT_BYTES, MacroError, check_macro, render, value_of
from rules.checking import check
from rules.evaluation import RuleError, evaluate

PIECES = some.sampled_from(
    """{{ }} {% %} {# #} {{- -}} {% raw %} {% endraw %} {% set x = 1 %} {% for a in b %} {% endfor %}
    field email field.email field['email'] __class__ .__class__.__mro__ .__init__.__globals__ self cycler
    lipsum() namespace() | attr('x') format join default upper phone date round 'x' "y" 999999999 * **
    + ~ % ( ) [ ] , . 1 == is defined not contact.id deal.url \\n""".split()
)
SOURCES = some.lists(PIECES | some.text(max_size=6), max_size=30).map(" ".join)
ANSWERS = some.dictionaries(
    some.sampled_from(["email", "a", "__class__"]), some.text(max_size=40) | some.lists(some.text())
)


@given(source=SOURCES, answers=ANSWERS)
@example(source="{{ field.a }}" * 90, answers={"a": "x" * 64_000})
@example(source="{{ 'a' * 300000000 }}", answers={})
@example(source="{{ " + "(" * 3000 + ")" * 3000 + " }}", answers={})
def test_a_macro_is_refused_or_renders_little(source: str, answers: dict[str, Any]) -> None:
    assert all(isinstance(mistake, str) for mistake in check_macro(source))
    for ask in (render, value_of):
        with suppress(MacroError):
            ask(source, {"field": answers, "utm": {}})
    with suppress(MacroError):
        rendered = render(source, {"field": answers, "utm": {}}).text
        assert len(rendered.encode()) <= MAX_OUTPUT_BYTES
        assert "<class" not in rendered or "<class" in source + json.dumps(answers)


LEAVES = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=8)
    | some.sampled_from(["field.a", "field", "", "time.hour", "^(a|a)+$", "modules.x.state"])
)
OPERATORS = some.sampled_from(
    """var missing missing_some if == != === ! !! or and > >= < <= max min + - * / % all some none merge
    in cat substr matches map reduce filter x""".split()
)
RULES = some.recursive(
    LEAVES,
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(OPERATORS, inner, min_size=1, max_size=2)
        | some.dictionaries(OPERATORS, some.lists(inner, max_size=3), min_size=1, max_size=1)
    ),
    max_leaves=25,
)


@given(rule=RULES, answers=ANSWERS)
@example(rule={"matches": [{"var": "field.a"}, "^(a+)+$"]}, answers={"a": "a" * 5000 + "b"})
def test_a_rule_is_refused_or_says_yes_or_no(rule: Any, answers: dict[str, Any]) -> None:
    issues = check(rule)
    assert all(issue.message for issue in issues)
    try:
        verdict = evaluate(rule, {"field": answers})
    except RuleError:
        return
    assert verdict.value in (True, False)
    assert not issues, "what is wrong is not evaluated"


@pytest.mark.parametrize("levels", [1, 1_000, 100_000])
@pytest.mark.parametrize("operator", ["!", "and", "merge", "var"])
def test_a_deep_rule_is_refused(levels: int, operator: str) -> None:
    rule: Any = True
    for _ in range(levels + 32):
        rule = {operator: [rule]}
    assert check(rule)
