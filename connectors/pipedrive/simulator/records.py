"""Persons, organizations and deals: lists, single records, creates, updates and deletions.

Source: API v2, Persons, Organizations, Deals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.pipedrive.simulator.bodies import read_body, read_custom_fields, read_members
from connectors.pipedrive.simulator.crm import Crm, crm
from connectors.pipedrive.simulator.deals import CHECKS as DEAL_CHECKS
from connectors.pipedrive.simulator.deals import NULLABLE as DEAL_NULLABLE
from connectors.pipedrive.simulator.deals import blank_deal, placed
from connectors.pipedrive.simulator.dialect import answer, invalid, refuse
from connectors.pipedrive.simulator.fields import LISTS
from connectors.pipedrive.simulator.lists import (
    in_order,
    known,
    page_of,
    wanted_ids,
    whole_number,
)
from connectors.pipedrive.simulator.people import CHECKS, NULLABLE, SYNCED, blank, renamed
from connectors.pipedrive.simulator.values import Check, label, several
from connectors.simulation import Record

ENTITY = f"<any({','.join(LISTS)}):entity>"
FILTERS: Mapping[str, tuple[str, ...]] = {
    "persons": ("owner_id", "org_id"),
    "organizations": ("owner_id",),
    "deals": ("owner_id", "person_id", "org_id", "pipeline_id", "stage_id"),
}
PAGING = ("ids", "updated_since", "updated_until", "sort_by", "sort_direction", "limit", "cursor")
SHAPE = ("custom_fields", "include_fields", "include_option_labels", "include_labels")
REQUIRED = {"persons": "name", "organizations": "name", "deals": "title"}

records = Blueprint("records", __name__)


@records.get(f"/{ENTITY}")
def show_all(entity: str) -> Response:
    account = crm()
    known(*FILTERS[entity], *PAGING, *SHAPE, *(("status",) if entity == "deals" else ()))
    ids = wanted_ids()
    some = (
        account.store.all(entity)
        if ids is None
        else [one for id in ids if (one := account.store.get(entity, id))]
    )
    wanted = {name: whole_number(name) for name in FILTERS[entity] if name in request.args}
    found = [
        one
        for one in some
        if not one["is_deleted"]
        and all(one[name] == value for name, value in wanted.items())
        and _in_time(one)
        and one.get("status") in (_statuses() or (one.get("status"),))
    ]
    return page_of(in_order(found, "update_time", "add_time"), lambda one: one)


@records.get(f"/{ENTITY}/<int:id>")
def show_one(entity: str, id: int) -> Response:
    known(*SHAPE)
    record = crm().store.get(entity, id)
    # What is deleted can still be read for 30 days.
    return answer(record) if record else _missing()


@records.post(f"/{ENTITY}")
def create(entity: str) -> Response:
    account, body = crm(), read_body()
    found = _read(account, entity, body)
    if not found.get(REQUIRED[entity]):
        invalid(f"{REQUIRED[entity]}: is required")
    empty = dict.fromkeys(account.custom_fields(entity))
    base = blank_deal(account) if entity == "deals" else blank(account, entity)
    custom = {**empty, **found.pop("custom_fields", {})}
    record = _settled(account, entity, {**base, "custom_fields": custom}, found)
    return answer(account.store.add(entity, record))


@records.patch(f"/{ENTITY}/<int:id>")
def change(entity: str, id: int) -> Response:
    account, body = crm(), read_body()
    before = account.live(entity, id)
    if before is None:
        return _missing()
    found = _read(account, entity, body)
    custom = {**before["custom_fields"], **found.pop("custom_fields", {})}
    now = {**before, "update_time": account.moment(), "custom_fields": custom}
    return answer(account.store.replace(entity, _settled(account, entity, now, found)))


@records.delete(f"/{ENTITY}/<int:id>")
def delete(entity: str, id: int) -> Response:
    account = crm()
    before = account.live(entity, id)
    if before is None:
        return _missing()
    account.store.replace(entity, {**before, "is_deleted": True, "update_time": account.moment()})
    return answer({"id": id})


def _missing() -> Response:
    refuse(404, "Entity was not found")


def _in_time(record: Record) -> bool:
    since, until = request.args.get("updated_since"), request.args.get("updated_until")
    at = record["update_time"]
    return (not since or at >= since) and (not until or at < until)


def _statuses() -> list[str]:
    given = request.args.get("status", "")
    return given.split(",") if given else []


def _read(crm: Crm, entity: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if entity == "persons" and not crm.contact_sync and SYNCED & body.keys():
        refuse(403, "Contact sync is not enabled for this company")
    checks: dict[str, Check] = {
        **(DEAL_CHECKS if entity == "deals" else CHECKS[entity]),
        "label_ids": several(label(LISTS[entity])),
        "custom_fields": read_custom_fields(entity),
    }
    nullable = DEAL_NULLABLE if entity == "deals" else NULLABLE[entity]
    return read_members(crm, body, checks, nullable=nullable)


def _settled(crm: Crm, entity: str, before: Record, found: Mapping[str, Any]) -> dict[str, Any]:
    """The record after ``found``, with what Pipedrive derives from it."""
    after = {**before, **found}
    if entity == "persons":
        return renamed(after)
    return placed(crm, before, after, found) if entity == "deals" else after
