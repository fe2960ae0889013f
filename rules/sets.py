"""A module's rules together: what they conclude, how they read, and where they contradict.

A rule set is a sequence of mappings, each of one verb to its rule. Without activate rules the module
is active; of several one is enough. A true deactivate rule wins over all, a true hold rule makes an
active module wait for a person's approval. A rule with ``enabled: false`` beside it counts as not there,
but for its number: switching one off renames no other. It must be without mistakes all the same,
because one click switches it on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from rules.builder import sentence
from rules.checking import check
from rules.evaluation import CompiledRule, RuleError, Step, compiled
from rules.grammar import Issue, canonical
from rules.reach import decided
from rules.references import ROOTS
from rules.shapes import FieldShape
from rules.wording import Say, in_english

RuleSet: TypeAlias = Sequence[Mapping[Any, Any]]

VERBS = ("activate", "deactivate", "hold")
ENABLED = "enabled"
"""What stands as false beside the verb of a rule that is switched off."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule's part in the verdict, with what each of its conditions saw."""

    verb: str
    sentence: str
    value: bool
    trace: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class SetVerdict:
    state: Literal["active", "skipped", "held"]
    why: str
    trace: tuple[RuleVerdict, ...] = ()


@dataclass(frozen=True, slots=True)
class CompiledSet:
    """A rule set made ready to be evaluated again and again: each rule with its verb, in words."""

    rules: tuple[tuple[str, str, CompiledRule], ...]

    @property
    def reads(self) -> frozenset[str]:
        """Every reference."""
        return frozenset(reference for _, _, rule in self.rules for reference in rule.reads)

    def verdict(self, data: Mapping[str, Any]) -> SetVerdict:
        """What the rules conclude for ``data``, a mapping of roots. Raises RuleError, naming the rule."""
        trace, values = [], []
        for verb, name, rule in self.rules:
            try:
                found = rule.evaluate(data)
            except RuleError as error:
                raise RuleError(f"{name}: {error}") from error
            trace.append(RuleVerdict(verb, rule.sentence, found.value, found.trace))
            values.append((verb, name, found.value))
        return SetVerdict(*_conclusion(values), tuple(trace))


def compiled_set(rules: RuleSet) -> CompiledSet:
    """Make ``rules`` ready. Raises RuleError, naming the rule that is none."""
    found = []
    for verb, number, _, rule in _numbered(rules):
        name = _rule_name(verb, number)
        try:
            found.append((verb, name, compiled(rule)))
        except RuleError as error:
            raise RuleError(f"{name}: {error}") from error
    return CompiledSet(tuple(found))


def _rule_name(verb: str, number: int) -> str:
    names = {
        "activate": f"activate rule {number}",
        "deactivate": f"deactivate rule {number}",
        "hold": f"hold rule {number}",
    }
    return names[verb]


def sentence_of_set(rules: RuleSet, say: Say = in_english) -> str:
    """``rules`` as one sentence, such as "Active if …; but not if …; held for approval if …."."""
    found = {
        verb: [sentence(one, say) for kind, _, _, one in _numbered(rules) if kind == verb]
        for verb in VERBS
    }
    clauses = [
        say("Active if %(rules)s", rules=_any(found["activate"], say))
        if found["activate"]
        else say("Always active")
    ]
    if found["deactivate"]:
        clauses.append(say("but not if %(rules)s", rules=_any(found["deactivate"], say)))
    if found["hold"]:
        clauses.append(say("held for approval if %(rules)s", rules=_any(found["hold"], say)))
    if count := sum(map(is_off, rules)):
        one, many = "%(count)s rule is switched off", "%(count)s rules are switched off"
        clauses.append(say(one if count == 1 else many, count=str(count)))
    return "; ".join(clauses) + "."


def check_set(
    rules: RuleSet,
    roots: Collection[str] | None = ROOTS,
    fields: Mapping[str, FieldShape] | None = None,
) -> list[Issue]:
    """Everything that is wrong with ``rules``, as `checking.check` finds it, and between them."""
    issues = [
        Issue(f"/{position}/{verb}", f"is no verb of a rule; known are {', '.join(VERBS)}")
        for position, rule in enumerate(rules)
        for verb in rule
        if verb not in VERBS and verb != ENABLED
    ]
    for _, _, path, rule in _numbered(rules, off=True):
        issues += [
            Issue(path + issue.path, issue.message, issue.severity)
            for issue in check(rule, roots, fields)
        ]
    if fields is None or any(issue.severity == "error" for issue in issues):
        return issues
    return [*issues, *_repeated(rules), *_overruled(rules, fields)]


def is_off(rule: Mapping[Any, Any]) -> bool:
    return rule.get(ENABLED) is False


def key_of(rule: Mapping[Any, Any]) -> str:
    """What a rule of a set goes by, whatever its place and whether it is off: 12 hexadecimal digits.

    Rules that say the very same under the same verb have the same key.
    """
    said = {word: one for word, one in rule.items() if word != ENABLED}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _numbered(rules: RuleSet, *, off: bool = False) -> Iterator[tuple[str, int, str, Any]]:
    """Each rule with its verb, its number among the rules of that verb, and its JSON Pointer.

    Those that are switched off only when ``off``.
    """
    counts = dict.fromkeys(VERBS, 0)
    for position, one in enumerate(rules):
        for verb, rule in one.items():
            if verb in counts:
                counts[verb] += 1
                if off or not is_off(one):
                    yield verb, counts[verb], f"/{position}/{verb}", rule


def _conclusion(
    values: Sequence[tuple[str, str, bool]],
) -> tuple[Literal["active", "skipped", "held"], str]:
    """``values`` are each rule's verb, name and verdict."""
    true = {verb: name for verb, name, value in reversed(values) if value}
    asked = any(verb == "activate" for verb, _, _ in values)
    if "deactivate" in true:
        return "skipped", f"skipped by logic: {true['deactivate']} is true"
    if asked and "activate" not in true:
        return "skipped", "skipped by logic: no activate rule is true"
    if "hold" in true:
        return "held", f"held by logic: {true['hold']} is true"
    return "active", "active" if asked else "active: no rule says otherwise"


def _any(clauses: Sequence[str], say: Say) -> str:
    return reduce(lambda one, other: say("%(one)s, or if %(other)s", one=one, other=other), clauses)


def _repeated(rules: RuleSet) -> Iterator[Issue]:
    """Rules that say what another rule says already, under the same verb or a stronger one."""
    told: dict[tuple[str, str], int] = {}
    for verb, number, path, rule in _numbered(rules):
        text = canonical(rule)
        if (earlier := told.setdefault((verb, text), number)) != number:
            yield Issue(
                path, f"says the same as {_rule_name(verb, earlier)}; take it out", "warning"
            )
    for verb, _, path, rule in _numbered(rules):
        if verb != "deactivate" and (winner := told.get(("deactivate", canonical(rule)))):
            why = f"deactivate rule {winner} says the same and wins"
            yield Issue(path, f"never has an effect: {why}", "warning")


def _overruled(rules: RuleSet, fields: Mapping[str, FieldShape]) -> Iterator[Issue]:
    """Rules to which nothing is left, because another one is always true."""
    always: dict[str, int] = {}
    for verb, number, _, rule in _numbered(rules):
        if decided(rule, fields)[0]:
            always.setdefault(verb, number)
    for verb, number, path, _ in _numbered(rules):
        if (first := always.get("deactivate")) and (verb, number) != ("deactivate", first):
            why = f"deactivate rule {first} is always true, so the module never runs"
            yield Issue(path, f"never has an effect: {why}", "warning")
        elif (first := always.get(verb)) and number != first:
            yield Issue(path, f"adds nothing: {_rule_name(verb, first)} is always true", "warning")
