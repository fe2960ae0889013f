"""How many calls to the CRM a plan costs when it is carried out by itself."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from connectors.base import ConnectorSpec, Kind
from engine.deciding.plan import Action, Plan, Step

_PEOPLE = (Kind.CONTACT, Kind.COMPANY)


@dataclass(frozen=True, slots=True)
class Cost:
    """Calls, at least: a CRM may need more for a record it must read before it changes it."""

    looks: int
    writes: int

    @property
    def calls(self) -> int:
        return self.looks + self.writes


def cost(plan: Plan, spec: ConnectorSpec) -> Cost:
    by_kind: dict[Kind, int] = {}
    for look in plan.looked_up:
        by_kind[look.kind] = by_kind.get(look.kind, 0) + 1
    looks = sum(
        1 if kind is Kind.DEAL else ceil(number / spec.find_bulk)
        for kind, number in by_kind.items()
    )
    return Cost(looks, _writes([step for step in plan.steps if step.writes], spec))


def _writes(steps: list[Step], spec: ConnectorSpec) -> int:
    """Steps of one action and kind share a call; a deal with new people needs one for all."""
    deal = next((step for step in steps if step.key == Kind.DEAL), None)
    people = [step for step in steps if step.kind in _PEOPLE and step.action is Action.CREATE]
    bundled: list[Step] = []
    if deal and deal.action is Action.CREATE and spec.bundle_bulk and deal.links:
        keys = {step.key for step in people}
        if set(deal.links) <= keys:
            bundled = [deal, *people, *(step for step in steps if step.key == "contact-company")]
    groups = {(_operation(step), step.kind) for step in steps if step not in bundled}
    return len(groups) + bool(bundled)


def _operation(step: Step) -> str:
    return Action.UPDATE if step.action is Action.MOVE else step.action
