from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from connectors.simulation import Conditions, Simulator, Store
from tests.connectors.clock import Clock
from tests.connectors.simulation.toys import ToyDialect, ToyShowcase, client_of, toys


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def build(clock: Clock) -> Callable[..., Simulator]:
    def build(
        path: Path | None = None, search_lag_s: float = 0.0, **conditions: float
    ) -> Simulator:
        store = Store(
            seed={"toys": [{"id": 1, "name": "Bear"}]},
            first_ids={"toys": 10},
            text_of=lambda entity, record: str(record["name"]),
            path=path,
            search_lag_s=search_lag_s,
            now=clock.now,
        )
        simulator = Simulator(
            store=store,
            showcase=ToyShowcase(),
            dialect=ToyDialect(),
            conditions=Conditions(now=clock.now, sleep=clock.sleep, **conditions),
        )
        simulator.register_blueprint(toys)
        return simulator

    return build


@pytest.fixture
def simulator(build: Callable[..., Simulator]) -> Simulator:
    return build()


@pytest.fixture
def web(simulator: Simulator) -> httpx.Client:
    return client_of(simulator)
