"""A HubSpot that answers as it is told, and remembers what it was asked."""

import json
from datetime import UTC, datetime

import httpx

from connectors.base import Kind, Ref
from connectors.http import new_client
from connectors.hubspot.connector import HubSpotConnector
from tests.connectors.hubspot.account import CATALOG

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ADA, FIRM, DEAL = Ref(Kind.CONTACT, "501"), Ref(Kind.COMPANY, "9001"), Ref(Kind.DEAL, "7001")
OWN = {"marker_property": "formwire_id", "tags_property": "formwire_tags"}


class HubSpot:
    """Answers in turn, and the requests that got them."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else batch()
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def calls(self) -> list[str]:
        return [
            f"{request.method} {request.url.path.replace('/2026-09', '')}"
            for request in self.requests
        ]

    def sent(self, at: int = -1):
        return json.loads(self.requests[at].content)


def connector(hubspot: HubSpot, *, catalog=CATALOG, **settings) -> HubSpotConnector:
    settings = {"account": "1234567", "token": "pat-na1-key", **settings}
    return HubSpotConnector(settings, new_client(transport=httpx.MockTransport(hubspot)), catalog)


def row(id, trace=None, created="2026-11-21T09:00:00.000Z", updated=None, **properties):
    traced = {} if trace is None else {"objectWriteTraceId": str(trace)}
    return {
        "id": str(id),
        "properties": properties,
        "createdAt": created,
        "updatedAt": updated or created,
        "archived": False,
        **traced,
    }


def batch(*rows, errors=(), status=200, **more):
    failed = {"numErrors": len(errors), "errors": list(errors)} if errors else {}
    body = {"status": "COMPLETE", "results": list(rows), **failed, **more}
    return httpx.Response(status, json=body)


def linked(**ids):
    """The answer about associations: c501=[7001] is contact 501 with that deal."""
    rows = [
        {"from": {"id": key[1:]}, "to": [{"toObjectId": id, "associationTypes": []} for id in some]}
        for key, some in ids.items()
    ]
    return batch(*rows)


def failed(category="VALIDATION_ERROR", message="", trace=None, **more):
    context = {} if trace is None else {"context": {"objectWriteTraceId": [str(trace)]}}
    return {"status": "error", "category": category, "message": message, **context, **more}


def refused(status=400, category="VALIDATION_ERROR", message="", **more):
    return httpx.Response(status, json=failed(category, message, **more))


def wrong_value(name, code="INVALID_OPTION"):
    rows = [{"isValid": False, "message": "Ada's secret", "error": code, "name": name}]
    return f"Property values were not valid: {json.dumps(rows)}"
