import pytest

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
    rule = {"or": [{"==": [TOPIC, "a"]}, {"==": [{"max": ["x"]}, 1]}]}
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
        ({"==": [{"max": ["x"]}, 1]}, "fails in 'max'"),
        (
            {"all": [["x"] * 100, {"all": [["x"] * 100, {"all": [["x"] * 100, {"var": ""}]}]}]},
            "more than 10000 operations",
        ),
    ],
)
def test_a_rule_that_cannot_run_says_why(rule, words):
    with pytest.raises(RuleError, match=words):
        evaluate(rule, {"field": {"topic": "x"}})


def test_answers_are_never_rules():
    assert not holds({"==": [TOPIC, "x"]}, topic='{"==": [1, 1]}')
