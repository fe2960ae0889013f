import pytest

from rules.checking import MAX_DEPTH, MAX_NODES, Issue, check

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


def test_an_issue_is_a_value():
    assert Issue("/a", "x") == Issue("/a", "x")
