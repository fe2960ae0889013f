"""The demo account as it stands before the first lead: people, pipelines, task types."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from connectors.kommo.simulator.fields import FIELDS
from connectors.simulation import Record

ACCOUNT_ID = 31000001
SUBDOMAIN = "demo"
NAME = "Demo Kommo"
CURRENCY = "UAH"
DOMAIN = "kommo.com"
EVERYBODYS_HOST = f"api-b.{DOMAIN}"  # serves all accounts, as access tokens say
ZONE = ZoneInfo("Europe/Kyiv")
OPENED_AT = 1767225600  # 2026-01-01T00:00Z

ENTITIES = ("leads", "contacts", "companies")
WON = 142
LOST = 143

GRACE, ANNA, BORIS = 10001, 10002, 10003
OWNER = GRACE  # the administrator who granted the token

FIRST_IDS = {"contacts": 901, "companies": 77, "leads": 5001, "tasks": 301, "notes": 601}

TASK_TYPES: list[Record] = [
    {"id": 1, "name": "Follow-up", "color": None, "icon_id": None, "code": "FOLLOW_UP"},
    {"id": 2, "name": "Meeting", "color": None, "icon_id": None, "code": "MEETING"},
    {"id": 2001, "name": "Send proposal", "color": "4c8bf7", "icon_id": 5, "code": "2001"},
]

LOSS_REASONS: list[Record] = [
    {"id": 4001, "name": "Too expensive", "sort": 100000, "created_at": OPENED_AT},
    {"id": 4002, "name": "No answer", "sort": 100001, "created_at": OPENED_AT},
]


def seed() -> dict[str, list[Record]]:
    """Everything the account has from the start, by the store's entity."""
    return {
        "accounts": [{"id": ACCOUNT_ID, "subdomain": SUBDOMAIN}],
        "users": [
            _user(GRACE, "Grace", "grace@acme.test", is_admin=True),
            _user(ANNA, "Anna", "anna@acme.test"),
            _user(BORIS, "Boris", "boris@acme.test"),
        ],
        "leads/pipelines": [
            _pipeline(3177727, "Sales", ["New request", "Contacted", "Negotiation"], main=True),
            _pipeline(3177827, "Service", ["New request", "In progress", "Waiting for parts"]),
        ],
        "task_types": TASK_TYPES,
        "leads/loss_reasons": LOSS_REASONS,
        **{f"{entity}/custom_fields": list(FIELDS[entity]) for entity in ENTITIES},
    }


def _user(id: int, name: str, email: str, *, is_admin: bool = False) -> Record:
    rights = dict.fromkeys(("view", "edit", "add", "delete", "export"), "A")
    return {
        "id": id,
        "name": name,
        "email": email,
        "lang": "en",
        "rights": {
            **dict.fromkeys((*ENTITIES, "tasks"), rights),
            "mail_access": False,
            "catalog_access": False,
            "is_admin": is_admin,
            "is_free": False,
            "is_active": True,
            "group_id": None,
            "role_id": None,
        },
    }


def _pipeline(id: int, name: str, stages: list[str], *, main: bool = False) -> Record:
    first = 32392156 + (id - 3177727)
    incoming = _status(first, "Incoming leads", id, 10, "#c1c1c1", type=1)
    normal = [
        _status(first + 3 * place, stage, id, 10 + 10 * place, "#99ccff")
        for place, stage in enumerate(stages, start=1)
    ]
    # The ids of the two closing stages are the same in every pipeline of every account.
    closed = [
        _status(WON, "Closed - won", id, 10000, "#ccff66"),
        _status(LOST, "Closed - lost", id, 11000, "#d5d8db"),
    ]
    return {
        "id": id,
        "name": name,
        "sort": 1 if main else 2,
        "is_main": main,
        "is_unsorted_on": True,
        "is_archive": False,
        "account_id": ACCOUNT_ID,
        "statuses": [incoming, *normal, *closed],
    }


def _status(
    id: int, name: str, pipeline_id: int, sort: int, color: str, type: int = 0
) -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        "sort": sort,
        "is_editable": type == 0 and id not in (WON, LOST),
        "pipeline_id": pipeline_id,
        "color": color,
        "type": type,
        "account_id": ACCOUNT_ID,
    }
