import pytest

from rules.checking import check
from rules.shapes import FieldShape

FIELDS = {
    "topic": FieldShape("choice", ("Demo", "Price", "Support")),
    "extras": FieldShape("choice", ("a", "b", "c"), several=True),
    "size": FieldShape("choice", ("10", "100")),
    "budget": FieldShape("number"),
    "visit": FieldShape("date"),
    "email": FieldShape(),
    "address.city": FieldShape(),
}


def var(name):
    return {"var": f"field.{name}"}


TOPIC, EXTRAS, BUDGET, VISIT, EMAIL = map(var, ("topic", "extras", "budget", "visit", "email"))
WEEKDAY = {"var": "time.weekday"}


def one_of(operand, *texts):
    return {"some": [{"merge": [operand]}, {"in": [{"var": ""}, list(texts)]}]}


@pytest.mark.parametrize(
    "rule",
    [
        {"==": [TOPIC, "demo"]},
        {"!=": [TOPIC, "demo"]},
        {"==": [TOPIC, ""]},
        {"!": [TOPIC]},
        {"in": ["demo", TOPIC]},
        one_of(TOPIC, "demo", "price"),
        {"and": [one_of(EXTRAS, "a"), one_of(EXTRAS, "b")]},
        {"in": ["a", {"merge": [EXTRAS]}]},
        {">": [var("size"), 50]},
        {">": [BUDGET, "1 000 ₴"]},
        {">=": [VISIT, "01.02.2026"]},
        {">=": [VISIT, {"var": "time.date"}]},
        {"==": [VISIT, "2026-02-01"]},
        {">": [EMAIL, 5]},
        {"ends_with": [EMAIL, "@example.com"]},
        {"matches": [EMAIL, r"^\pL+@"]},
        {"matches": [EMAIL, r"\\\\w"]},
        {"!": [var("address.city")]},
        one_of(WEEKDAY, "6", "7"),
        {"<=": ["9:00", {"var": "time.time"}, "17:59"]},
        {"==": [{"var": "modules.sales.state"}, "delivered"]},
        {"or": [{"==": [TOPIC, "demo"]}, {"==": [TOPIC, "price"]}]},
        {"==": [{"max": [BUDGET, 1]}, 1]},
        True,
    ],
)
def test_a_rule_that_fits_the_form_has_no_issues(rule):
    assert check(rule, fields=FIELDS) == []


@pytest.mark.parametrize(
    ("rule", "path", "severity", "words"),
    [
        ({"!": var("tpic")}, "/!/var", "error", "no field 'tpic'; did you mean 'topic'?"),
        ({"missing": ["field.phone"]}, "/missing/0", "error", "known are address.city, budget"),
        ({"==": [TOPIC, "Suport"]}, "", "warning", "no option 'Suport'; did you mean 'Support'?"),
        ({"!=": [TOPIC, "x"]}, "", "warning", "its options are Demo, Price, Support"),
        (one_of(TOPIC, "demo", "x"), "", "warning", "topic has no option 'x'"),
        ({"in": ["d", {"merge": [EXTRAS]}]}, "", "warning", "extras has no option 'd'"),
        ({"==": [WEEKDAY, "Monday"]}, "", "warning", "the weekday has no option 'Monday'"),
        ({"==": [{"var": "modules.sales.state"}, "done"]}, "", "warning", "has no option 'done'"),
        ({">": [BUDGET, "2026-01-01"]}, "", "error", "a number with a date: never true"),
        ({">": [BUDGET, "many"]}, "", "error", "a number with a word: never true"),
        ({"<": [VISIT, 5]}, "", "error", "a date with a number: never true"),
        ({"<": [BUDGET, VISIT]}, "", "error", "a number with a date: never true"),
        ({">": [TOPIC, 5]}, "", "error", "a word with a number: never true"),
        ({"or": [TOPIC, {"<": [1, VISIT]}]}, "/or/1", "error", "a number with a date"),
        ({">": [{"var": "time.time"}, "noon"]}, "", "error", "a time with a word"),
        ({"==": [BUDGET, "many"]}, "", "warning", "compares a number with 'many'"),
        ({"==": [VISIT, "soon"]}, "", "warning", "compares a date with 'soon'"),
        ({"matches": [EMAIL, r"\w+@"]}, "", "warning", "English letters only"),
        ({"in": ["x", TOPIC]}, "", "warning", "is always false"),
        ({">": [WEEKDAY, 0]}, "", "warning", "is always true"),
        ({"!": [WEEKDAY]}, "", "warning", "is always false"),
        ({"==": [1, 1]}, "", "warning", "is always true"),
        (
            {"and": [{"==": [TOPIC, "demo"]}, {"==": [TOPIC, "price"]}]},
            "",
            "warning",
            "is always false",
        ),
        (
            {"or": [{"!=": [TOPIC, "demo"]}, {"!=": [TOPIC, "price"]}]},
            "",
            "warning",
            "is always true",
        ),
        ({"or": [True, EMAIL]}, "/or/1", "warning", "a condition before it is always true"),
        ({"and": [False, EMAIL]}, "/and/1", "warning", "a condition before it is always false"),
        ({"and": [EMAIL, VISIT, EMAIL]}, "/and/2", "warning", "says the same"),
        ({"!": [{"or": [EMAIL, EMAIL]}]}, "/!/0/or/1", "warning", "says the same"),
    ],
)
def test_what_the_form_makes_senseless_is_told(rule, path, severity, words):
    (issue,) = check(rule, fields=FIELDS)
    assert (issue.path, issue.severity) == (path, severity)
    assert words in issue.message


def test_what_follows_from_a_decided_condition_is_told_too():
    rule = {"or": [{"in": ["x", TOPIC]}, {">": [WEEKDAY, 0]}, EMAIL, VISIT]}
    found = [(issue.path, issue.message.split(",")[0]) for issue in check(rule, fields=FIELDS)]
    assert found == [
        ("/or/0", "is always false"),
        ("/or/1", "is always true"),
        ("/or/2", "is never looked at"),
        ("/or/3", "is never looked at"),
    ]


def test_without_the_form_nothing_is_guessed():
    rule = {"and": [{">": [{"var": "time.time"}, "noon"]}, {"==": [WEEKDAY, "x"]}, var("any")]}
    assert check(rule) == []


def test_a_long_list_of_options_is_tried_within_bounds():
    many = FieldShape("choice", tuple(map(str, range(300))), several=True)
    rule = {"and": [{"in": ["x", var("many")]}] * 60}
    assert {issue.severity for issue in check(rule, fields={"many": many})} == {"warning"}
