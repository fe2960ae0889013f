"""What a write makes of a lead, contact or company: first checked, then applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.kommo.simulator.account import ACCOUNT_ID, LOST, WON
from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.element import (
    Element,
    read_author,
    read_moment,
    read_price,
    read_text,
    read_user,
    read_whole,
)
from connectors.kommo.simulator.tags import check_tags, tags_after
from connectors.kommo.simulator.values import write_values
from connectors.simulation import Record

Read = Callable[[Crm, Element, str], Any]

COMMON: Mapping[str, Read] = {
    "name": read_text,
    "responsible_user_id": read_user,
    "created_by": read_author,
    "updated_by": read_author,
    "created_at": read_moment,
}
WRITABLE: Mapping[str, Mapping[str, Read]] = {
    "leads": {
        **COMMON,
        "price": read_price,
        "closed_at": read_moment,
        "visitor_uid": read_text,
    },
    "contacts": {**COMMON, "first_name": read_text, "last_name": read_text},
    "companies": COMMON,
}
BLANK: Mapping[str, Record] = {
    "leads": {
        "price": 0,
        "loss_reason_id": None,
        "closed_at": None,
        "score": None,
        "labor_cost": None,
        "is_price_computed": False,
        "source_id": None,
        "metadata": None,
    },
    "contacts": {"first_name": "", "last_name": "", "is_unsorted": False},
    "companies": {},
}


def changes(
    crm: Crm, entity: str, element: Element, before: Record | None = None
) -> dict[str, Any]:
    """The new values that a write wants, with its mistakes left in ``element``."""
    readers = WRITABLE[entity].items()
    found = {key: read(crm, element, key) for key, read in readers if key in element.body}
    if "custom_fields_values" in element.body:
        old = before["custom_fields_values"] if before else None
        found["custom_fields_values"] = write_values(crm, entity, element, old)
    if entity == "leads":
        found |= _stage(crm, element, before)
    if entity == "contacts":
        found |= _names(found, before)
    check_tags(crm, entity, element)
    return found


def create(crm: Crm, entity: str, element: Element, found: Record) -> Record:
    """Carry out a create."""
    user, moment = crm.acting_user(), crm.moment()
    return crm.store.add(
        entity,
        {
            "name": "",
            "responsible_user_id": user,
            "group_id": 0,
            "created_by": user,
            "updated_by": user,
            "created_at": moment,
            "updated_at": moment,
            "is_deleted": False,
            "custom_fields_values": None,
            "account_id": ACCOUNT_ID,
            **BLANK[entity],
            **found,
            "tags": tags_after(crm, entity, element, []),
        },
    )


def change(crm: Crm, entity: str, before: Record, element: Element, found: Record) -> Record:
    """Carry out an update."""
    return crm.store.replace(
        entity,
        {
            **before,
            "updated_by": crm.acting_user(),
            "updated_at": crm.moment(),
            **found,
            "tags": tags_after(crm, entity, element, before["tags"]),
        },
    )


def incoming_status(pipeline: Record) -> int:
    """The stage in which leads wait to be accepted."""
    return next(int(status["id"]) for status in pipeline["statuses"] if status["type"] == 1)


def _names(found: Record, before: Record | None) -> Record:
    """First and last name make the name; a lone name counts as the first one."""
    if "first_name" in found or "last_name" in found:
        old = before or {"first_name": "", "last_name": ""}
        first = found.get("first_name", old["first_name"])
        last = found.get("last_name", old["last_name"])
        return {"name": found.get("name") or f"{first or ''} {last or ''}".strip()}
    if "name" in found:
        return {"first_name": found["name"], "last_name": ""}
    return {}


def _stage(crm: Crm, element: Element, before: Record | None) -> dict[str, Any]:
    pipeline = _pipeline(crm, element, before)
    if pipeline is None:
        return {}
    status = _status(crm, element, pipeline, before)
    found: dict[str, Any] = {"pipeline_id": pipeline["id"], "status_id": status}
    was_closed = before is not None and before["status_id"] in (WON, LOST)
    if status not in (WON, LOST):
        found["closed_at"] = None
    elif "closed_at" not in element.body and not was_closed:
        found["closed_at"] = crm.moment()
    return found | _loss_reason(crm, element, status)


def _pipeline(crm: Crm, element: Element, before: Record | None) -> Record | None:
    """The pipeline that the lead is in afterwards, None when the write names a wrong one."""
    if "pipeline_id" in element.body:
        id = read_whole(crm, element, "pipeline_id")
        pipeline = crm.pipeline(id) if id is not None else None
        if id is not None and pipeline is None:
            element.refuse("NotSupportedChoice", "pipeline_id")
        return pipeline
    status = element.body.get("status_id")
    named = crm.pipeline_of(status) if isinstance(status, int) else None
    return named or (crm.pipeline(before["pipeline_id"]) if before else crm.main_pipeline())


def _status(crm: Crm, element: Element, pipeline: Record, before: Record | None) -> int | None:
    if "status_id" in element.body:
        id = read_whole(crm, element, "status_id")
        # The incoming stage is reached through unsorted leads only; a lead may stay in it.
        stays = before is not None and before["status_id"] == id
        allowed = {status["id"] for status in pipeline["statuses"] if stays or status["type"] == 0}
        if id is not None and id not in allowed:
            element.refuse("NotSupportedChoice", "status_id")
        return id
    if before and before["pipeline_id"] == pipeline["id"]:
        return int(before["status_id"])
    return next(int(status["id"]) for status in pipeline["statuses"] if status["type"] == 0)


def _loss_reason(crm: Crm, element: Element, status: int | None) -> dict[str, Any]:
    if status != LOST:
        if element.body.get("loss_reason_id") is not None:
            # Source: github.com/amocrm/amocrm-api-php, issue 88.
            detail = "Loss reason can be specified only for lost lead"
            element.refuse("NotSupportedChoice", "loss_reason_id", detail)
        return {"loss_reason_id": None}
    if "loss_reason_id" not in element.body:
        return {}
    if element.body["loss_reason_id"] is None:
        return {"loss_reason_id": None}
    id = read_whole(crm, element, "loss_reason_id")
    if id is not None and crm.store.get("leads/loss_reasons", id) is None:
        element.refuse("NotSupportedChoice", "loss_reason_id")
    return {"loss_reason_id": id}
