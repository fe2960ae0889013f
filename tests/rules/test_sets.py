import json
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from rules.evaluation import RuleError
from rules.sets import check_set, compiled_set, sentence_of_set
from rules.shapes import FieldShape

TOPIC, EMAIL = {"var": "field.topic"}, {"var": "field.email"}
DEMO, TEST = {"==": [TOPIC, "demo"]}, {"in": ["@test", EMAIL]}
NO_A, NO_B = {"!": {"var": "field.a"}}, {"!": {"var": "field.b"}}
FIELDS = {"topic": FieldShape("choice", ("demo", "price")), "email": FieldShape()}


def rules(words):
    """One rule per word: a verb's first letter, and y for true or n for false."""
    verbs = {"a": "activate", "d": "deactivate", "h": "hold"}
    return [{verbs[word[0]]: word[1] == "y"} for word in words.split()]


@pytest.mark.parametrize(
    ("words", "state", "why"),
    [
        ("", "active", "active: no rule says otherwise"),
        ("ay", "active", "active"),
        ("an", "skipped", "skipped by logic: no activate rule is true"),
        ("an ay", "active", "active"),
        ("an an hy", "skipped", "skipped by logic: no activate rule is true"),
        ("dn", "active", "active: no rule says otherwise"),
        ("ay dn dy", "skipped", "skipped by logic: deactivate rule 2 is true"),
        ("an dy", "skipped", "skipped by logic: deactivate rule 1 is true"),
        ("ay dy hy", "skipped", "skipped by logic: deactivate rule 1 is true"),
        ("hn hy", "held", "held by logic: hold rule 2 is true"),
        ("ay hy", "held", "held by logic: hold rule 1 is true"),
        ("ay hn", "active", "active"),
    ],
)
def test_deactivate_wins_over_activate_and_that_over_hold(words, state, why):
    verdict = compiled_set(rules(words)).verdict({})
    assert (verdict.state, verdict.why) == (state, why)
    assert len(verdict.trace) == len(words.split())


def test_the_trace_is_json_with_every_rule_and_every_condition():
    compiled = compiled_set([{"activate": DEMO}, {"hold": TEST}])
    verdict = compiled.verdict({"field": {"topic": "Demo"}})
    assert json.loads(json.dumps([asdict(one) for one in verdict.trace])) == [
        {
            "verb": "activate",
            "sentence": 'topic equals "demo"',
            "value": True,
            "trace": [
                {
                    "pointer": "",
                    "sentence": 'topic equals "demo"',
                    "values": [["field.topic", "Demo"]],
                    "result": True,
                }
            ],
        },
        {
            "verb": "hold",
            "sentence": 'email contains "@test"',
            "value": False,
            "trace": [
                {
                    "pointer": "",
                    "sentence": 'email contains "@test"',
                    "values": [["field.email", None]],
                    "result": False,
                }
            ],
        },
    ]


def test_a_rule_that_cannot_run_is_named():
    with pytest.raises(RuleError, match="deactivate rule 2: The rule is wrong"):
        compiled_set([{"deactivate": DEMO}, {"activate": TEST}, {"deactivate": {}}])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "Always active."),
        ([{"activate": DEMO}], 'Active if topic equals "demo".'),
        ([{"deactivate": TEST}], 'Always active; but not if email contains "@test".'),
        (
            [{"hold": NO_B}, {"activate": DEMO}, {"deactivate": NO_A}, {"activate": NO_B}],
            'Active if topic equals "demo", or if b is empty; but not if a is empty; held for approval if b is empty.',
        ),
    ],
)
def test_a_rule_set_reads_as_one_sentence(given, words):
    assert sentence_of_set(given) == words


def test_the_guides_example_reads_as_the_guide_says():
    page = (Path(__file__).parents[2] / "docs/guide/logic.md").read_text("utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    given = yaml.safe_load(example)["active"]["rules"]
    assert check_set(given) == []
    assert f"reads as: *{sentence_of_set(given)}*" in page


@pytest.mark.parametrize(
    ("given", "path", "severity", "words"),
    [
        ([{"enable": True}], "/0/enable", "error", "known are activate, deactivate, hold"),
        ([{"hold": {"!": "x", "or": []}}], "/0/hold", "error", "has 2 operators"),
        ([{"hold": {"!": [{"var": "field.x"}]}}], "/0/hold/!/0/var", "error", "no field 'x'"),
        ([{"hold": TEST}, {"activate": {"==": [TOPIC, "x"]}}], "/1/activate", "warning", "option"),
        (
            [{"activate": DEMO}, {"hold": TEST}, {"activate": {"==": [TOPIC, "DEMO"]}}],
            "/2/activate",
            "warning",
            "says the same as activate rule 1",
        ),
        (
            [{"activate": DEMO}, {"deactivate": TEST}, {"deactivate": DEMO}],
            "/0/activate",
            "warning",
            "deactivate rule 2 says the same and wins",
        ),
        (
            [{"activate": DEMO}, {"deactivate": True}],
            "/0/activate",
            "warning",
            "the module never runs",
        ),
        (
            [{"activate": True}, {"activate": DEMO}],
            "/1/activate",
            "warning",
            "activate rule 1 is always true",
        ),
    ],
)
def test_contradictions_between_rules_are_told(given, path, severity, words):
    (issue,) = check_set(given, fields=FIELDS)
    assert (issue.path, issue.severity) == (path, severity)
    assert words in issue.message


@pytest.mark.parametrize(
    "given", [[], [{"activate": DEMO}, {"deactivate": TEST}], [{"activate": TEST}, {"hold": TEST}]]
)
def test_a_sound_set_has_no_issues(given):
    assert check_set(given, fields=FIELDS) == []


def test_without_the_form_only_what_cannot_run_is_told():
    assert check_set([{"activate": DEMO}, {"activate": DEMO}]) == []


@pytest.mark.parametrize(
    ("words", "off", "state", "why"),
    [
        ("an", {0}, "active", "active: no rule says otherwise"),
        ("dy dy", {0}, "skipped", "skipped by logic: deactivate rule 2 is true"),
        ("dy dy hy", {0, 1}, "held", "held by logic: hold rule 1 is true"),
        ("ay an", {0}, "skipped", "skipped by logic: no activate rule is true"),
        ("an ay", {0}, "active", "active"),
    ],
)
def test_a_rule_that_is_off_counts_as_not_there_but_keeps_its_number(words, off, state, why):
    switched = [
        rule | {"enabled": False} if position in off else rule
        for position, rule in enumerate(rules(words))
    ]
    verdict = compiled_set(switched).verdict({})
    assert (verdict.state, verdict.why) == (state, why)
    assert len(verdict.trace) == len(words.split()) - len(off)


def test_the_sentence_says_how_many_rules_are_off():
    off = [{"activate": DEMO, "enabled": False}]
    assert sentence_of_set(off) == "Always active; 1 rule is switched off."
    assert sentence_of_set([*off, *off, {"deactivate": TEST}]) == (
        'Always active; but not if email contains "@test"; 2 rules are switched off.'
    )


def test_a_rule_that_is_off_is_checked_but_contradicts_no_other():
    broken = [{"activate": {"===": [TOPIC]}, "enabled": False}]
    assert [issue.path for issue in check_set(broken)] == ["/0/activate"]
    twice = [{"activate": DEMO}, {"activate": DEMO, "enabled": False}]
    assert check_set(twice, fields=FIELDS) == []


def test_a_rule_that_is_off_reads_nothing():
    assert compiled_set([{"activate": DEMO, "enabled": False}]).reads == frozenset()
