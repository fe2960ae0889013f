"""The demo account as it stands before the first deal: people, pipelines, activity types."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from connectors.pipedrive.simulator.fields import FIELDS
from connectors.simulation import Record

COMPANY_ID = 9100001
COMPANY = "demo"
NAME = "Demo Pipedrive"
CURRENCY = "EUR"
ZONE = ZoneInfo("Europe/Kyiv")
OPENED = "2026-01-01 00:00:00"
OPENED_V2 = "2026-01-01T00:00:00Z"

GRACE, ANNA, BORIS = 10001, 10002, 10003
OWNER = GRACE  # the administrator whose token it is

FIRST_IDS = {
    "persons": 901,
    "organizations": 77,
    "deals": 5001,
    "activities": 301,
    "notes": 601,
    "participants": 1,
}

_TYPES = (
    ("call", "Call", False),
    ("meeting", "Meeting", False),
    ("task", "Task", False),
    ("deadline", "Deadline", False),
    ("email", "Email", False),
    ("follow_up", "Follow-up", True),
)


def seed() -> dict[str, list[Record]]:
    """Everything the account has from the start, by the store's entity."""
    return {
        "users": [
            _user(GRACE, "Grace", "grace@acme.test"),
            _user(ANNA, "Anna", "anna@acme.test"),
            _user(BORIS, "Boris", "boris@acme.test"),
        ],
        "pipelines": [_pipeline(1, "Sales"), _pipeline(2, "Service")],
        "stages": [
            *_stages(1, "New request", "Contacted", "Negotiation"),
            *_stages(2, "New request", "In progress", "Waiting for parts"),
        ],
        "activityTypes": [
            {
                "id": at,
                "order_nr": at,
                "name": name,
                "key_string": key,
                "icon_key": "task" if custom else key,
                "active_flag": True,
                "color": "FFFFFF",
                "is_custom_flag": custom,
                "add_time": OPENED,
                "update_time": OPENED,
            }
            for at, (key, name, custom) in enumerate(_TYPES, start=1)
        ],
        **{list_: list(fields) for list_, fields in FIELDS.items()},
    }


def _user(id: int, name: str, email: str) -> Record:
    return {
        "id": id,
        "name": name,
        "default_currency": CURRENCY,
        "locale": "en_US",
        "lang": 1,
        "email": email,
        "phone": None,
        "activated": True,
        "last_login": OPENED,
        "created": OPENED,
        "modified": OPENED,
        "has_created_company": id == OWNER,
        "access": [{"app": "sales", "admin": id == OWNER, "permission_set_id": "62cc4d7f"}],
        "active_flag": True,
        "timezone_name": ZONE.key,
        "timezone_offset": "+02:00",
        "role_id": 1,
        "icon_url": None,
        "is_you": id == OWNER,
        "is_deleted": False,
    }


def _pipeline(id: int, name: str) -> Record:
    return {
        "id": id,
        "name": name,
        "order_nr": id,
        "is_deleted": False,
        "is_deal_probability_enabled": True,
        "add_time": OPENED_V2,
        "update_time": OPENED_V2,
    }


def _stages(pipeline_id: int, *names: str) -> list[dict[str, Any]]:
    return [
        {
            "id": 10 * pipeline_id + at,
            "order_nr": at,
            "name": name,
            "is_deleted": False,
            "deal_probability": 100,
            "pipeline_id": pipeline_id,
            "is_deal_rot_enabled": False,
            "days_to_rotten": None,
            "add_time": OPENED_V2,
            "update_time": OPENED_V2,
        }
        for at, name in enumerate(names, start=1)
    ]
