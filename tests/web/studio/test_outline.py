"""Rules become lines of a page and rules again, and buttons move the lines."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from rules.builder import LISTS, Operator
from tests.generated import RULE
from web.studio.logic_form import PartForm
from web.studio.outline import (
    BARE,
    DEEPEST,
    Incomplete,
    Outline,
    Part,
    outline_of,
    rules_of,
    span,
    tidy,
    unfinished,
)
from web.studio.outline_acts import acted

TOPIC = {"var": "field.topic"}
_TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=8)
_FILLED = _TEXT.filter(str.strip).filter("\x7f".__ne__).filter(lambda text: "\x7f" not in text)
_OPERAND = st.sampled_from(["field.topic", "field.How did you hear?", "time.weekday", "utm.source"])
_PLAIN = sorted(set(Operator) - BARE - LISTS - {Operator.MATCHES, Operator.NOT_MATCHES})


def _row(depth: int) -> st.SearchStrategy[list[Part]]:
    common = {"kind": st.just("row"), "depth": st.just(depth), "operand": _OPERAND}
    return st.one_of(
        st.builds(Part, **common, operator=st.sampled_from(_PLAIN), value=_FILLED),
        st.builds(Part, **common, operator=st.sampled_from(sorted(BARE))),
        st.builds(
            Part,
            **common,
            operator=st.sampled_from(sorted(LISTS)),
            values=st.lists(_FILLED, min_size=1, max_size=3).map(tuple),
        ),
    ).map(lambda part: [part])


def _group(depth: int) -> st.SearchStrategy[list[Part]]:
    heads = st.builds(
        Part, kind=st.just("group"), depth=st.just(depth), match=st.sampled_from(["any", "none"])
    )
    return st.builds(lambda head, inner: [head, *chain(*inner)], heads, _inner(depth + 1))


def _inner(depth: int) -> st.SearchStrategy[list[list[Part]]]:
    one = _row(depth) if depth > 3 else _row(depth) | _group(depth)
    return st.lists(one, min_size=1, max_size=3)


_HEAD = st.builds(
    Part,
    kind=st.just("rule"),
    verb=st.sampled_from(["activate", "deactivate", "hold"]),
    enabled=st.booleans(),
    match=st.sampled_from(["all", "any", "none"]),
)
_RULE = st.builds(lambda head, inner: [head, *chain(*inner)], _HEAD, _inner(1))
OUTLINES: st.SearchStrategy[Outline] = st.lists(_RULE, max_size=3).map(
    lambda many: list(chain(*many))
)


def without_history(parts: Outline) -> list[dict[str, Any]]:
    return [
        {name: getattr(part, name) for name in Part.__dataclass_fields__ if name != "raw"}
        for part in parts
    ]


@given(OUTLINES)
def test_rows_are_the_same_after_having_been_rules(parts: Outline) -> None:
    rules = rules_of(parts)
    assert without_history(outline_of(rules)) == without_history(parts)
    assert rules_of(outline_of(rules)) == rules


@given(st.lists(st.builds(lambda rule: {"hold": rule}, RULE), max_size=4))
def test_rules_that_nobody_touches_stay_as_they_were_written(rules: list[dict[str, Any]]) -> None:
    assert json.dumps(rules_of(outline_of(rules))) == json.dumps(rules)


@given(OUTLINES.filter(bool), st.data())
def test_moving_and_nesting_lose_no_condition(parts: Outline, data: st.DataObject) -> None:
    def said(outline: Outline) -> list[tuple[str, ...]]:
        rows = [part for part in outline if part.kind == "row"]
        return sorted((part.operand, part.operator, part.value, *part.values) for part in rows)

    at = data.draw(st.integers(0, len(parts) - 1))
    name = data.draw(st.sampled_from(["up", "down", "wrap", "unwrap"]))
    after = acted(parts, name, at)
    if after is not None:
        assert said(after[0]) == said(parts)
        assert tidy(after[0]) == after[0]


@given(OUTLINES.filter(bool), st.data())
def test_a_row_comes_back_by_the_opposite_button(parts: Outline, data: st.DataObject) -> None:
    rows = [at for at, part in enumerate(parts) if part.kind == "row"]
    at = data.draw(st.sampled_from(rows))
    lower = acted(parts, "down", at)
    assert lower is not None
    if lower[0] != parts:
        back = acted(*_with(lower, "up"))
        assert back is not None
        assert without_history(back[0]) == without_history(parts)


def _with(after: tuple[Outline, int], name: str) -> tuple[Outline, str, int]:
    return after[0], name, after[1]


def outline(text: str) -> Outline:
    """One letter per part, indented by its depth: R rule, G group, others rows of that value."""
    kinds = {"R": "rule", "G": "group", "J": "raw"}
    parts = []
    for line in text.split():
        depth, name = len(line) - len(line.lstrip(".")), line.lstrip(".")
        raw = '{"===": [1, 1]}' if name == "J" else ""
        parts.append(
            Part(kinds.get(name, "row"), depth, operand="field.topic", value=name, raw=raw)  # type: ignore[arg-type]
        )
    return parts


def drawn(parts: Outline) -> str:
    letters = {"rule": "R", "group": "G", "raw": "J"}
    return " ".join("." * part.depth + letters.get(part.kind, part.value) for part in parts)


@pytest.mark.parametrize(
    ("before", "name", "at", "after"),
    [
        ("R .a .b", "up", 2, "R .b .a"),
        ("R .a .b", "up", 1, "R .a .b"),
        ("R .a .b", "down", 1, "R .b .a"),
        ("R .a .b", "down", 2, "R .a .b"),
        ("R .a .G ..b", "down", 1, "R .G ..a ..b"),
        ("R .G ..a .b", "up", 3, "R .G ..a ..b"),
        ("R .G ..a ..b", "up", 2, "R .a .G ..b"),
        ("R .G ..a ..b", "down", 3, "R .G ..a .b"),
        ("R .G ..a .G ..b", "up", 3, "R .G ..b .G ..a"),
        ("R .G ..G ...a ..b", "up", 2, "R .G ..a .G ..b"),
        ("R .a R .b J", "up", 2, "R .b R .a J"),
        ("R .a J", "down", 0, "J R .a"),
        ("R .a .b", "wrap", 1, "R .G ..a .b"),
        ("R .G ..a .b", "wrap", 1, "R .G ..G ...a .b"),
        ("R .G ..a ..b", "unwrap", 1, "R .a .b"),
        ("R .G ..a .b", "remove", 1, "R .b"),
        ("R .a R .b", "remove", 0, "R .b"),
    ],
)
def test_buttons_move_lines(before: str, name: str, at: int, after: str) -> None:
    changed = acted(outline(before), name, at)
    assert changed is not None
    assert drawn(changed[0]) == after


@pytest.mark.parametrize(
    ("name", "at"), [("up", 9), ("wrap", 0), ("unwrap", 1), ("row", 1), ("explode", 0)]
)
def test_a_button_that_no_page_shows_does_nothing(name: str, at: int) -> None:
    assert acted(outline("R .a"), name, at) is None


def test_groups_nest_only_so_deep() -> None:
    parts = outline("R .a")
    for _ in range(DEEPEST - 1):
        after = acted(parts, "wrap", len(parts) - 1)
        assert after is not None
        parts = after[0]
    assert acted(parts, "wrap", len(parts) - 1) is None


def test_what_is_added_waits_to_be_filled_in() -> None:
    grown = acted(outline("R .a"), "group", 0)
    assert grown is not None
    parts, at = grown
    assert drawn(parts) == "R .a .G .."
    assert at == 3
    assert [(one.position, str(one)) for one in unfinished(parts)] == [
        (3, "choose what is looked at")
    ]


def test_rows_become_json_logic_on_request_and_rows_again_when_read() -> None:
    written = acted(outline("R .a .b"), "write", 0)
    assert written is not None
    (raw,) = written[0]
    equal = [{"==": [TOPIC, text]} for text in "ab"]
    assert (raw.kind, json.loads(raw.raw)) == ("raw", {"and": equal})
    assert drawn(outline_of(rules_of([raw]))) == "R .a .b"


@pytest.mark.parametrize(
    "rule",
    [
        True,
        {"===": [TOPIC, "a"]},
        {"==": [TOPIC, ""]},
        {"==": [TOPIC, "two\nlines"]},
        {"in": ["\x00", TOPIC]},
        {"some": [{"merge": [TOPIC]}, {"in": [{"var": ""}, []]}]},
        {"some": [{"merge": [TOPIC]}, {"in": [{"var": ""}, ["a", " "]]}]},
        {"and": [{"==": [TOPIC, "a"]}, {"<": [1, TOPIC, 5]}]},
    ],
)
def test_what_rows_cannot_show_stays_as_it_is(rule: Any) -> None:
    (part,) = outline_of([{"hold": rule}])
    assert part.kind == "raw"
    assert rules_of([part]) == [{"hold": rule}]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("{", "is not JSON: line 1, character 2"),
        ("[" * 60_000, "nested too deep"),
        (" " * 65_537, "longer than"),
    ],
)
def test_json_that_is_none_is_told(raw: str, words: str) -> None:
    with pytest.raises(Incomplete, match=words):
        rules_of([Part("raw", raw=raw)])


def test_depths_that_no_page_has_are_mended() -> None:
    assert drawn(tidy(outline(".a R ...a .G .....b J .c"))) == "R .a .G ..b J"
    assert span(outline("R .G ..a .b"), 1) == range(1, 3)


@given(_row(1))
def test_a_line_is_the_same_after_a_page_sent_it(line: list[Part]) -> None:
    (part,) = line
    sent = {name: str(getattr(part, name)) for name in ("kind", "depth", "operand", "value")}
    form = PartForm(
        MultiDict(
            {**sent, "operator": part.operator.value, "values": "\r\n".join(part.values) or ""}
        )
    )
    assert form.validate()
    assert (form.value.data, form["values"].data) == (part.value, part.values)
