"""One simulator serves all tests, emptied before each: building it costs more than most tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors.bitrix24.simulator import create_simulator
from connectors.simulation import Simulator
from tests.connectors.clock import Clock


class Rest:
    """A client that speaks methods: what it returns is the result."""

    def __init__(self, simulator: Simulator, webhook: str = "1/demo-token") -> None:
        self.simulator = simulator
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=simulator), base_url="http://demo.bitrix24.test"
        )
        self.webhook = webhook

    def call(self, method: str, **params: Any) -> httpx.Response:
        return self.http.post(f"/rest/{self.webhook}/{method}", json=params)

    def result(self, method: str, **params: Any) -> Any:
        response = self.call(method, **params)
        assert response.status_code == 200, response.text
        return response.json()["result"]

    def error(self, method: str, **params: Any) -> tuple[int, str]:
        response = self.call(method, **params)
        return response.status_code, response.json()["error"]

    def add(self, entity: int, **fields: Any) -> int:
        item = self.result("crm.item.add", entityTypeId=entity, fields=fields)["item"]
        return int(item["id"])

    def get(self, entity: int, id: int) -> Any:
        return self.result("crm.item.get", entityTypeId=entity, id=id)["item"]

    def batch(self, *commands: str, halt: int = 0) -> Any:
        named = {f"c{at}": command for at, command in enumerate(commands)}
        return self.result("batch", halt=halt, cmd=named)


@pytest.fixture(scope="session")
def shared() -> Rest:
    clock = Clock()
    return Rest(create_simulator(rate_limit=0, now=clock.now, sleep=clock.sleep))


@pytest.fixture
def rest(shared: Rest) -> Rest:
    shared.simulator.reset()
    return Rest(shared.simulator)


@pytest.fixture
def start() -> Callable[..., tuple[Rest, Clock]]:
    """Build a simulator of its own, with other options and its clock."""

    def start(**options: Any) -> tuple[Rest, Clock]:
        clock = Clock()
        options = {"rate_limit": 0, "now": clock.now, "sleep": clock.sleep, **options}
        return Rest(create_simulator(**options)), clock

    return start
