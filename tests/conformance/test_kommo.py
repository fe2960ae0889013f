"""The Kommo connector keeps the contract, against the simulated Kommo."""

from __future__ import annotations

from functools import cache

import pytest

from connectors.base import ConnectorSpec, Kind, Ref
from connectors.catalog import Catalog
from connectors.kommo.connector import KommoConnector
from connectors.kommo.simulator import DuplicateRule, create_simulator, switch_on
from connectors.kommo.spec import AMOCRM, KOMMO
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

PATHS = {Kind.CONTACT: "contacts", Kind.COMPANY: "companies", Kind.DEAL: "leads"}

SETTINGS = {
    "subdomain": "demo",
    "token": "demo-token",
    "marker_field": "Formwire ID",
    "base_url": "http://kommo.test",
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
            "2001": "Analyst",
            "2004": ["SKYPE:ada", "OTHER:t.me/ada"],
            "2101": "1990-12-10",
            "2102": "210201",
            "2103": "https://example.org/ada",
            "2104": "Engines\nand poetry",
            "2105.address_line_1": "Main St 1",
            "2105.city": "Lviv",
        },
        Kind.COMPANY: {
            "name": "Analytical Engines",
            "phone": ["+14155550111"],
            "email": ["office@example.org"],
            "3003": "https://example.org",
            "3101": "310103",
            "3102.name": "Analytical Engines Ltd",
            "3102.entity_type": "2",
            "3102.egrpou": "00032129",
        },
        Kind.DEAL: {
            "name": "Site form",
            "budget": "1500",
            "responsible": "10002",
            "pipeline": "3177727",
            "stage": "32392162",
            "1004": "google",
            "1101": "110101",
            "1102": "Chairs",
            "1103": ["110301", "110302"],
            "1104": "2026-12-01",
            "1105": "2026-12-01T10:30:00+02:00",
            "1106": True,
            "1107": "99.5",
            "1108": "3",
            "1110.file_uuid": "5f0a2b5e",
            "1110.file_name": "offer.pdf",
            "1111.801": "8011",
            "1111.802": "8021",
        },
    },
    text={Kind.CONTACT: "2001", Kind.DEAL: "1102"},
    choice={Kind.COMPANY: "3101", Kind.DEAL: "1101"},
    task_type="1",
    closed=("3177727", "143"),
    incoming=("3177727", "32392156"),
    messenger=("2004", "SKYPE"),
)


@cache
def simulated_kommo(search_lag_s: float) -> Simulator:
    """Built once, because that takes longer than most cases; every world empties it."""
    return simulated(create_simulator, rate_limit=0, search_lag_s=search_lag_s)


@cache
def known_catalog() -> Catalog:
    """What the account offers, as the engine keeps it between two drains."""
    http = client_of(simulated_kommo(0))
    return KommoConnector(SETTINGS, http).catalog()


class KommoWorld(SimulatedWorld):
    names = NAMES

    def __init__(self, search_lag_s: float, spec: ConnectorSpec) -> None:
        super().__init__(simulated_kommo(search_lag_s))
        http = client_of(self.simulator)
        self.connector = KommoConnector(SETTINGS, http, known_catalog(), spec)

    def stored(self, kind: Kind, key: str) -> int:
        store = self.simulator.store
        if kind is Kind.TASK:
            return sum(task["text"] == key for task in store.all("tasks"))
        if kind is Kind.NOTE:
            return sum(note["params"]["text"] == key for note in store.all("notes"))
        return sum(one["name"] == key for one in store.all(PATHS[kind]))

    def merge_enquiries(self) -> None:
        switch_on(self.simulator.store, DuplicateRule(source="Formwire"))

    def delete(self, ref: Ref) -> None:
        self.simulator.store.delete(PATHS[ref.kind], int(ref.id))


class OfKommo:
    accidents = accidents()
    spec = KOMMO

    @pytest.fixture
    def world(self) -> World:
        return self.new_world()

    def new_world(self, *, lagging: bool = False) -> World:
        return KommoWorld(SEARCH_LAG_S if lagging else 0, self.spec)


class TestKommo(OfKommo, Contract):
    pass


class TestAmocrm(OfKommo, Contract):
    """One implementation; what accidents do to it is seen at Kommo."""

    spec = AMOCRM


class TestKommoUnderAccidents(OfKommo, Accidents):
    pass
