"""Calls of a simulated Odoo without any connector."""

import httpx
import pytest

from connectors.odoo.simulator import create_simulator

NOW = 1795251600.0  # 2026-11-21T09:00Z
KEY = {"Authorization": "bearer demo-token"}


class Caller:
    """Calls a simulator over JSON-2 without any connector."""

    def __init__(self, **options) -> None:
        self.simulator = create_simulator(now=lambda: NOW, **options)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.simulator), base_url="http://odoo.test"
        )

    def answer(self, place, headers=KEY, **named):
        return self.http.post(f"/json/2/{place}", json=named, headers=headers)

    def __call__(self, place, **named):
        answer = self.answer(place, **named)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rpc(self, service, method, *args):
        params = {"service": service, "method": method, "args": list(args)}
        body = {"jsonrpc": "2.0", "method": "call", "id": 5, "params": params}
        answer = self.http.post("/jsonrpc", json=body)
        assert answer.status_code == 200
        return answer.json()

    def execute(self, model, method, positional=(), **named):
        args = ["demo", 2, "demo-token", model, method, list(positional), named]
        return self.rpc("object", "execute_kw", *args)["result"]

    def get(self, model, id, *fields):
        (record,) = self(f"{model}/read", ids=[id], fields=list(fields), load=None)
        return record


@pytest.fixture(scope="package")
def shared():
    return Caller(admin=True)


@pytest.fixture
def odoo(shared):
    shared.simulator.reset()
    return shared
