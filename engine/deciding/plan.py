"""A plan: every write a run would make to the CRM, as plain data, and why.

The preview, the live path, replay and tests all read this one thing, and none of them changes it. Its
classes are not frozen, because that would double what making them costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from connectors.base import Json, Kind
from engine.deciding.placeholders import deferred


class Action(StrEnum):
    """What a step does to its record."""

    CREATE = "create"
    UPDATE = "update"
    MOVE = "move"  # an update that changes a deal's stage
    LINK = "link"
    LEAVE = "leave"  # found, and nothing to write


@dataclass(slots=True)
class FieldChange:
    """One field of a step. ``before`` and ``after`` are words for people; ``value`` is what is sent.

    ``value`` is only sent when ``writes``; None clears the field. For a field of many values it
    holds only those to add.
    """

    field: str
    label: str
    before: str
    after: str
    why: str
    writes: bool
    value: Json = None


@dataclass(slots=True)
class Step:
    """One write, or one record deliberately left alone.

    ``key`` names the step within its plan: ``contact``, ``deal``, ``deal.task.0`` … ``record_id`` is
    the existing record of an update, move or leave. ``links`` are keys of steps whose records this
    one is linked with: a deal's contact and company, a task's or note's parent, a link's two ends.
    ``claims`` name what the step writes or brings into being: no two steps of one wave share any.
    ``needs`` are keys of steps whose records its texts speak of: they come first.
    ``watched`` are fields whose written value is remembered, to notice when a person changes it.
    """

    key: str
    kind: Kind
    action: Action
    title: str
    why: str
    record_id: str | None = None
    changes: tuple[FieldChange, ...] = ()
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return self.action is not Action.LEAVE

    @property
    def fields(self) -> dict[str, Json]:
        """Canonical field id to the value that is sent."""
        return {change.field: change.value for change in self.changes if change.writes}


@dataclass(slots=True)
class LookedUp:
    """One look-up that was made, and the ids it brought."""

    kind: Kind
    field: str
    value: str
    found: tuple[str, ...]


@dataclass(slots=True)
class Candidate:
    """A record that was considered for a part of the module, and why it was taken or not."""

    kind: Kind
    id: str
    title: str
    taken: bool
    why: str


@dataclass(slots=True)
class Plan:
    """All steps of a run in the order they are carried out.

    ``warnings`` tell what could not be written, such as an answer that is no phone number.
    ``hold`` is set when a person must choose in the CRM first: then the plan is never carried out
    but decided anew. ``approval`` is set when it may only be carried out once a person approves.
    ``takes_turn``: the next run's responsible person is the next one in turn. ``merge``: the CRM itself decides
    whether deal and people are new, and all of them go to it in one call.
    """

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    hold: str | None = None
    approval: str | None = None
    looked_up: tuple[LookedUp, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    takes_turn: bool = False
    merge: bool = False

    def with_needs(self) -> Plan:
        """The plan with each step's needs, as its texts' placeholders tell."""
        spoken_of = [_spoken_of(step) for step in self.steps]
        if not any(spoken_of):
            return self
        keys = {step.key for step in self.steps}
        pairs = zip(self.steps, spoken_of, strict=True)
        steps = (replace(step, needs=tuple(sorted(some & keys))) for step, some in pairs)
        return replace(self, steps=tuple(steps))

    @property
    def claims(self) -> frozenset[str]:
        """What the plan's writes claim; see `Step.claims`."""
        return frozenset(claim for step in self.steps if step.writes for claim in step.claims)

    @property
    def changes_anything(self) -> bool:
        return any(step.writes for step in self.steps)

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)


def _spoken_of(step: Step) -> set[str]:
    """Kinds whose id or address the step's texts hold; a kind's first step has its name as key."""
    return {
        reference.partition(".")[0]
        for change in step.changes
        if change.writes and isinstance(change.value, str) and not change.value.isascii()
        for reference in deferred(change.value)
    }


_PLAN = TypeAdapter(Plan)


def dump(plan: Plan) -> Any:
    """The plan as plain JSON."""
    return _PLAN.dump_python(plan, mode="json")


def load(document: Any) -> Plan:
    """The plan that `dump` made ``document`` of."""
    return _PLAN.validate_python(document)
