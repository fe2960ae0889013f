import pytest

from rules.checking import Issue, check
from rules.evaluation import compiled
from rules.grammar import BUDGET, MAX_DEPTH, MAX_NODES, MAX_TEXT, canonical, cost

VAR = {"var": "field.topic"}


def nested(levels: int) -> object:
    rule: object = True
    for _ in range(levels):
        rule = {"!": rule}
    return rule


@pytest.mark.parametrize(
    "rule",
    [
        True,
        {"==": [VAR, "demo"]},
        {"in": ["@example.com", {"var": "field.email"}]},
        {"and": [VAR, {"!": VAR}, {"or": [{">": [{"var": "field.budget"}, 1000]}]}]},
        {"<": [1, {"var": "field.guests"}, 10]},
        {"some": [{"merge": [VAR]}, {"in": [{"var": ""}, ["a", "b"]]}]},
        {"missing": ["field.email", "field.phone"]},
        {"missing_some": [1, ["field.email", "field.phone"]]},
        {"var": "field.How did you hear? e.g. friends"},
        {"==": [{"var": ["utm.source", "none"]}, "none"]},
        {"matches": [VAR, r"^\d{5}$"]},
        {"some": [VAR, {"matches": [{"var": ""}, "^demo"]}]},
        {"in": [{"var": "time.weekday"}, [6, 7]]},
        {"<": [{"var": "time.time"}, "18:00"]},
        {">": [{"var": "spam.score"}, 3]},
        {"==": [{"var": "modules.sales.state"}, "delivered"]},
        {"var": "modules.sales.contact.id"},
        nested(MAX_DEPTH),
    ],
)
def test_a_sound_rule_has_no_issues(rule):
    assert check(rule) == []


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        (None, "", "is not a condition"),
        ("demo", "", "is not a condition"),
        ([VAR], "", "is not a condition"),
        ({}, "", "has 0 operators"),
        ({"==": [VAR, 1], "!=": [VAR, 2]}, "", "has 2 operators"),
        ({"and": [True, {"vr": "field.topic"}]}, "/and/1", "did you mean 'var'?"),
        ({"map": [VAR, True]}, "", "there is no operator 'map'"),
        ({"a/b~": []}, "", "there is no operator"),
        ({"==": [VAR]}, "", "takes 2 arguments, not 1"),
        ({"!": [VAR, VAR]}, "", "takes 1 arguments, not 2"),
        ({"!": {"var": "fild.topic"}}, "/!/var", "'fild' is not known here"),
        ({"!": [{"var": ["topic"]}]}, "/!/0/var/0", "'topic' is not known here"),
        ({"!": [{"var": "field"}]}, "/!/0/var", "needs a name after the dot"),
        ({"!": [{"var": {"cat": ["field.", "x"]}}]}, "/!/0/var", "a name written out"),
        ({"missing": ["field.a", "b.c"]}, "/missing/1", "'b' is not known here"),
        ({"missing_some": [1, "field.a"]}, "/missing_some/1", "must be a list of names"),
        ({"some": [VAR, {"var": "field.x"}]}, "/some/1/var", 'can only be ""'),
        ({"==": [VAR, float("nan")]}, "/==/1", "not a number that JSON knows"),
        ({"==": [VAR, 2**60]}, "/==/1", "write it as text"),
        ({"==": [VAR, "\ud800"]}, "/==/1", "lone surrogate"),
        ({"==": [VAR, {1, 2}]}, "/==/1", "is not JSON"),
        ({"==": [VAR, b"x"]}, "/==/1", "is not JSON"),
        ({"==": [VAR, "x" * (MAX_TEXT + 1)]}, "/==/1", "longer than 4096"),
        ({"var": "time.day"}, "/var", "did you mean 'weekday'?"),
        ({"var": "time.hour"}, "/var", "known are date, time, weekday"),
        ({"var": "spam.points"}, "/var", "known are reasons, score"),
        ({"var": "modules.sales"}, "/var", 'such as "modules.sales.state"'),
        ({"matches": [VAR, VAR]}, "/matches/1", "a pattern written out"),
        ({"matches": [VAR, "("]}, "/matches/1", "is not a pattern"),
        ({"matches": [VAR, "\ud800"]}, "/matches/1", "lone surrogate"),
        (
            {"all": [["x"] * 100, {"some": [["x"] * 100, {"var": ""}]}]},
            "",
            "more than 10000; shorten its nested lists",
        ),
        (nested(MAX_DEPTH + 1), "", "nested more than 32 deep"),
        (nested(200_000), "", "nested more than 32 deep"),
        ({"in": [VAR, ["x"] * MAX_NODES]}, "", "more than 500 parts"),
    ],
)
def test_a_mistake_is_named_with_its_place(rule, path, words):
    (issue,) = check(rule)
    assert issue.path == path
    assert words in issue.message


def test_all_mistakes_are_told_at_once():
    rule = {"and": [{"vr": 1}, {"==": [{"var": "fild.x"}]}, {"or": [{"!": "\udfff"}]}]}
    assert [issue.path for issue in check(rule)] == [
        "/and/0",
        "/and/1",
        "/and/1/==/0/var",
        "/and/2/or/0/!",
    ]


def test_the_caller_says_which_roots_there_are():
    rule = {"!": {"var": "channel.name"}}
    assert check(rule, roots={"field", "channel"}) == []
    assert check(rule, roots=None) == []
    assert [issue.path for issue in check(rule)] == ["/!/var"]


def test_an_issue_is_a_value_and_an_error_unless_it_says_otherwise():
    assert Issue("/a", "x") == Issue("/a", "x", "error")


@pytest.mark.parametrize(
    "rule",
    [
        {"or": [{"==": [VAR, "2026-01-31"]}] * 40},
        {"some": [{"merge": [VAR]}, {"in": [{"var": ""}, list("abcdefghij")]}]},
        {"all": [["x"] * 20, {"some": [["y"] * 20, {"==": [{"var": ""}, "y"]}]}]},
        {"<": [1, {"+": [VAR, VAR, 3]}, {"max": [1, VAR]}]},
        {"if": [{"missing": ["field.a", "field.b"]}, {"cat": [VAR, "x"]}, False]},
    ],
)
@pytest.mark.parametrize("answer", ["x" * 8, "31.01.2026", "5", None])
def test_the_cost_is_never_less_than_what_the_engine_counts(rule, answer):
    prepared = compiled(rule).whole
    _, operations = prepared.compiled.evaluate_metered({"r0": answer}, None)
    assert operations <= cost(rule) <= BUDGET


def test_rules_are_the_same_whatever_the_order_and_the_letter_case():
    one = {"and": [{"==": [VAR, "Demo"]}, {"!": VAR}]}
    other = {"and": [{"!": [{"var": ["field.topic"]}]}, {"==": [VAR, "demo "]}]}
    assert canonical(one) == canonical(other)
    assert canonical(one) != canonical({"or": one["and"]})
    assert canonical({"matches": [VAR, r"\S"]}) != canonical({"matches": [VAR, r"\s"]})
