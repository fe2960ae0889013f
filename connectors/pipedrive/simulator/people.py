"""What persons and organizations are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.pipedrive.simulator.account import OWNER
from connectors.pipedrive.simulator.crm import Crm
from connectors.pipedrive.simulator.values import (
    Check,
    address,
    day,
    linked,
    reach,
    user,
    varchar,
    whole,
)
from connectors.simulation import Record

SYNCED = frozenset({"im", "birthday", "job_title", "notes", "postal_address"})

CHECKS: Mapping[str, Mapping[str, Check]] = {
    "persons": {
        "name": varchar,
        "owner_id": user,
        "org_id": linked("organizations"),
        "emails": reach("emails"),
        "phones": reach("phones"),
        "visible_to": whole,
        "im": reach("im"),
        "birthday": day,
        "job_title": varchar,
    },
    "organizations": {
        "name": varchar,
        "owner_id": user,
        "visible_to": whole,
        "address": address,
        "website": varchar,
        "linkedin": varchar,
        "annual_revenue": whole,
        "employee_count": whole,
    },
}
# The description marks these as nullable; a person's link may be taken away, too.
NULLABLE: Mapping[str, frozenset[str]] = {
    "persons": frozenset({"org_id", "birthday", "job_title"}),
    "organizations": frozenset({"website", "linkedin", "annual_revenue", "employee_count"}),
}


def blank(crm: Crm, entity: str) -> dict[str, Any]:
    """A new person or organization before anything was said of it."""
    now = crm.moment()
    record: dict[str, Any] = {
        "name": "",
        "owner_id": OWNER,
        "add_time": now,
        "update_time": now,
        "is_deleted": False,
        "visible_to": 3,
        "label_ids": [],
    }
    if entity == "organizations":
        return record | dict.fromkeys(
            ("address", "website", "linkedin", "industry", "annual_revenue", "employee_count")
        )
    record |= {"org_id": None, "emails": [], "phones": [], "picture_id": None}
    if crm.contact_sync:
        record |= {"im": [], "birthday": None, "job_title": None}
        record |= {"notes": None, "postal_address": None}
    return record


def renamed(person: Record) -> dict[str, Any]:
    """The person with first and last name, which follow from the name."""
    first, _, last = person["name"].partition(" ")
    return {**person, "first_name": first, "last_name": last or None}
