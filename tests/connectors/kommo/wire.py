"""A Kommo that answers as it is told, and remembers what it was asked."""

import json
from datetime import UTC, datetime

import httpx

from connectors.base import Kind, Ref
from connectors.http import new_client
from connectors.kommo.connector import KommoConnector
from tests.connectors.kommo.account import CATALOG

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ADA, FIRM, DEAL = Ref(Kind.CONTACT, "901"), Ref(Kind.COMPANY, "77"), Ref(Kind.DEAL, "5001")


class Kommo:
    """Answers in turn, and the requests that got them."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else httpx.Response(204)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def calls(self) -> list[str]:
        return [
            f"{request.method} {request.url.path.removeprefix('/api/v4/')}"
            for request in self.requests
        ]

    def sent(self, at: int = -1):
        return json.loads(self.requests[at].content)

    def asked(self, at: int = -1) -> list[tuple[str, str]]:
        return self.requests[at].url.params.multi_items()


def connector(kommo: Kommo, *, catalog=CATALOG, **settings) -> KommoConnector:
    settings = {"subdomain": "acme", "token": "long-lived", **settings}
    return KommoConnector(settings, new_client(transport=httpx.MockTransport(kommo)), catalog)


def listing(name, *items, more=False):
    links = {"next": {"href": "https://evil.test/steal"}} if more else {}
    return httpx.Response(200, json={"_links": links, "_embedded": {name: list(items)}})


def invalid(*problems):
    elements = [
        {"request_id": id, "errors": [{"code": "InvalidType", "path": path, "detail": "Ada"}]}
        for id, path in problems
    ]
    return httpx.Response(400, json={"validation-errors": elements, "status": 400})


def contact(id, **fields):
    return {"id": id, "updated_at": 1796076000 + id, "created_at": 1796076000, **fields}


def phones(*numbers):
    values = [{"value": number, "enum_id": 1, "enum_code": "WORK"} for number in numbers]
    return [{"field_id": 21, "field_code": "PHONE", "field_type": "multitext", "values": values}]
