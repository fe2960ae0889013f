"""A Bitrix24 that answers as it is told, and remembers what it was asked."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

import httpx

from connectors.base import Kind, Ref
from connectors.bitrix24.connector import Bitrix24Connector
from connectors.http import new_client
from tests.connectors.bitrix24.portal import CATALOG

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ADA, FIRM, DEAL = Ref(Kind.CONTACT, "4"), Ref(Kind.COMPANY, "5"), Ref(Kind.DEAL, "342")


@dataclass(frozen=True)
class Problem:
    """What becomes of one command of a batch."""

    code: object
    description: str = ""


class Bitrix:
    """Answers in turn, and the requests that got them."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def methods(self) -> list[str]:
        return [request.url.path.rpartition("/")[2] for request in self.requests]

    def sent(self, at: int = -1):
        return json.loads(self.requests[at].content)

    def commands(self, at: int = -1) -> list[str]:
        """The commands of a batch, as PHP reads them."""
        return [unquote(command) for command in self.sent(at)["cmd"].values()]


def connector(bitrix: Bitrix, *, catalog=CATALOG, **settings) -> Bitrix24Connector:
    settings = {"portal": "acme.bitrix24.com", "token": "1/abc123", **settings}
    http = new_client(transport=httpx.MockTransport(bitrix))
    return Bitrix24Connector(settings, http, catalog)


def batch(*results, nexts=(), reset_at=None):
    """A batch's answer; what is empty is a list, as PHP writes it."""
    named = {f"c{at}": result for at, result in enumerate(results)}
    good = {key: one for key, one in named.items() if not isinstance(one, Problem)}
    bad = {
        key: {"error": one.code, "error_description": one.description}
        for key, one in named.items()
        if isinstance(one, Problem)
    }
    time = {"start": 1.0, "finish": 1.1, "operating": 0.1, "operating_reset_at": reset_at}
    body = {
        "result": good or [],
        "result_error": bad or [],
        "result_total": [],
        "result_next": {f"c{at}": start for at, start in nexts} or [],
        "result_time": dict.fromkeys(good, time) if reset_at else [],
    }
    return httpx.Response(200, json={"result": body, "time": {}})


def refused(status, code, description="", **headers):
    body = {"error": code, "error_description": description}
    return httpx.Response(status, json=body, headers=headers)


def item(id, **fields):
    return {"item": {"id": id, **fields}}


def items(*rows):
    return {"items": list(rows)}
