"""The rows of the Logic tab: a module's rules as one flat list that a web form can carry.

A rule is followed by its parts, each one deeper than the group it is in. Every list of parts that a
page sends is an outline; `tidy` makes it one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from flask_babel import gettext as _

from rules.builder import LISTS, Group, Match, Operator, Row, from_rule, to_rule
from rules.sets import ENABLED, VERBS, RuleSet, is_off

DEEPEST = 16
MOST_RAW = 65_536
BARE = frozenset({Operator.EMPTY, Operator.NOT_EMPTY})
"""Operators that take no value."""
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the outline.

    A ``rule`` is its outermost group, too. ``raw`` is JSON: of a raw rule all it says, of a rule in
    rows what it said before it was edited. ``values`` are for operators that take several texts.
    ``user`` is whom a rule chooses, where rules choose somebody.
    """

    kind: Literal["rule", "raw", "group", "row"]
    depth: int = 0
    verb: str = "activate"
    enabled: bool = True
    match: Match = "all"
    operand: str = ""
    operator: Operator = Operator.EQUALS
    value: str = ""
    values: tuple[str, ...] = ()
    raw: str = ""
    user: str = ""

    @property
    def holds_parts(self) -> bool:
        return self.kind in ("rule", "group")


class Incomplete(Exception):
    """A part says nothing yet. ``position`` is its own in the outline; the text is for a person."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


Outline = list[Part]


def outline_of(rules: RuleSet) -> Outline:
    """A module's rules. What rows cannot show is raw."""
    parts: Outline = []
    for one in rules:
        ((verb, rule),) = ((word, said) for word, said in one.items() if word in VERBS)
        parts += _rule_parts(rule, verb=verb, enabled=not is_off(one))
    return parts


def outline_of_choices(choices: Sequence[Mapping[str, Any]]) -> Outline:
    """The rules that choose a person, as a module's document has them: ``when`` and ``user``."""
    return [part for one in choices for part in _rule_parts(one["when"], user=one["user"])]


def _rule_parts(rule: Any, **head: Any) -> Iterator[Part]:
    group, text = from_rule(rule), json.dumps(rule, ensure_ascii=False)
    if group is None or not _fits_rows(group):
        yield Part("raw", raw=text, **head)
    else:
        yield Part("rule", match=group.match, raw=text, **head)
        for inner in group.parts:
            yield from _inner_parts(inner, 1)


def _inner_parts(part: Row | Group, depth: int) -> Iterator[Part]:
    if isinstance(part, Group):
        yield Part("group", depth, match=part.match)
        for inner in part.parts:
            yield from _inner_parts(inner, depth + 1)
    elif isinstance(part.value, tuple):
        yield Part("row", depth, operand=part.operand, operator=part.operator, values=part.value)
    else:
        yield Part("row", depth, operand=part.operand, operator=part.operator, value=part.value)


def _fits_rows(part: Row | Group, depth: int = 0) -> bool:
    """Whether a page can show the rule and get it back as it was."""
    if isinstance(part, Group):
        return depth < DEEPEST and all(_fits_rows(inner, depth + 1) for inner in part.parts)
    texts = part.value if isinstance(part.value, tuple) else (part.value,)
    filled = part.operator in BARE or (bool(texts) and all(text.strip() for text in texts))
    return filled and bool(part.operand) and not any(map(_CONTROL.search, (part.operand, *texts)))


def rule_spans(parts: Outline) -> list[range]:
    """The positions of each rule's parts, its own included."""
    return [span(parts, at) for at, part in enumerate(parts) if part.depth == 0]


def span(parts: Outline, at: int) -> range:
    """The positions of the part at ``at`` and of all that is inside it."""
    end = at + 1
    while end < len(parts) and parts[end].depth > parts[at].depth:
        end += 1
    return range(at, end)


def rules_of(parts: Outline) -> list[dict[str, Any]]:
    """The rules as the module's document has them. Raises Incomplete."""
    rules = []
    for positions in rule_spans(parts):
        head = parts[positions.start]
        off = {} if head.enabled else {ENABLED: False}
        rules.append({head.verb: rule_of(parts, positions.start), **off})
    return rules


def choices_of(parts: Outline) -> list[dict[str, Any]]:
    """The rules that choose a person, as the module's document has them. Raises Incomplete."""
    for missing in nameless(parts):
        raise missing
    heads = [positions.start for positions in rule_spans(parts)]
    return [{"when": rule_of(parts, at), "user": parts[at].user.strip()} for at in heads]


def nameless(parts: Outline) -> Iterator[Incomplete]:
    """Every rule that chooses nobody yet."""
    for positions in rule_spans(parts):
        if not parts[positions.start].user.strip():
            yield Incomplete(positions.start, _("choose who becomes responsible"))


def rule_of(parts: Outline, at: int) -> Any:
    """What the part at ``at`` says, as JsonLogic. Raises Incomplete."""
    part = parts[at]
    if part.kind == "raw":
        return _raw_rule(part.raw, at)
    group = group_of(parts, at)
    if part.kind == "rule" and part.raw:
        before = _raw_rule(part.raw, at)
        if from_rule(before) == group:  # untouched, however it was written
            return before
    return to_rule(group)


def unfinished(parts: Outline) -> Iterator[Incomplete]:
    """Every part that says nothing yet."""
    for at in range(len(parts)):
        try:
            rule_of(parts, at)
        except Incomplete as error:
            if error.position == at:
                yield error


def group_of(parts: Outline, at: int) -> Group:
    """The part at ``at``; a row as a group of its own. Raises Incomplete."""
    part = _built(parts, at)
    return Group("all", (part,)) if isinstance(part, Row) else part


def _built(parts: Outline, at: int) -> Row | Group:
    part = parts[at]
    if part.kind == "row":
        return _row(part, at)
    inner = [
        _built(parts, position)
        for position in span(parts, at)
        if parts[position].depth == part.depth + 1
    ]
    if not inner:
        raise Incomplete(at, _("holds no condition: add one, or remove it"))
    return Group(part.match, tuple(inner))


def _row(part: Part, at: int) -> Row:
    if not part.operand:
        raise Incomplete(at, _("choose what is looked at"))
    if part.operator in BARE:
        return Row(part.operand, part.operator)
    if part.operator in LISTS:
        texts = part.values or ((part.value,) if part.value.strip() else ())
        if not texts:
            raise Incomplete(at, _("give at least one value"))
        return Row(part.operand, part.operator, texts)
    text = part.value if part.value.strip() else part.values[0] if part.values else ""
    if not text:
        raise Incomplete(at, _("give a value; for none at all there is “is empty”"))
    return Row(part.operand, part.operator, text)


def _raw_rule(text: str, at: int) -> Any:
    if len(text) > MOST_RAW:
        raise Incomplete(at, _("is longer than %(count)s characters", count=MOST_RAW))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        message = _(
            "is not JSON: line %(line)s, character %(column)s: %(problem)s",
            line=error.lineno,
            column=error.colno,
            problem=error.msg,
        )
        raise Incomplete(at, message) from error
    except RecursionError as error:
        raise Incomplete(at, _("is nested too deep")) from error


def tidy(parts: Sequence[Part]) -> Outline:
    """The same parts, each at a depth that the one before it allows."""
    tidied: Outline = []
    for part in parts:
        if part.kind in ("rule", "raw"):
            tidied.append(replace(part, depth=0))
        elif tidied and tidied[-1].kind != "raw":
            before = tidied[-1]
            deepest = min(DEEPEST, before.depth + 1 if before.holds_parts else before.depth)
            tidied.append(replace(part, depth=max(1, min(part.depth, deepest))))
    return tidied
