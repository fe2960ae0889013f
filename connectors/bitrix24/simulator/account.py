"""The demo portal as it stands before the first deal: people, pipelines, dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from connectors.bitrix24.simulator.fields import FIELDS
from connectors.simulation import Record

NAME = "Demo Bitrix24"
DOMAIN = "demo.bitrix24.com"
CURRENCY = "UAH"
ZONE = ZoneInfo("Europe/Kyiv")
OPENED_AT = "2026-01-01T02:00:00+02:00"

GRACE, ANNA, BORIS = 1, 2, 3
OWNER = GRACE  # who made the webhook

ENTITIES: Mapping[int, str] = {1: "lead", 2: "deal", 3: "contact", 4: "company"}
FIRST_IDS = {
    "contact": 901,
    "company": 77,
    "deal": 5001,
    "lead": 7001,
    "activity": 301,
    "comment": 601,
}

OPEN, WON, LOST = "P", "S", "F"


def seed() -> dict[str, list[Record]]:
    """Everything the portal has from the start, by the store's entity."""
    return {
        "users": [
            _user(GRACE, "Grace", "grace@acme.test"),
            _user(ANNA, "Anna", "anna@acme.test"),
            _user(BORIS, "Boris", "boris@acme.test"),
        ],
        "categories": [
            # 0 is the pipeline that every portal has; the store counts from 1.
            {"id": 1, "number": 0, "name": "Sales", "sort": 100, "isDefault": "Y"},
            {"id": 9, "number": 9, "name": "Service", "sort": 200, "isDefault": "N"},
        ],
        "statuses": [
            {"id": number, **status} for number, status in enumerate(_statuses(), start=1)
        ],
        **{
            f"{entity}/fields": [
                {"id": at, "name": name, **shape}
                for at, (name, shape) in enumerate(fields.items(), start=1)
            ]
            for entity, fields in FIELDS.items()
        },
    }


def _user(id: int, name: str, email: str) -> Record:
    return {
        "id": id,
        "ID": str(id),
        "ACTIVE": True,
        "NAME": name,
        "LAST_NAME": "",
        "EMAIL": email,
        "UF_DEPARTMENT": [1],
        "USER_TYPE": "employee",
    }


_DICTIONARIES: Mapping[str, Mapping[str, str]] = {
    "SOURCE": {"CALL": "Call", "WEB": "Website", "EMAIL": "E-mail", "OTHER": "Other"},
    "DEAL_TYPE": {"SALE": "Sale", "SERVICES": "Services"},
    "CONTACT_TYPE": {"CLIENT": "Clients", "SUPPLIER": "Suppliers"},
    "COMPANY_TYPE": {"CUSTOMER": "Customer", "PARTNER": "Partner"},
    "INDUSTRY": {"IT": "Information technology", "FINANCE": "Finance", "OTHER": "Other"},
    "EMPLOYEES": {"EMPLOYEES_1": "under 50", "EMPLOYEES_2": "50 to 250"},
}
_STAGES: Mapping[str, Mapping[str, str]] = {
    "DEAL_STAGE": {"NEW": "New request", "PREPARATION": "Contacted", "EXECUTING": "Negotiation"},
    "DEAL_STAGE_9": {
        "C9:NEW": "New request",
        "C9:PREPARATION": "In progress",
        "C9:EXECUTING": "Waiting for parts",
    },
    "STATUS": {"NEW": "New request", "IN_PROCESS": "Contacted", "PROCESSED": "Negotiation"},
}
_CLOSING: Mapping[str, tuple[str, str]] = {
    "DEAL_STAGE": ("WON", "LOSE"),
    "DEAL_STAGE_9": ("C9:WON", "C9:LOSE"),
    "STATUS": ("CONVERTED", "JUNK"),
}


def _statuses() -> list[Record]:
    rows = [
        _status(entity, code, name, 10 * place)
        for entity, names in {**_DICTIONARIES, **_STAGES}.items()
        for place, (code, name) in enumerate(names.items(), start=1)
    ]
    for entity, (won, lost) in _CLOSING.items():
        rows.append(_status(entity, won, "Won", 100, WON))
        rows.append(_status(entity, lost, "Lost", 110, LOST))
    return rows


def _status(entity: str, code: str, name: str, sort: int, semantics: str | None = None) -> Record:
    groups = {WON: "success", LOST: "failure"}
    return {
        "ENTITY_ID": entity,
        "STATUS_ID": code,
        "NAME": name,
        "NAME_INIT": name,
        "SORT": str(sort),
        "SYSTEM": "Y" if semantics else "N",
        "CATEGORY_ID": entity.partition("_STAGE_")[2] or "0",
        "COLOR": "#39A8EF",
        "SEMANTICS": semantics,
        "EXTRA": {"SEMANTICS": groups.get(semantics or "", "process"), "COLOR": "#39A8EF"},
    }
