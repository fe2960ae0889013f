"""What the Logic tab finds in an outline: its rules, what is wrong with them, and what is true of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.deciding.activity import surrounded
from engine.deciding.module import ModuleConfig
from engine.deciding.names import under_all_names
from engine.delivery.configs import form_config
from engine.storage.models import Module
from engine.storage.runs import module_states
from engine.storage.seen_fields import Recent
from rules.checking import FieldShape, Issue
from rules.evaluation import RuleError, Step, evaluate, leaves
from rules.sets import SetVerdict, check_set, compiled_set, sentence_of_set
from web.database import db
from web.sentences import say
from web.studio.outline import Incomplete, Outline, rule_of, rule_spans, rules_of, unfinished


@dataclass(frozen=True, slots=True)
class Findings:
    """``errors`` and ``warnings`` are by the position of their part. Without errors there are
    ``rules``, and their ``sentence``. ``unfinished``: the errors are but things that are not said yet."""

    rules: list[dict[str, Any]] | None
    sentence: str = ""
    unfinished: bool = False
    errors: Mapping[int, list[Issue]] = field(default_factory=dict)
    warnings: Mapping[int, list[Issue]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a part came to; None when it cannot be told. A row has the ``values`` that it saw, a raw
    rule its conditions."""

    value: bool | None
    values: tuple[tuple[str, Any], ...] = ()
    steps: tuple[Step, ...] = ()


def findings(parts: Outline, shapes: Mapping[str, FieldShape]) -> Findings:
    """``shapes`` are the form's fields, none as long as nothing is known of them."""
    open_parts = {one.position: [Issue("", str(one))] for one in unfinished(parts)}
    if open_parts:
        return Findings(None, unfinished=True, errors=open_parts)
    rules = rules_of(parts)
    if errors := placed(parts, rules, check_set(rules)):
        return Findings(None, errors=errors)
    warnings = placed(parts, rules, check_set(rules, fields=shapes)) if shapes else {}
    return Findings(rules, sentence_of_set(rules, say), warnings=warnings)


def placed(
    parts: Outline, rules: list[dict[str, Any]], issues: Iterable[Issue]
) -> dict[int, list[Issue]]:
    """Each issue at the row that it is about, else at its rule, with its place inside that rule.

    Its path begins with the rule's number and the key below which the rule's JsonLogic stands.
    """
    spans, found = rule_spans(parts), defaultdict(list)
    for issue in issues:
        _, number, key, *inner = issue.path.split("/")
        path = "".join(f"/{one}" for one in inner)
        at = _row_at(parts, spans[int(number)], rules[int(number)][key], path)
        found[at].append(Issue(path, issue.message, issue.severity))
    return dict(found)


def _row_at(parts: Outline, inside: range, rule: Any, path: str) -> int:
    """The row that shows the place ``path`` of a rule. Rows stand as the rule's conditions do."""
    if parts[inside.start].kind == "rule":
        rows = [at for at in inside if parts[at].kind == "row"]
        for at, (pointer, _leaf) in zip(rows, leaves(rule), strict=True):
            if f"{path}/".startswith(f"{pointer}/"):
                return at
    return inside.start


def truths(parts: Outline, answers: Mapping[str, Any]) -> Iterator[Truth | None]:
    """What each part comes to for ``answers``, in their order; None for what says nothing yet."""
    for at, part in enumerate(parts):
        try:
            verdict = evaluate(rule_of(parts, at), answers)
        except Incomplete:
            yield None
            continue
        except RuleError:
            yield Truth(None)
            continue
        values = verdict.trace[0].values if part.kind == "row" else ()
        yield Truth(verdict.value, values, verdict.trace if part.kind == "raw" else ())


def conclusion(rules: list[dict[str, Any]], answers: Mapping[str, Any]) -> SetVerdict | str:
    """What the rules conclude together, or why that cannot be told."""
    try:
        return compiled_set(rules).verdict(answers)
    except RuleError as error:
        return str(error)


def _look_at_modules(parts: Outline) -> bool:
    """Whether any part may read how another module ended: else nobody needs to look that up."""
    texts = [text for part in parts for text in (part.operand, part.raw)]
    return any("modules" in text or "\\" in text for text in texts)  # JSON may escape any letter


def answers_of(
    submission: Recent, module: Module, config: ModuleConfig, parts: Outline
) -> Mapping[str, Any]:
    """What ``parts``, as rules of ``config``, see of a submission."""
    form = form_config(module.form)
    states = module_states(db.session(), [submission.id]) if _look_at_modules(parts) else {}
    return surrounded(
        under_all_names(submission.answers, form),
        config,
        at=submission.received_at,
        zone=form.zone,
        outcomes=states.get(submission.id, {}),
    )
