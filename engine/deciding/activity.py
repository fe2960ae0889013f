"""Whether a module runs for a submission, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.deciding.module import ModuleConfig
from rules.evaluation import evaluate


@dataclass(frozen=True, slots=True)
class Activity:
    """``trace`` holds, per rule that was looked at, its verb, its verdict and each leaf's values."""

    active: bool
    why: str
    trace: tuple[Mapping[str, Any], ...] = ()


def activity(module: ModuleConfig, answers: Mapping[str, Any]) -> Activity:
    """Evaluate the module's rules: a true deactivate rule wins over any activate rule.

    Raises rules.evaluation.RuleError when a rule cannot be evaluated.
    """
    if not module.active.enabled:
        return Activity(False, "the module is switched off")
    trace: list[Mapping[str, Any]] = []
    verdicts: dict[str, list[bool]] = {"activate": [], "deactivate": []}
    for rule in module.active.rules:
        for verb, logic in rule.items():
            verdict = evaluate(logic, answers)
            trace.append({"verb": verb, **asdict(verdict)})
            verdicts[verb].append(verdict.value)
    return Activity(*_conclusion(verdicts), tuple(trace))


def _conclusion(verdicts: Mapping[str, list[bool]]) -> tuple[bool, str]:
    if any(verdicts["deactivate"]):
        number = verdicts["deactivate"].index(True) + 1
        return False, f"skipped by logic: deactivate rule {number} is true"
    if verdicts["activate"] and not any(verdicts["activate"]):
        return False, "skipped by logic: no activate rule is true"
    return True, "active" if verdicts["activate"] else "active: no rule says otherwise"
