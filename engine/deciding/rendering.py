"""A plan as text, for terminals, notes and diffs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deciding.plan import Action, FieldChange, Plan, Step

_SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.MOVE: "→",
    Action.LINK: "&",
    Action.LEAVE: "=",
}


def as_text(plan: Plan) -> str:
    """Every step with its fields before → after and why, then candidates and warnings."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    if plan.hold:
        yield f"! held for a person: {plan.hold}"
    for step in plan.steps:
        yield from _step(step)
    for look in plan.looked_up:
        found = ", ".join(look.found) or "nothing"
        yield f"? looked for a {look.kind} by {look.field} {look.value}: {found}"
    for candidate in plan.candidates:
        verb = "took" if candidate.taken else "left"
        yield f"? {verb} {candidate.kind} {candidate.id} {candidate.title}: {candidate.why}"
    for warning in plan.warnings:
        yield f"! {warning}"


def _step(step: Step) -> Iterator[str]:
    record = f" {step.record_id}" if step.record_id else ""
    yield f"{_SIGNS[step.action]} {step.action} {step.kind}{record} · {step.title} ({step.why})"
    for change in step.changes:
        yield f"    {_change(change)}"
    if step.tags:
        yield f"    + Tags: {', '.join(step.tags)}"


def _change(change: FieldChange) -> str:
    if not change.writes:
        kept = f"{change.label}: {change.before}" if change.before else change.label
        return f"  {kept} ({change.why})"
    before = f"{change.before} → " if change.before else ""
    text = f"* {change.label}: {before}{change.after or 'nothing'} ({change.why})"
    return text.replace("\n", "\n      ")
