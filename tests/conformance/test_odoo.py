"""The Odoo connector keeps the contract, over both transports, against the simulated Odoo."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from connectors.base import Kind, Ref
from connectors.catalog import Catalog
from connectors.odoo.connector import OdooConnector
from connectors.odoo.simulator import DEMO_SETTINGS, RPC_SETTINGS, create_simulator
from connectors.simulation import Simulator
from tests.conformance.accidents import Accidents
from tests.conformance.contract import Contract
from tests.conformance.simulated import SimulatedWorld, accidents, client_of, simulated
from tests.conformance.world import Names, World

HOST = {"base_url": "http://odoo.test"}
SETTINGS: Mapping[int, Mapping[str, str]] = {
    19: {**DEMO_SETTINGS, **HOST},
    17: {**RPC_SETTINGS, **HOST},
}
"""Version of Odoo to the settings of a connection with it."""

NAMES = Names(
    samples={
        Kind.CONTACT: {
            "name": "Ada Lovelace",
            "phone": ["+14155550100"],
            "email": ["ada@example.org"],
            "responsible": "6",
            "function": "Analyst",
            "website": "https://example.org/ada",
            "country_id": "57",
            "comment": "Engines\nand <poetry>",
            "x_birthday": "1990-12-10",
            "x_kind": "regular",
        },
        Kind.COMPANY: {
            "name": "Analytical Engines",
            "phone": ["+14155550111"],
            "email": ["office@example.org"],
            "website": "https://example.org",
            "vat": "DE 123",
            "industry_id": "2",
        },
        Kind.DEAL: {
            "name": "Site form",
            "budget": "1500.5",
            "responsible": "6",
            "pipeline": "1",
            "stage": "2",
            "type": "opportunity",
            "priority": "2",
            "description": "Chairs\nand tables",
            "date_deadline": "2026-12-01",
            "source_id": "google",
            "medium_id": "Website",
            "x_topic": "Chairs",
            "x_product": "software",
            "x_interest_ids": ["1", "2"],
            "x_meeting": "2026-12-01T10:30:00+02:00",
            "x_newsletter": True,
            "x_area": "99.5",
            "x_seats": "3",
        },
    },
    text={Kind.CONTACT: "function", Kind.DEAL: "x_topic"},
    choice={Kind.COMPANY: "industry_id", Kind.DEAL: "x_product"},
    task_type="2",
    closed=("1", "4"),
    incoming=("1", "1"),
    messenger=("x_messenger", "telegram"),
)

MODELS = {Kind.CONTACT: "res.partner", Kind.COMPANY: "res.partner", Kind.DEAL: "crm.lead"}


@cache
def simulated_odoo(version: int) -> Simulator:
    """Built once, because that takes longer than most cases; every world empties it."""
    return simulated(create_simulator, version=version)


@cache
def known_catalog(version: int) -> Catalog:
    """What the database offers, as the engine keeps it between two drains."""
    http = client_of(simulated_odoo(version))
    return OdooConnector(SETTINGS[version], http).catalog()


class OdooWorld(SimulatedWorld):
    names = NAMES

    def __init__(self, version: int) -> None:
        super().__init__(simulated_odoo(version))
        http = client_of(self.simulator)
        self.connector = OdooConnector(SETTINGS[version], http, known_catalog(version))

    def stored(self, kind: Kind, key: str) -> int:
        store = self.simulator.store
        if kind is Kind.TASK:
            return sum(task["summary"] == key for task in store.all("mail.activity"))
        if kind is Kind.NOTE:
            return sum(note["body"] == f"<p>{key}</p>" for note in store.all("mail.message"))
        named = [one for one in store.all(MODELS[kind]) if one["name"] == key]
        if kind is Kind.DEAL:
            return len(named)
        return sum(bool(one.get("is_company")) is (kind is Kind.COMPANY) for one in named)

    def delete(self, ref: Ref) -> None:
        self.simulator.store.delete(MODELS[ref.kind], int(ref.id))


class OfOdoo:
    accidents = accidents(never=("not paid", "no scope"))
    version = 19

    @pytest.fixture
    def world(self) -> World:
        return self.new_world()

    def new_world(self, *, lagging: bool = False) -> World:
        """Odoo sees its writes at once."""
        return OdooWorld(self.version)


class TestOdoo(OfOdoo, Contract):
    pass


class TestOdooUnderAccidents(OfOdoo, Accidents):
    pass


class TestOdooByJsonRpc(OfOdoo, Contract):
    version = 17


class TestOdooByJsonRpcUnderAccidents(OfOdoo, Accidents):
    version = 17
