"""The contract's reference keeps the contract."""

from __future__ import annotations

from copy import copy

import pytest

from connectors.base import Kind, Ref
from connectors.memory import Accident, MemoryConnector, MemoryCrm
from tests.conformance.accidents import Accidents
from tests.conformance.contract import Contract
from tests.conformance.world import Clock, Names, World

NAMES = Names(
    samples={
        Kind.CONTACT: {
            "name": "Ada Lovelace",
            "phone": ["+14155550100"],
            "email": ["ada@example.org"],
            "responsible": "anna",
            "position": "Analyst",
            "messenger": ["telegram:@ada", "viber:+14155550100"],
            "birthday": "1990-12-10",
            "profile": "https://example.org/ada",
            "about": "Engines\nand poetry",
        },
        Kind.COMPANY: {
            "name": "Analytical Engines",
            "phone": ["+14155550111"],
            "email": ["office@example.org"],
            "web": "https://example.org",
            "industry": "services",
        },
        Kind.DEAL: {
            "name": "Site form",
            "budget": "1500.5",
            "responsible": "anna",
            "pipeline": "sales",
            "stage": "talking",
            "utm_source": "google",
            "topic": "Chairs",
            "seats": "3",
            "newsletter": True,
            "wanted": "2026-12-01",
            "meeting": "2026-12-01T10:30:00+02:00",
            "product": "software",
            "interests": ["demo", "prices"],
        },
    },
    text={Kind.CONTACT: "position", Kind.DEAL: "topic"},
    choice={Kind.COMPANY: "industry", Kind.DEAL: "product"},
    task_type="call",
    closed=("sales", "lost"),
    incoming=("sales", "incoming"),
    messenger=("messenger", "telegram"),
)


class MemoryWorld(World):
    names = NAMES

    def __init__(self) -> None:
        self.clock = Clock()
        self.crm = MemoryCrm(now=self.clock)
        self.connector = MemoryConnector(self.crm)

    def befall(self, accident: str, operation: str, position: int) -> None:
        self.crm.befall(operation, Accident(accident), skip=position)

    def calm(self) -> bool:
        return self.crm.calm()

    def stored(self, kind: Kind, key: str) -> int:
        return sum(
            key in (r.fields.get("name"), r.fields.get("text")) for r in self.crm.records(kind)
        )

    def remember(self) -> MemoryCrm:
        return self.crm

    def recall(self, memory: MemoryCrm) -> None:
        self.crm._records.update(memory._records)
        self.crm._markers.update(memory._markers)
        self.crm._numbers = copy(memory._numbers)

    def merge_enquiries(self) -> None:
        """It always does."""

    def delete(self, ref: Ref) -> None:
        self.crm.delete(ref)


class OfMemory:
    accidents = tuple(Accident)

    @pytest.fixture
    def world(self) -> World:
        return self.new_world()

    def new_world(self, *, lagging: bool = False) -> World:
        """Memory never lags."""
        return MemoryWorld()


class TestMemory(OfMemory, Contract):
    pass


class TestMemoryUnderAccidents(OfMemory, Accidents):
    pass
