"""A Pipedrive that answers as it is told, and remembers what it was asked."""

import json
from datetime import UTC, datetime

import httpx

from connectors.base import Kind, Ref
from connectors.http import new_client
from connectors.pipedrive.connector import PipedriveConnector
from tests.connectors.pipedrive.account import CATALOG

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ADA, FIRM, DEAL = Ref(Kind.CONTACT, "901"), Ref(Kind.COMPANY, "77"), Ref(Kind.DEAL, "5001")


class Pipedrive:
    """Answers in turn, and the requests that got them."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else page()
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def calls(self) -> list[str]:
        return [
            f"{request.method} {request.url.path.removeprefix('/api/')}"
            for request in self.requests
        ]

    def sent(self, at: int = -1):
        return json.loads(self.requests[at].content)

    def asked(self, at: int = -1) -> dict[str, str]:
        return dict(self.requests[at].url.params.multi_items())


def connector(pipedrive: Pipedrive, *, catalog=CATALOG, **settings) -> PipedriveConnector:
    settings = {"company": "acme", "token": "0123abcd", **settings}
    http = new_client(transport=httpx.MockTransport(pipedrive))
    return PipedriveConnector(settings, http, catalog)


def one(**data):
    return httpx.Response(200, json={"success": True, "data": data})


def page(*items, cursor=None):
    body = {"success": True, "data": list(items), "additional_data": {"next_cursor": cursor}}
    return httpx.Response(200, json=body)


def hits(*items):
    found = [{"result_score": 0.5, "item": item} for item in items]
    body = {"success": True, "data": {"items": found}, "additional_data": {"next_cursor": None}}
    return httpx.Response(200, json=body)


def page_v1(*items, more=False):
    pagination = {"start": 0, "limit": 100, "more_items_in_collection": more}
    body = {"success": True, "data": list(items) or None}
    return httpx.Response(200, json={**body, "additional_data": {"pagination": pagination}})


def invalid(text="Validation failed: title: Ada is no title", status=400):
    body = {"success": False, "error": text, "code": "ERR_SCHEMA_VALIDATION_FAILED"}
    return httpx.Response(status, json=body)


def missing():
    return httpx.Response(404, json={"success": False, "error": "Entity was not found"})


def entries(*values):
    return [{"value": one, "primary": at == 0, "label": "work"} for at, one in enumerate(values)]


def person(id, *, emails=(), phones=(), **more):
    return {
        "id": id,
        "name": "Ada",
        "first_name": "Ada",
        "last_name": None,
        "emails": entries(*emails),
        "phones": entries(*phones),
        "org_id": None,
        "label_ids": [],
        "is_deleted": False,
        "custom_fields": {},
        "add_time": "2026-11-21T09:00:00Z",
        "update_time": "2026-11-21T09:00:00Z",
        **more,
    }


def a_deal(id, **more):
    return {
        "id": id,
        "title": "Site form",
        "person_id": None,
        "org_id": None,
        "pipeline_id": 1,
        "stage_id": 11,
        "status": "open",
        "value": 0,
        "label_ids": [],
        "is_deleted": False,
        "custom_fields": {},
        "add_time": "2026-11-21T09:00:00Z",
        "update_time": "2026-11-21T09:00:00Z",
        **more,
    }
