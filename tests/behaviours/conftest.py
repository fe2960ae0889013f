"""The simulated Kommo on the other end of the real wire."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import httpx
import pytest

from connectors.kommo.simulator import create_simulator
from connectors.simulation import Simulator
from engine.instance import Instance
from engine.storage.connections import save_connection
from tests.behaviours.world import CONNECTION, TOKEN, Clock, World
from tests.engine.delivery.conftest import shared_instance, wiped_instance

__all__ = ["shared_instance", "wiped_instance"]

CLOCK = Clock()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "behaviour(*numbers): shows these of docs/behaviours.md")
    config.addinivalue_line("markers", "check(*numbers): passes these of its acceptance checks")


@cache
def simulated_kommo() -> Simulator:
    """Built once, because that takes longer than most tests; every test empties it."""
    return create_simulator(token=TOKEN, rate_limit=0, now=CLOCK)


@pytest.fixture
def kommo(monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The account that every connection of this process reaches."""
    simulator = simulated_kommo()
    simulator.reset()
    CLOCK.behind_s = 0
    wire = lambda *_: httpx.WSGITransport(app=simulator)  # noqa: E731
    monkeypatch.setattr("engine.delivery.catalogs.GuardedTransport", wire)
    return simulator


@pytest.fixture
def world(wiped_instance: Instance, kommo: Simulator) -> World:
    settings = wiped_instance.settings.model_copy(update={"settle_s": 0.0})
    instance = replace(wiped_instance, settings=settings)
    with instance.database.write() as session:
        save_connection(
            session,
            instance.vault,
            key=CONNECTION,
            name="Kommo",
            connector="kommo",
            settings={
                "subdomain": "demo",
                "token": TOKEN,
                "marker_field": "Formwire ID",
                "price_decimals": "0",
                "base_url": "http://kommo.test",
                "calls_per_s": "9999",
            },
        )
    world = World(instance, kommo, CLOCK)
    world.form()
    return world
