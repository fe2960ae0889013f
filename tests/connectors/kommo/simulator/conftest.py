"""One simulator serves all tests, emptied before each: building it costs more than most tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.kommo.simulator import create_simulator
from tests.connectors.clock import Clock
from tests.connectors.kommo.simulator.api import Api, person


@pytest.fixture(scope="session")
def ticking() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def shared(ticking: Clock) -> Api:
    return Api(create_simulator(rate_limit=0, now=ticking.now, sleep=ticking.sleep))


@pytest.fixture
def clock(ticking: Clock) -> Clock:
    ticking.at = Clock().at
    return ticking


@pytest.fixture
def api(shared: Api, clock: Clock) -> Api:
    shared.simulator.reset()
    return Api(shared.simulator)


@pytest.fixture
def start(clock: Clock) -> Callable[..., Api]:
    """Build a simulator of its own, with other options."""

    def start(**options: Any) -> Api:
        options = {"rate_limit": 0, "now": clock.now, "sleep": clock.sleep, **options}
        return Api(create_simulator(**options))

    return start


@pytest.fixture
def family(api: Api) -> Api:
    """A lead 5001, contacts 901 and 902, companies 77 and 78, unlinked."""
    api.add("leads", {"name": "Form"})
    api.add("contacts", person("Ada"), person("Boris"))
    api.add("companies", {"name": "Acme"}, {"name": "Initech"})
    return api
