"""The Bitrix24 connector keeps the contract, against the simulated Bitrix24."""

from __future__ import annotations

from functools import cache

import pytest

from connectors.base import Kind, Ref
from connectors.bitrix24.connector import Bitrix24Connector
from connectors.bitrix24.simulator import DEMO_SETTINGS, create_simulator
from connectors.catalog import Catalog
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

SETTINGS = {**DEMO_SETTINGS, "base_url": "http://bitrix24.test"}

NAMES = Names(
    samples={
        Kind.CONTACT: {
            "name": "Ada Lovelace",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone": ["+14155550100"],
            "email": ["ada@example.org"],
            "messenger": ["TELEGRAM:@ada", "OTHER:t.me/ada"],
            "web": ["https://ada.example"],
            "responsible": "2",
            "post": "Analyst",
            "birthdate": "1990-12-10",
            "typeId": "CLIENT",
            "sourceId": "WEB",
            "utmSource": "google",
            "observers": ["3"],
            "ufCrm_2102": "210201",
            "ufCrm_2103": "https://example.org/ada",
            "ufCrm_2104": "Engines\nand poetry",
            "ufCrm_2105": "Main St 1, Lviv",
        },
        Kind.COMPANY: {
            "name": "Analytical Engines",
            "phone": ["+14155550111"],
            "email": ["office@example.org"],
            "industry": "IT",
            "employees": "EMPLOYEES_1",
            "revenue": "1000000",
        },
        Kind.DEAL: {
            "name": "Site form",
            "budget": "1500.5",
            "responsible": "2",
            "pipeline": "0",
            "stage": "PREPARATION",
            "typeId": "SALE",
            "sourceId": "WEB",
            "utmSource": "google",
            "begindate": "2026-11-30",
            "ufCrm_1101": "110101",
            "ufCrm_1102": "Chairs",
            "ufCrm_1103": ["110301", "110302"],
            "ufCrm_1104": "2026-12-01",
            "ufCrm_1105": "2026-12-01T10:30:00+02:00",
            "ufCrm_1106": True,
            "ufCrm_1107": "99.5",
            "ufCrm_1108": "3",
        },
    },
    text={Kind.CONTACT: "post", Kind.DEAL: "ufCrm_1102"},
    choice={Kind.COMPANY: "industry", Kind.DEAL: "ufCrm_1101"},
    task_type="todo",
    closed=("9", "C9:LOSE"),
    incoming=("0", "NEW"),
    messenger=("messenger", "TELEGRAM"),
)

LEAD_NAMES = Names(
    samples={
        **{kind: NAMES.samples[kind] for kind in (Kind.CONTACT, Kind.COMPANY)},
        Kind.DEAL: {
            **{
                id: value
                for id, value in NAMES.samples[Kind.DEAL].items()
                if id not in ("stage", "typeId", "begindate")
            },
            "stage": "IN_PROCESS",
            "first_name": "Ada",
            "last_name": "Lovelace",
        },
    },
    text=NAMES.text,
    choice=NAMES.choice,
    task_type=NAMES.task_type,
    closed=("0", "JUNK"),
    incoming=("0", "NEW"),
    messenger=NAMES.messenger,
)


@cache
def simulated_bitrix24(search_lag_s: float) -> Simulator:
    """Built once, because that takes longer than most cases; every world empties it."""
    return simulated(create_simulator, rate_limit=0, search_lag_s=search_lag_s)


@cache
def known_catalog(deals_as: str) -> Catalog:
    """What the portal offers, as the engine keeps it between two drains."""
    http = client_of(simulated_bitrix24(0))
    return Bitrix24Connector({**SETTINGS, "deals_as": deals_as}, http).catalog()


class Bitrix24World(SimulatedWorld):
    def __init__(self, search_lag_s: float, deals_as: str) -> None:
        super().__init__(simulated_bitrix24(search_lag_s))
        self.deals_as = deals_as
        self.names = LEAD_NAMES if deals_as == "leads" else NAMES
        http = client_of(self.simulator)
        settings = {**SETTINGS, "deals_as": deals_as}
        self.connector = Bitrix24Connector(settings, http, known_catalog(deals_as))

    def stored(self, kind: Kind, key: str) -> int:
        store = self.simulator.store
        if kind is Kind.TASK:
            return sum(todo["description"] == key for todo in store.all("activity"))
        if kind is Kind.NOTE:
            return sum(comment["text"] == key for comment in store.all("comment"))
        return sum(self.name_of(kind, one) == key for one in store.all(self.entity(kind)))

    def name_of(self, kind: Kind, record) -> str:
        if kind is Kind.CONTACT:
            return " ".join(filter(None, (record["name"], record["lastName"])))
        return record["title"]

    def entity(self, kind: Kind) -> str:
        return "lead" if kind is Kind.DEAL and self.deals_as == "leads" else kind.value

    def delete(self, ref: Ref) -> None:
        self.simulator.store.delete(self.entity(ref.kind), int(ref.id))


class OfBitrix24:
    accidents = accidents()
    deals_as = ""

    @pytest.fixture
    def world(self) -> World:
        return self.new_world()

    def new_world(self, *, lagging: bool = False) -> World:
        return Bitrix24World(SEARCH_LAG_S if lagging else 0, self.deals_as)


class TestBitrix24(OfBitrix24, Contract):
    pass


class TestBitrix24WithLeads(OfBitrix24, Contract):
    """Leads in place of deals; what accidents do to them is seen at deals."""

    deals_as = "leads"


class TestBitrix24UnderAccidents(OfBitrix24, Accidents):
    pass
