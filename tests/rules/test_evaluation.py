from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rules.evaluation import RuleError, Step, evaluate

TOPIC, BUDGET = {"var": "field.topic"}, {"var": "field.budget"}


def holds(rule, **fields):
    return evaluate(rule, {"field": fields}).value


@pytest.mark.parametrize(
    ("rule", "fields", "value"),
    [
        ({"==": [TOPIC, "demo"]}, {"topic": "demo"}, True),
        ({"==": [TOPIC, "demo"]}, {"topic": "  Demo "}, True),
        ({"==": [TOPIC, "ДЕМО"]}, {"topic": "демо"}, True),
        ({"==": [TOPIC, "demo"]}, {"topic": "demos"}, False),
        ({"==": [TOPIC, "demo"]}, {"topic": ["demo"]}, True),
        ({"==": [TOPIC, "demo"]}, {"topic": ["demo", "price"]}, False),
        ({"==": [TOPIC, "demo"]}, {}, False),
        ({"!=": [TOPIC, "demo"]}, {}, True),
        ({"==": [TOPIC, ""]}, {}, True),
        ({"==": [TOPIC, ""]}, {"topic": " "}, True),
        ({"!=": [TOPIC, ""]}, {"topic": "x"}, True),
        ({"==": [TOPIC, 5]}, {"topic": "five"}, False),
        ({"in": ["@Example.com", TOPIC]}, {"topic": "Ada@EXAMPLE.com"}, True),
        ({"in": ["demo", TOPIC]}, {"topic": ["price", "Demo"]}, True),
        ({"in": ["dem", TOPIC]}, {"topic": ["price", "demo"]}, False),
        ({"in": ["demo", TOPIC]}, {}, False),
        ({"starts_with": [TOPIC, "+380"]}, {"topic": "+380 67"}, True),
        ({"ends_with": [TOPIC, ".UA"]}, {"topic": "ada@x.ua"}, True),
        ({"!": [TOPIC]}, {}, True),
        ({"!": [TOPIC]}, {"topic": "   "}, True),
        ({"!": [TOPIC]}, {"topic": [""]}, True),
        ({"!": [TOPIC]}, {"topic": "0"}, False),
        ({"some": [TOPIC, {"==": [{"var": ""}, "b"]}]}, {"topic": "B"}, True),
        ({"all": [TOPIC, {"==": [{"var": ""}, "b"]}]}, {"topic": ["b", "c"]}, False),
        ({"missing": ["field.topic", "field.budget"]}, {"topic": "x"}, True),
        ({"missing": ["field.topic"]}, {"topic": " "}, True),
        ({"missing": ["field.topic"]}, {"topic": "x"}, False),
        ({"missing_some": [1, ["field.topic", "field.budget"]]}, {"topic": "x"}, False),
        ({"==": [{"var": ["field.topic", "none"]}, "NONE"]}, {}, True),
        ({"==": [TOPIC, "31.01.2026"]}, {"topic": "2026-01-31"}, True),
        ({"!=": [TOPIC, "31.01.2026"]}, {"topic": "2026-01-31T10:00"}, False),
        ({"==": [TOPIC, BUDGET]}, {"topic": "9:00", "budget": "09:00"}, True),
        ({"==": [TOPIC, "31.01.2026"]}, {"topic": ["2026-01-31", "x"]}, False),
        ({"===": [TOPIC, "31.01.2026"]}, {"topic": "2026-01-31"}, False),
        ({"matches": [TOPIC, r"^\D+$"]}, {"topic": " Demo "}, True),
        ({"matches": [TOPIC, "^price"]}, {"topic": ["demo", "Prices"]}, True),
        ({"matches": [TOPIC, "x?"]}, {}, False),
        ({"matches": [TOPIC, "5"]}, {"topic": 5}, True),
        ({"some": [TOPIC, {"matches": [{"var": ""}, "^b"]}]}, {"topic": ["a", "b"]}, True),
        ({"in": [TOPIC, [6, 7]]}, {"topic": 6}, True),
        ({"in": [TOPIC, ["6", "7"]]}, {"topic": 6}, True),
        ({"in": [6, TOPIC]}, {"topic": ["6", "7"]}, True),
        ({"==": [TOPIC, 6]}, {"topic": 6}, True),
        ({"==": [TOPIC, "6"]}, {"topic": 6.0}, True),
        ({"==": [{"+": [TOPIC, BUDGET, 1]}, 1507]}, {"topic": "1 500 ₴", "budget": 6}, True),
        ({"==": [{"+": [TOPIC, 1]}, 1]}, {"topic": "many"}, False),
        ({"==": [{"max": [TOPIC, 1]}, 1500]}, {"topic": "1 500 ₴"}, True),
        ({"==": [{"max": [TOPIC, 1]}, 1]}, {"topic": "many"}, True),
        ({"==": [{"min": [TOPIC]}, 2]}, {"topic": ["2", "10", "x"]}, True),
        (True, {}, True),
        (False, {}, False),
    ],
)
def test_texts_and_lists_compare_as_people_expect(rule, fields, value):
    assert holds(rule, **fields) is value


@pytest.mark.parametrize(
    ("answer", "symbol", "value", "expected"),
    [
        ("1500", ">", 1000, True),
        ("1500", ">", "900", True),  # as texts it would be less
        ("1 500,50 ₴", ">=", "1500.5", True),
        ("1000", ">", 1000, False),
        ("1000", "<=", "1,000", True),
        ("many", ">", 1000, False),
        ("many", "<", 1000, False),
        ("", "<", 1000, False),
        (None, "<", 1000, False),
        (["1500", "2000"], ">", 1000, False),
        (["1500"], ">", 1000, True),
        ("2026-02-01", ">", "2026-01-31", True),
        ("01.02.2026", ">", "31.01.2026", True),
        ("01.02.2026", "<=", "2026-02-01T10:00", True),
        ("9:30", "<", "18:00", True),
        ("2026-02-01", "<", "soon", False),
        ("b", ">=", "A", True),
        ("", "<", "a", False),
    ],
)
def test_order_compares_numbers_when_both_look_like_numbers(answer, symbol, value, expected):
    fields = {} if answer is None else {"budget": answer}
    assert holds({symbol: [BUDGET, value]}, **fields) is expected


def test_between_takes_three_values():
    rule = {"<=": [1, {"var": "field.guests"}, 10]}
    assert holds(rule, guests="10")
    assert not holds(rule, guests="11")


@pytest.mark.parametrize("name", ["How did you hear? e.g. friends.", "address.city", "имя", "a/b"])
def test_any_field_name_can_be_read(name):
    assert holds({"==": [{"var": f"field.{name}"}, "x"]}, **{name: "x"})


def test_surroundings_are_read_too():
    data = {
        "time": {"weekday": 6, "time": "09:30", "date": "2026-11-21"},
        "spam": {"score": 2.5},
        "modules": {"sales": {"state": "delivered"}},
    }
    rule = {
        "and": [
            {"in": [{"var": "time.weekday"}, [6, 7]]},
            {"<=": ["9:00", {"var": "time.time"}, "18:00"]},
            {"==": [{"var": "time.date"}, "21.11.2026"]},
            {"<": [{"var": "spam.score"}, 3]},
            {"==": [{"var": "modules.sales.state"}, "delivered"]},
        ]
    }
    verdict = evaluate(rule, data)
    assert verdict.value
    assert [step.sentence for step in verdict.trace[2:]] == [
        'the date equals "21.11.2026"',
        "the spam score is less than 3",
        'the outcome of module sales equals "delivered"',
    ]


def test_other_roots_are_read_too():
    data = {"field": {}, "utm": {"source": "Google"}, "module": {"sales": "delivered"}}
    rule = {"and": [{"==": [{"var": "utm.source"}, "google"]}, {"var": "module.sales"}]}
    assert evaluate(rule, data).value


def test_the_trace_shows_every_condition_with_what_it_saw():
    rule = {"or": [{"==": [TOPIC, "demo"]}, {"and": [{">": [BUDGET, 1000]}, {"!": [TOPIC]}]}]}
    verdict = evaluate(rule, {"field": {"topic": "Demo", "budget": "900"}})
    assert verdict.value
    assert verdict.trace == (
        Step("/or/0", 'topic equals "demo"', (("field.topic", "Demo"),), True),
        Step("/or/1/and/0", "budget is greater than 1000", (("field.budget", "900"),), False),
        Step("/or/1/and/1", "topic is empty", (("field.topic", "Demo"),), False),
    )


def test_the_trace_keeps_long_answers_short():
    trace = evaluate({"!": [TOPIC]}, {"field": {"topic": ["x" * 60_000] * 100}}).trace
    assert trace[0].values == (("field.topic", ["x" * 199 + "…"] * 20),)


def test_a_denied_group_is_shown_condition_by_condition():
    rule = {"!": {"or": [{"==": [TOPIC, "a"]}, {"!": [{"in": ["b", TOPIC]}]}]}}
    trace = evaluate(rule, {"field": {"topic": "b"}}).trace
    assert [(step.pointer, step.sentence) for step in trace] == [
        ("/!/or/0", 'topic equals "a"'),
        ("/!/or/1", 'topic does not contain "b"'),
    ]


def test_a_failing_condition_that_was_not_needed_has_no_result():
    rule = {"or": [{"==": [TOPIC, "a"]}, {"/": [1, "x"]}]}
    verdict = evaluate(rule, {"field": {"topic": "a"}})
    assert verdict.value
    assert [step.result for step in verdict.trace] == [True, None]


def deep(levels):
    rule = True
    for _ in range(levels):
        rule = {"!": rule}
    return rule


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (deep(150_000), "nested more than 32 deep"),
        ({"in": [TOPIC, ["x"] * 600]}, "more than 500 parts"),
        ({"vr": "field.x"}, "did you mean 'var'?"),
        ({"==": [TOPIC, {1}]}, "is not JSON"),
        ({"==": [TOPIC, float("inf")]}, "is not JSON"),
        ({"/": [1, "x"]}, "fails in '/'"),
        (
            {"all": [["x"] * 100, {"all": [["x"] * 100, {"all": [["x"] * 100, {"var": ""}]}]}]},
            "operations, more than 10000",
        ),
    ],
)
def test_a_rule_that_cannot_run_says_why(rule, words):
    with pytest.raises(RuleError, match=words):
        evaluate(rule, {"field": {"topic": "x"}})


def test_answers_are_never_rules():
    assert not holds({"==": [TOPIC, "x"]}, topic='{"==": [1, 1]}')


@pytest.mark.parametrize(
    "rule",
    [
        {"or": [{"in": [f"word {n}", TOPIC]} for n in range(99)]},
        {"some": [{"merge": [TOPIC]}, {"in": [{"var": ""}, [f"w{n}" for n in range(200)]]}]},
    ],
)
@pytest.mark.parametrize("answer", ["ы" * 64_000, ["ы" * 200] * 500])
def test_a_long_answer_never_makes_a_rule_too_dear(rule, answer):
    assert not holds(rule, topic=answer)


_hostile = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(some.characters(exclude_categories=()))
    | some.binary(max_size=3)
    | some.sampled_from([10**400, "1e99", "0000-00-00", "99:99", "9" * 40, "\ud800", "{{ x }}"]),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=8,
)
_operators = [
    *(
        {name: [TOPIC, "2026-01-31"]}
        for name in ("==", "!=", "===", ">", "<=", "in", "starts_with")
    ),
    {"in": ["x", TOPIC]},
    {"in": ["x", {"merge": [TOPIC]}]},
    {"matches": [TOPIC, "^x"]},
    {"<": [1, TOPIC, 3]},
    {"<": [TOPIC, BUDGET]},
    {"==": [TOPIC, BUDGET]},
    {"none": [TOPIC, {"in": [{"var": ""}, ["a", 1]]}]},
    {"!": [TOPIC]},
    {"missing": ["field.topic"]},
]


@given(some.sampled_from(_operators), _hostile, _hostile)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_conditions_hold_or_not_whatever_the_answers_are(rule, topic, budget):
    verdict = evaluate(rule, {"field": {"topic": topic, "budget": budget}})
    assert verdict.value is verdict.trace[0].result


@given(
    some.sampled_from(["+", "-", "*", "/", "%", "max", "min", "cat", "substr"]), _hostile, _hostile
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_arithmetic_fails_as_a_rule_or_not_at_all(operator, topic, budget):
    rule = {"==": [{operator: [TOPIC, BUDGET]}, 1]}
    with suppress(RuleError):
        assert evaluate(rule, {"field": {"topic": topic, "budget": budget}}).value in (True, False)


@pytest.mark.parametrize("data", [{}, {"field": None}, {"field": ["topic"]}, {"field": "topic"}])
def test_data_without_answers_is_no_mistake(data):
    assert not evaluate({"==": [TOPIC, "x"]}, data).value
