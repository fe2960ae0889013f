"""What POST /leads/complex was asked for, checked and not yet applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.drafts import create
from connectors.kommo.simulator.element import Element
from connectors.simulation import Record


@dataclass(frozen=True, slots=True)
class Person:
    """The contact or company of a complex lead: an existing id, or a checked draft."""

    kind: str
    element: Element
    id: int | None
    draft: Record

    def settle(self, crm: Crm, **facts: Any) -> int:
        """The person's id; who is new is created, with these facts besides."""
        if self.id is not None:
            return self.id
        return int(create(crm, self.kind, self.element, {**self.draft, **facts})["id"])


@dataclass(frozen=True, slots=True)
class ComplexLead:
    """One checked element of the request."""

    element: Element
    draft: Record
    contact: Person | None
    company: Person | None
