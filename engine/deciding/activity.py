"""Whether a module runs for a submission, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.deciding.module import ModuleConfig
from rules.evaluation import reads
from rules.sets import RuleVerdict, verdict_of_set


@dataclass(frozen=True, slots=True)
class Activity:
    """``approval`` is set when a person must approve first, and says by which rule.

    ``trace`` holds, per rule, its verb, sentence, verdict and what each of its conditions saw.
    """

    active: bool
    why: str
    approval: str | None = None
    trace: tuple[Mapping[str, Any], ...] = ()


def activity(module: ModuleConfig, answers: Mapping[str, Any]) -> Activity:
    """Evaluate the module's rules. Raises rules.evaluation.RuleError when one cannot be evaluated."""
    if not module.active.enabled:
        return Activity(False, "the module is switched off")
    rules = [{str(verb): logic for verb, logic in rule.items()} for rule in module.active.rules]
    verdict = verdict_of_set(rules, answers)
    return Activity(
        active=verdict.state != "skipped",
        why=verdict.why,
        approval=verdict.why if verdict.state == "held" else None,
        trace=tuple(_told(one) for one in verdict.trace),
    )


def _told(one: RuleVerdict) -> Mapping[str, Any]:
    """As plain JSON. `dataclasses.asdict` would copy every answer that a condition saw."""
    return {
        "verb": one.verb,
        "sentence": one.sentence,
        "value": one.value,
        "trace": [
            {
                "pointer": step.pointer,
                "sentence": step.sentence,
                "values": step.values,
                "result": step.result,
            }
            for step in one.trace
        ],
    }


def awaited_modules(module: ModuleConfig) -> frozenset[str]:
    """Keys of the modules of the same form whose outcome the rules ask for."""
    references = (
        reference
        for rule in module.active.rules
        for logic in rule.values()
        for reference in reads(logic)
    )
    return frozenset(
        reference.split(".")[1]
        for reference in references
        if reference.startswith("modules.") and reference.count(".") >= 1
    )
