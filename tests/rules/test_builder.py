import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rules.builder import LISTS, Group, Operator, Row, from_rule, sentence, to_rule
from rules.checking import check
from rules.evaluation import evaluate

V = {"var": "field.x"}
IS = Operator


@pytest.mark.parametrize(
    ("operator", "value", "rule", "words"),
    [
        (IS.EQUALS, "a", {"==": [V, "a"]}, 'x equals "a"'),
        (IS.NOT_EQUALS, "a", {"!=": [V, "a"]}, 'x does not equal "a"'),
        (IS.CONTAINS, "a", {"in": ["a", V]}, 'x contains "a"'),
        (IS.NOT_CONTAINS, "a", {"!": [{"in": ["a", V]}]}, 'x does not contain "a"'),
        (IS.STARTS, "a", {"starts_with": [V, "a"]}, 'x starts with "a"'),
        (IS.ENDS, "a", {"ends_with": [V, "a"]}, 'x ends with "a"'),
        (IS.EMPTY, "", {"!": [V]}, "x is empty"),
        (IS.NOT_EMPTY, "", {"!": [{"!": [V]}]}, "x is not empty"),
        (IS.GREATER, "1000", {">": [V, 1000]}, "x is greater than 1000"),
        (IS.AT_LEAST, "10.5", {">=": [V, 10.5]}, "x is at least 10.5"),
        (IS.LESS, "1 000", {"<": [V, "1 000"]}, "x is less than 1 000"),
        (IS.AT_MOST, "2026-01-31", {"<=": [V, "2026-01-31"]}, "x is at most 2026-01-31"),
        (
            IS.IN_LIST,
            ("a", "b"),
            {"some": [{"merge": [V]}, {"in": [{"var": ""}, ["a", "b"]]}]},
            'x is one of "a", "b"',
        ),
        (
            IS.NOT_IN_LIST,
            ("a", "b"),
            {"none": [{"merge": [V]}, {"in": [{"var": ""}, ["a", "b"]]}]},
            'x is none of "a", "b"',
        ),
        (IS.CHOSEN, "a", {"in": ["a", {"merge": [V]}]}, 'x has the option "a"'),
        (
            IS.NOT_CHOSEN,
            "a",
            {"!": [{"in": ["a", {"merge": [V]}]}]},
            'x does not have the option "a"',
        ),
        (IS.MATCHES, r"^\d+$", {"matches": [V, r"^\d+$"]}, r'x matches "^\d+$"'),
        (IS.NOT_MATCHES, "^a", {"!": [{"matches": [V, "^a"]}]}, 'x does not match "^a"'),
    ],
)
def test_each_row_has_its_rule_and_its_sentence(operator, value, rule, words):
    group = Group("all", (Row("field.x", operator, value),))
    assert to_rule(group) == rule
    assert from_rule(rule) == group
    assert sentence(rule) == words
    assert check(rule) == []


@pytest.mark.parametrize(
    ("operator", "value", "answers"),
    [
        (IS.CONTAINS, "demo", {"single": "a demo", "list": ["Demo", "b"], "other": ["b", "c"]}),
        (IS.CHOSEN, "demo", {"single": "Demo", "list": ["demo", "b"], "other": "a demo"}),
        (IS.IN_LIST, ("demo", "z"), {"single": "demo", "list": ["b", "z"], "other": ["b"]}),
    ],
)
def test_rows_about_options_take_one_answer_and_many(operator, value, answers):
    rule = to_rule(Group("all", (Row("field.x", operator, value),)))
    found = {name: evaluate(rule, {"field": {"x": x}}).value for name, x in answers.items()}
    assert found == {"single": True, "list": True, "other": False}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Row("time.weekday", IS.IN_LIST, ("6", "7")), "the weekday is one of Saturday, Sunday"),
        (Row("time.weekday", IS.EQUALS, "1"), "the weekday equals Monday"),
        (Row("time.weekday", IS.LESS, "6"), "the weekday is less than Saturday"),
        (Row("time.time", IS.AT_LEAST, "9:00"), "the time is at least 9:00"),
        (Row("visitor.language", IS.STARTS, "uk"), 'the visitor\'s language starts with "uk"'),
        (Row("spam.score", IS.GREATER, "3"), "the spam score is greater than 3"),
        (
            Row("modules.sales.state", IS.EQUALS, "failed"),
            'the outcome of module sales equals "failed"',
        ),
        (Row("utm.source", IS.EMPTY), "utm.source is empty"),
    ],
)
def test_what_is_no_field_has_its_own_words(row, words):
    assert sentence(to_rule(Group("all", (row,)))) == words


@pytest.mark.parametrize("operator", list(Operator))
def test_a_denying_row_is_true_where_the_plain_one_is_false(operator):
    plain = operator.removeprefix("not_")
    if plain == operator:
        return
    value = ("a", "b") if plain == IS.IN_LIST else "" if plain == IS.EMPTY else "a"
    rules = [
        to_rule(Group("all", (Row("field.x", one, value),))) for one in (operator, Operator(plain))
    ]
    for x in ("a", "b", "ab", "", None, ["a", "c"], ["c", "d"]):
        denying, affirming = (evaluate(rule, {"field": {"x": x}}).value for rule in rules)
        assert denying is not affirming


def test_groups_nest():
    rows = [Row("field.x", IS.EQUALS, text) for text in "abc"]
    group = Group("any", (rows[0], Group("all", (rows[1], rows[2]))))
    rule = {"or": [{"==": [V, "a"]}, {"and": [{"==": [V, "b"]}, {"==": [V, "c"]}]}]}
    assert to_rule(group) == rule
    assert from_rule(rule) == group
    assert sentence(rule) == 'x equals "a" or (x equals "b" and x equals "c")'


def test_none_denies_every_part_of_its_group():
    rows = [Row("field.x", IS.EQUALS, text) for text in "ab"]
    group = Group("none", (rows[0], Group("all", (rows[1], rows[1]))))
    rule = {"!": [{"or": [{"==": [V, "a"]}, {"and": [{"==": [V, "b"]}, {"==": [V, "b"]}]}]}]}
    assert to_rule(group) == rule
    assert from_rule(rule) == group
    assert sentence(rule) == 'neither x equals "a" nor (x equals "b" and x equals "b")'
    alone = {"!": [{"or": [{"==": [V, "a"]}]}]}
    assert from_rule(alone) == Group("none", (rows[0],))
    assert sentence(alone) == 'not (x equals "a")'
    assert [step.pointer for step in evaluate(rule, {}).trace] == [
        "/!/0/or/0",
        "/!/0/or/1/and/0",
        "/!/0/or/1/and/1",
    ]


def test_a_group_is_never_empty():
    with pytest.raises(ValueError, match="at least one row"):
        Group("all", ())


@pytest.mark.parametrize(
    ("operator", "value"),
    [(IS.IN_LIST, "a"), (IS.NOT_IN_LIST, "a"), (IS.EQUALS, ("a",)), (IS.NOT_CHOSEN, ("a",))],
)
def test_a_row_takes_the_value_its_operator_needs(operator, value):
    with pytest.raises(TypeError, match="takes"):
        to_rule(Group("all", (Row("field.x", operator, value),)))


def test_arguments_without_their_list_are_rows_too():
    assert from_rule({"!": {"var": ["field.x"]}}) == Group("all", (Row("field.x", IS.EMPTY),))


@pytest.mark.parametrize(
    "rule",
    [
        True,
        None,
        "x",
        {},
        {"and": []},
        {"and": [{"==": [V, "a"]}], "or": []},
        {"==": [V, 5]},
        {"==": ["a", V]},
        {"==": [V, V]},
        {"==": [V, "a", "b"]},
        {">": [V, True]},
        {">": [V, "1000"]},  # a row would write a number
        {"in": [V, ["a", "b"]]},
        {"if": [V, True, False]},
        {"or": [{"==": [V, "a"]}, {"+": [1, 2]}]},
        {"!": [{"and": [V]}]},
        {"==": [{"var": ["field.x", "default"]}, "a"]},
    ],
)
def test_what_rows_cannot_say_has_none(rule):
    assert from_rule(rule) is None
    assert isinstance(sentence(rule), str)


def test_a_rule_nested_too_deeply_has_neither_rows_nor_a_crash():
    rule = True
    for _ in range(150_000):
        rule = {"!": rule}
    assert from_rule(rule) is None
    assert "nested" in sentence(rule)


_names = some.sampled_from(["field.topic", "field.a b.c?", "utm.source"])
_texts = some.one_of(
    some.text(max_size=8), some.integers(-5000, 5000).map(str), some.floats().map(str)
)
_patterned = (IS.MATCHES, IS.NOT_MATCHES)
_single = some.sampled_from(
    [one for one in Operator if one not in (*LISTS, *_patterned, IS.EMPTY, IS.NOT_EMPTY)]
)
_rows = some.one_of(
    some.builds(Row, _names, _single, _texts),
    some.builds(Row, _names, some.sampled_from([IS.EMPTY, IS.NOT_EMPTY])),
    some.builds(
        Row, _names, some.sampled_from(_patterned), some.sampled_from(["^x", r"\d+", "[x-z]"])
    ),
    some.builds(
        Row, _names, some.sampled_from(sorted(LISTS)), some.lists(_texts, max_size=3).map(tuple)
    ),
)
_matches = some.sampled_from(["all", "any", "none"])
_groups = some.recursive(
    some.builds(Group, _matches, some.lists(_rows, min_size=1, max_size=3).map(tuple)),
    lambda inner: some.builds(
        Group, _matches, some.lists(_rows | inner, min_size=1, max_size=3).map(tuple)
    ),
    max_leaves=4,
)


@given(_groups)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_rows_survive_the_way_to_a_rule_and_back(group):
    rule = to_rule(group)
    assert from_rule(rule) == group
    assert to_rule(from_rule(rule)) == rule
    assert isinstance(evaluate(rule, {"field": {"topic": "x"}}).value, bool)
