"""An Odoo that answers as it is told, and remembers what it was asked."""

import json
from datetime import UTC, datetime

import httpx

from connectors.base import Kind, Ref
from connectors.http import new_client
from connectors.odoo.connector import OdooConnector
from tests.connectors.odoo.account import CATALOG

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ADA, FIRM, DEAL = Ref(Kind.CONTACT, "41"), Ref(Kind.COMPANY, "40"), Ref(Kind.DEAL, "501")
CONTEXT = {"tz": "UTC", "active_test": False, "mail_create_nosubscribe": True}


class Odoo:
    """Answers in turn, and the requests that got them. An answer that is no response is a value."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def calls(self) -> list[str]:
        return [request.url.path.removeprefix("/json/2/") for request in self.requests]

    def sent(self, at: int = -1):
        return json.loads(self.requests[at].content)


def connector(odoo: Odoo, *, catalog=CATALOG, **settings) -> OdooConnector:
    settings = {"address": "acme.odoo.com", "api_key": "0123456789abcdef", **settings}
    return OdooConnector(settings, new_client(transport=httpx.MockTransport(odoo)), catalog)


def loaded(*ids):
    return {"ids": list(ids), "messages": [], "nextrow": 0}


def unloaded(*messages):
    """``messages``: row, Odoo's words, and the field it names, if any."""
    told = [
        {
            "type": "error",
            "record": row,
            "rows": {"from": row, "to": row},
            "message": text,
            **({"field": field[0]} if field else {}),
        }
        for row, text, *field in messages
    ]
    return {"ids": False, "messages": told, "nextrow": 0}


def failed(name, message="", status=500):
    body = {"name": name, "message": message, "arguments": [message], "context": {}, "debug": "…"}
    return httpx.Response(status, json=body)


def partner(id, **fields):
    moments = {"create_date": "2026-11-21 08:00:00", "write_date": f"2026-11-21 08:00:{id % 60:02}"}
    blank = dict.fromkeys(("email", "phone", "parent_id", "function", "comment"), False)
    kind = {"is_company": False, "type": "contact", "child_ids": [], "category_id": []}
    return {"id": id, "name": f"Partner {id}", **blank, **kind, **moments, **fields}


def lead(id, **fields):
    moments = {"create_date": "2026-11-21 08:00:00", "write_date": "2026-11-21 08:00:00"}
    blank = {"partner_id": False, "active": True, "tag_ids": [], "stage_id": [1, "New"]}
    return {"id": id, "name": f"Deal {id}", **blank, **moments, **fields}
