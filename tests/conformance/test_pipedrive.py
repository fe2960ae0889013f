"""The Pipedrive connector keeps the contract, against the simulated Pipedrive."""

from __future__ import annotations

from functools import cache

import pytest

from connectors.base import Kind, Ref
from connectors.catalog import Catalog
from connectors.pipedrive.connector import PipedriveConnector
from connectors.pipedrive.simulator import DEMO_SETTINGS, create_simulator
from connectors.pipedrive.simulator.fields import FIELDS, key_of
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
    Kind.CONTACT: "persons",
    Kind.COMPANY: "organizations",
    Kind.DEAL: "deals",
    Kind.TASK: "activities",
    Kind.NOTE: "notes",
}
SETTINGS = {**DEMO_SETTINGS, "base_url": "http://pipedrive.test"}


def deal(name: str) -> str:
    return key_of("deals", name)


def option(entity: str, field: str, label: str) -> str:
    """The id of an option, as people find it in the fields' list."""
    fields = {one["field_code"]: one for one in FIELDS[entity]}
    options = fields[key_of(ENTITIES_BY_LIST[entity], field)]["options"]
    return next(str(one["id"]) for one in options if one["label"] == label)


ENTITIES_BY_LIST = {
    "personFields": "persons",
    "organizationFields": "organizations",
    "dealFields": "deals",
}

NAMES = Names(
    samples={
        Kind.CONTACT: {
            "name": "Ada Lovelace",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone": ["+14155550100"],
            "email": ["ada@example.org"],
            "responsible": "10002",
            "im": ["skype:ada", "whatsapp:+14155550100"],
            "job_title": "Countess",
            "birthday": "1990-12-10",
            key_of("persons", "Position"): "Analyst",
            key_of("persons", "Preferred contact"): option(
                "personFields", "Preferred contact", "E-mail"
            ),
            key_of("persons", "About"): "Engines\nand poetry",
            key_of("persons", "Second phone"): "+14155550111",
        },
        Kind.COMPANY: {
            "name": "Analytical Engines",
            "phone": ["+14155550111"],
            "email": ["office@example.org"],
            "address": "Main St 1, Lviv",
            "website": "https://example.org",
            "linkedin": "https://linkedin.example/engines",
            "annual_revenue": "1500000",
            "employee_count": "12",
            key_of("organizations", "Kind"): option("organizationFields", "Kind", "Supplier"),
        },
        Kind.DEAL: {
            "name": "Site form",
            "budget": "1500.5",
            "responsible": "10002",
            "pipeline": "1",
            "stage": "12",
            "probability": "40",
            "expected_close_date": "2026-12-31",
            deal("UTM_SOURCE"): "google",
            deal("Product line"): option("dealFields", "Product line", "Software"),
            deal("Topic"): "Chairs",
            deal("Interests"): [
                option("dealFields", "Interests", "Demo"),
                option("dealFields", "Interests", "Prices"),
            ],
            deal("Details"): "Chairs\nand tables",
            deal("Seats"): "3",
            deal("Delivery cost"): "99.5",
            deal("Wanted date"): "2026-12-01",
            f"{deal('Trial')}.value": "2026-12-01",
            f"{deal('Trial')}.until": "2026-12-31",
            f"{deal('Call at')}.value": "09:30:00",
            f"{deal('Reachable')}.value": "09:00:00",
            f"{deal('Reachable')}.until": "17:00:00",
            f"{deal('Reachable')}.timezone_name": "Europe/Berlin",
            f"{deal('Delivery address')}.value": "Main St 1, Lviv",
            deal("Engineer"): "10003",
        },
    },
    text={Kind.CONTACT: key_of("persons", "Position"), Kind.DEAL: deal("Topic")},
    choice={Kind.COMPANY: key_of("organizations", "Kind"), Kind.DEAL: deal("Product line")},
    task_type="call",
    closed=("1", "lost"),
    incoming=("1", "11"),
    messenger=("im", "skype"),
)


@cache
def simulated_pipedrive(search_lag_s: float) -> Simulator:
    """Built once, because that takes longer than most cases; every world empties it."""
    return simulated(create_simulator, rate_limit=0, search_lag_s=search_lag_s)


@cache
def known_catalog() -> Catalog:
    """What the account offers, as the engine keeps it between two drains."""
    http = client_of(simulated_pipedrive(0))
    return PipedriveConnector(SETTINGS, http).catalog()


class PipedriveWorld(SimulatedWorld):
    names = NAMES

    def __init__(self, search_lag_s: float) -> None:
        super().__init__(simulated_pipedrive(search_lag_s))
        http = client_of(self.simulator)
        self.connector = PipedriveConnector(SETTINGS, http, known_catalog())

    def stored(self, kind: Kind, key: str) -> int:
        named = {Kind.DEAL: "title", Kind.TASK: "subject", Kind.NOTE: "content"}.get(kind, "name")
        records = self.simulator.store.all(ENTITIES[kind])
        return sum(one[named] == key for one in records)

    def delete(self, ref: Ref) -> None:
        self.simulator.store.replace(
            ENTITIES[ref.kind],
            {**self.simulator.store.get(ENTITIES[ref.kind], int(ref.id)), "is_deleted": True},
        )


class OfPipedrive:
    accidents = accidents()

    @pytest.fixture
    def world(self) -> World:
        return self.new_world()

    def new_world(self, *, lagging: bool = False) -> World:
        return PipedriveWorld(SEARCH_LAG_S if lagging else 0)


class TestPipedrive(OfPipedrive, Contract):
    pass


class TestPipedriveUnderAccidents(OfPipedrive, Accidents):
    pass
