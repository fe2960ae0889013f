"""The HubSpot connector keeps the contract, against the simulated HubSpot."""

from __future__ import annotations

from functools import cache

import pytest

from connectors.base import Kind, Ref
from connectors.catalog import Catalog
from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.simulator import DEMO_SETTINGS, create_simulator
from connectors.simulation import Simulator
from tests.conformance.accidents import Accidents
from tests.conformance.contract import Contract
from tests.conformance.simulated import (
    SEARCH_LAG_S,
    SimulatedWorld,
    accidents,
    client_of,
    simulated,
)
from tests.conformance.world import Names, World

ENTITIES = {
    Kind.CONTACT: "contacts",
    Kind.COMPANY: "companies",
    Kind.DEAL: "deals",
    Kind.TASK: "tasks",
    Kind.NOTE: "notes",
}
NAMED_BY = {
    Kind.COMPANY: "name",
    Kind.DEAL: "dealname",
    Kind.TASK: "hs_task_subject",
    Kind.NOTE: "hs_note_body",
}

SETTINGS = {**DEMO_SETTINGS, "base_url": "http://hubspot.test"}

NAMES = Names(
    samples={
        Kind.CONTACT: {
            "name": "Ada Lovelace",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone": ["+14155550100"],
            "email": ["ada@example.org"],
            "responsible": "4712",
            "jobtitle": "Analyst",
            "website": "https://example.org/ada",
            "message": "Engines\nand poetry",
            "about.html": "Engines <& poetry>\nand numbers",
            "date_of_birth": "1990-12-10",
            "lifecyclestage": "lead",
            "preferred_contact": "email",
        },
        Kind.COMPANY: {
            "name": "Analytical Engines",
            "phone": ["+14155550111"],
            "email": ["office@example.org"],
            "domain": "example.org",
            "industry": "SERVICES",
            "numberofemployees": "25",
        },
        Kind.DEAL: {
            "name": "Site form",
            "budget": "1500.5",
            "responsible": "4712",
            "pipeline": "default",
            "stage": "qualifiedtobuy",
            "utm_source": "google",
            "product_line": "software",
            "topic": "Chairs",
            "interests": ["demo", "prices"],
            "wanted_date": "2026-12-01",
            "meeting_at": "2026-12-01T10:30:00+02:00",
            "newsletter": True,
            "delivery_cost": "99.5",
            "seats": "3",
            "second_owner": "4713",
        },
    },
    text={Kind.CONTACT: "jobtitle", Kind.DEAL: "topic"},
    choice={Kind.COMPANY: "industry", Kind.DEAL: "product_line"},
    task_type="CALL",
    closed=("default", "closedlost"),
    incoming=("default", "appointmentscheduled"),
    messenger=("messenger", "telegram"),
)


@cache
def simulated_hubspot(search_lag_s: float) -> Simulator:
    """Built once, because that takes longer than most cases; every world empties it."""
    return simulated(create_simulator, rate_limit=0, search_lag_s=search_lag_s)


@cache
def known_catalog() -> Catalog:
    """What the account offers, as the engine keeps it between two drains."""
    http = client_of(simulated_hubspot(0))
    return HubSpotConnector(SETTINGS, http).catalog()


class HubSpotWorld(SimulatedWorld):
    names = NAMES

    def __init__(self, search_lag_s: float) -> None:
        super().__init__(simulated_hubspot(search_lag_s))
        http = client_of(self.simulator)
        self.connector = HubSpotConnector(SETTINGS, http, known_catalog())

    def stored(self, kind: Kind, key: str) -> int:
        records = self.simulator.store.all(ENTITIES[kind])
        return sum(_name(kind, record["properties"]) == key for record in records)

    def delete(self, ref: Ref) -> None:
        self.simulator.store.delete(ENTITIES[ref.kind], int(ref.id))


def _name(kind: Kind, properties: dict[str, str]) -> str | None:
    if kind is Kind.CONTACT:
        return " ".join(filter(None, map(properties.get, ("firstname", "lastname"))))
    return properties.get(NAMED_BY[kind])


class OfHubSpot:
    accidents = accidents(never=("not paid",))

    @pytest.fixture
    def world(self) -> World:
        return self.new_world()

    def new_world(self, *, lagging: bool = False) -> World:
        return HubSpotWorld(SEARCH_LAG_S if lagging else 0)


class TestHubSpot(OfHubSpot, Contract):
    pass


class TestHubSpotUnderAccidents(OfHubSpot, Accidents):
    pass
