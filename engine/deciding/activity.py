"""Whether a module runs for a submission, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.deciding.module import ModuleConfig
from rules.moment import moment
from rules.sets import RuleVerdict


@dataclass(frozen=True, slots=True)
class Activity:
    """``approval`` is set when a person must approve first, and says by which rule.

    ``trace`` holds, per rule, its verb, sentence, verdict and what each of its conditions saw.
    """

    active: bool
    why: str
    approval: str | None = None
    trace: tuple[Mapping[str, Any], ...] = ()


def surrounded(
    answers: Mapping[str, Any],
    module: ModuleConfig,
    *,
    at: datetime,
    zone: str,
    outcomes: Mapping[str, str],
) -> dict[str, Any]:
    """``answers`` with what stands around them: the module, the time, and the form's other modules.

    ``at`` is when they arrived, ``zone`` the form's; ``outcomes`` are module key to its run's state.
    """
    return {
        **answers,
        "module": {"key": module.module, "name": module.name or module.module},
        "modules": {key: {"state": state} for key, state in outcomes.items()},
        "time": moment(at, zone),
    }


def activity(module: ModuleConfig, answers: Mapping[str, Any]) -> Activity:
    """Evaluate the module's rules. Raises rules.evaluation.RuleError when one cannot be evaluated."""
    if not module.active.enabled:
        return Activity(False, "the module is switched off")
    verdict = module.active.compiled.verdict(answers)
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
    return frozenset(
        reference.split(".")[1]
        for reference in module.active.compiled.reads
        if reference.startswith("modules.")
    )
