"""How these tests talk to a simulated Kommo, and what its demo account is known to hold."""

from __future__ import annotations

from typing import Any

import httpx

from connectors.simulation import Simulator

SALES, NEW, CONTACTED, INCOMING = 3177727, 32392159, 32392162, 32392156
SERVICE, SERVICE_INCOMING, SERVICE_NEW = 3177827, 32392256, 32392259
WON, LOST = 142, 143
GRACE, ANNA = 10001, 10002
PRODUCT_LINE, TOPIC, INTERESTS, WANTED_DATE, MEETING_AT = 1101, 1102, 1103, 1104, 1105
NEWSLETTER, DELIVERY_COST, SEATS, MARKER = 1106, 1107, 1108, 1109
SOFTWARE, HARDWARE = 110101, 110102
BIRTHDAY, PREFERRED, ADDRESS = 2101, 2102, 2105


class Api:
    """A client that speaks bodies: what it returns is the decoded answer, None for 204."""

    def __init__(self, simulator: Simulator, token: str = "demo-token") -> None:
        self.simulator = simulator
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=simulator),
            base_url="http://demo.kommo.test/api/v4",
            headers={"Authorization": f"Bearer {token}"},
        )

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, path, json=body)

    def get(self, path: str) -> Any:
        return self._body(self.call("GET", path))

    def post(self, path: str, body: Any) -> Any:
        return self._body(self.call("POST", path, body))

    def patch(self, path: str, body: Any) -> Any:
        return self._body(self.call("PATCH", path, body))

    def ids(self, path: str) -> list[int]:
        """The ids of a list, whatever it lists."""
        answer = self.get(path)
        if answer is None:
            return []
        [rows] = answer["_embedded"].values()
        return [row["id"] for row in rows]

    def add(self, entity: str, *bodies: Any) -> int:
        """Create records and return the first one's id."""
        answer = self.post(f"/{entity}", list(bodies))
        return int(answer["_embedded"][entity][0]["id"])

    def errors(self, method: str, path: str, body: Any) -> list[tuple[str, str, str]]:
        """The validation errors of a refused write: request_id, code, path."""
        response = self.call(method, path, body)
        assert response.status_code == 400, response.text
        assert response.headers["Content-Type"] == "application/problem+json"
        return [
            (refused["request_id"], error["code"], error["path"])
            for refused in response.json()["validation-errors"]
            for error in refused["errors"]
        ]

    @staticmethod
    def _body(response: httpx.Response) -> Any:
        assert response.is_success, response.text
        return response.json() if response.content else None


def custom(field: int | str, *values: Any) -> dict[str, Any]:
    """A custom field item; plain values are wrapped."""
    key = "field_id" if isinstance(field, int) else "field_code"
    wrapped = [value if isinstance(value, dict) else {"value": value} for value in values]
    return {key: field, "values": wrapped}


def person(name: str, phone: str = "", **more: Any) -> dict[str, Any]:
    fields = [custom("PHONE", phone)] if phone else []
    return {"name": name, **({"custom_fields_values": fields} if fields else {}), **more}


def tags_of(record: dict[str, Any]) -> list[str]:
    return [tag["name"] for tag in record["_embedded"]["tags"]]


def values_of(record: dict[str, Any], field_id: int) -> list[Any]:
    filled = record["custom_fields_values"] or ()
    return [
        one["value"] for field in filled if field["field_id"] == field_id for one in field["values"]
    ]


def links_of(api: Api, path: str) -> list[tuple[str, int, Any]]:
    answer = api.get(f"{path}/links")
    rows = answer["_embedded"]["links"] if answer else []
    return [(row["to_entity_type"], row["to_entity_id"], row["metadata"]) for row in rows]


FORM = {
    "category": "forms",
    "form_id": "f12",
    "form_name": "Callback",
    "form_page": "https://site.example/p",
    "form_sent_at": 1_800_000_000,
}


def task(**more: Any) -> dict[str, Any]:
    about = {"entity_type": "leads", "entity_id": 5001}
    return {"text": "Call", "complete_till": 1_800_003_600, **about, **more}


def note(**more: Any) -> dict[str, Any]:
    return {"note_type": "common", "params": {"text": "Asked on the site"}, **more}
