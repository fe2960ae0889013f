"""The demo account as it stands before the first lead: people, pipelines, properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from connectors.simulation import Record

VERSION = "2026-09"
PORTAL = 31000002
NAME = "Demo HubSpot"
CURRENCY = "UAH"
ZONE = ZoneInfo("Europe/Kyiv")
OPENED_AT = "2026-01-01T00:00:00.000Z"

ENTITIES = ("contacts", "companies", "deals", "tasks", "notes")
TYPE_IDS: Mapping[str, str] = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-27": "tasks",
    "0-46": "notes",
}
FIRST_IDS = {"contacts": 501, "companies": 9001, "deals": 7001, "tasks": 3001, "notes": 6001}

# github.com/HubSpot/hubspot-api-nodejs, AssociationTypes: from, to → the plain type.
LINK_TYPES: Mapping[tuple[str, str], int] = {
    ("contacts", "contacts"): 449,
    ("contacts", "companies"): 279,
    ("contacts", "deals"): 4,
    ("companies", "contacts"): 280,
    ("companies", "companies"): 450,
    ("companies", "deals"): 342,
    ("deals", "contacts"): 3,
    ("deals", "companies"): 341,
    ("deals", "deals"): 451,
    ("tasks", "contacts"): 204,
    ("tasks", "companies"): 192,
    ("tasks", "deals"): 216,
    ("notes", "contacts"): 202,
    ("notes", "companies"): 190,
    ("notes", "deals"): 214,
    ("contacts", "tasks"): 203,
    ("companies", "tasks"): 191,
    ("deals", "tasks"): 215,
    ("contacts", "notes"): 201,
    ("companies", "notes"): 189,
    ("deals", "notes"): 213,
}
PRIMARY: Mapping[tuple[str, str], int] = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}

OWNERS: Sequence[Record] = [
    {"id": 4711, "email": "grace@acme.test", "firstName": "Grace", "userId": 81},
    {"id": 4712, "email": "anna@acme.test", "firstName": "Anna", "userId": 82},
    {"id": 4713, "email": "boris@acme.test", "firstName": "Boris", "userId": 83},
]


def _stage(id: str, label: str, place: int, probability: float) -> dict[str, Any]:
    closed = probability in (0.0, 1.0)
    return {
        "id": id,
        "label": label,
        "displayOrder": place,
        "metadata": {"isClosed": str(closed).lower(), "probability": str(probability)},
        "createdAt": OPENED_AT,
        "updatedAt": OPENED_AT,
        "archived": False,
    }


def _pipeline(id: str, label: str, place: int, stages: Sequence[tuple[str, str, float]]) -> Record:
    return {
        "id": id,
        "label": label,
        "displayOrder": place,
        "stages": [_stage(one, name, at, chance) for at, (one, name, chance) in enumerate(stages)],
        "createdAt": OPENED_AT,
        "updatedAt": OPENED_AT,
        "archived": False,
    }


PIPELINES: Sequence[Record] = [
    _pipeline(
        "default",
        "Sales",
        0,
        [
            ("appointmentscheduled", "New request", 0.2),
            ("qualifiedtobuy", "Contacted", 0.4),
            ("contractsent", "Negotiation", 0.8),
            ("closedwon", "Closed won", 1.0),
            ("closedlost", "Closed lost", 0.0),
        ],
    ),
    _pipeline(
        "88200001",
        "Service",
        1,
        [
            ("88210001", "New request", 0.2),
            ("88210002", "In progress", 0.5),
            ("88210003", "Waiting for parts", 0.6),
            ("88210004", "Done", 1.0),
            ("88210005", "Cancelled", 0.0),
        ],
    ),
]
