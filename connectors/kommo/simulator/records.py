"""Leads, contacts and companies: lists, single records, creates and updates.

Source: developers.kommo.com, Leads, Contacts and Companies; filters from
amocrm.ru/developers, Filters API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from werkzeug import Response

from connectors.kommo.simulator.crm import Crm, asked_with, crm, links_to
from connectors.kommo.simulator.dialect import answer, no_content, refuse
from connectors.kommo.simulator.drafts import change, changes, create
from connectors.kommo.simulator.element import Element, read_element, read_elements, settle
from connectors.kommo.simulator.filters import found_by
from connectors.kommo.simulator.links import ENTITY, connect
from connectors.kommo.simulator.lists import in_order, page_of
from connectors.simulation import Record

ORDERS = ("id", "created_at", "updated_at")
HIDDEN = frozenset({"tags", "source_id", "metadata", "visitor_uid"})

records = Blueprint("records", __name__)


@records.get(f"/{ENTITY}")
def show_all(entity: str) -> Response:
    account = crm()
    found = [] if "only_deleted" in asked_with() else found_by(account, entity)
    return page_of(entity, in_order(found, ORDERS), lambda record: show(account, entity, record))


@records.get(f"/{ENTITY}/<int:id>")
def show_one(entity: str, id: int) -> Response:
    record = crm().store.get(entity, id)
    return answer(show(crm(), entity, record)) if record else no_content()


@records.post(f"/{ENTITY}")
def create_all(entity: str) -> Response:
    account, elements = crm(), read_elements()
    drafts = [_draft(account, entity, element) for element in elements]
    settle(elements)
    rows = [
        _created(account, entity, element, draft)
        for element, draft in zip(elements, drafts, strict=True)
    ]
    return _written(entity, rows)


@records.patch(f"/{ENTITY}")
def change_all(entity: str) -> Response:
    account, elements = crm(), read_elements()
    before = [_existing(account, entity, element) for element in elements]
    found = [
        changes(account, entity, element, old) if old else {}
        for element, old in zip(elements, before, strict=True)
    ]
    settle(elements)
    rows = []
    for element, old, new in zip(elements, before, found, strict=True):
        if old:
            row = _changed(entity, change(account, entity, old, element, new))
            rows.append({**row, "request_id": element.request_id})
    return _written(entity, rows)


@records.patch(f"/{ENTITY}/<int:id>")
def change_one(entity: str, id: int) -> Response:
    account, element = crm(), read_element()
    before = account.store.get(entity, id)
    if before is None:
        refuse(404, f"{entity} {id} not found")
    found = changes(account, entity, element, before)
    settle([element])
    return answer(_changed(entity, change(account, entity, before, element, found)))


def show(crm: Crm, entity: str, record: Record) -> dict[str, Any]:
    """A record as Kommo shows it, with what ``with=`` asks for."""
    wanted = asked_with()
    here = (entity, record["id"])
    shown = {key: value for key, value in record.items() if key not in HIDDEN}
    shown["name"] = record["name"] or (f"Lead #{record['id']}" if entity == "leads" else "")
    shown["closest_task_at"] = crm.closest_task_at(here)
    embedded: dict[str, Any] = {"tags": record["tags"]}
    for other in {"leads", "contacts", "companies"} - {entity}:
        if other in wanted or (other == "companies" and entity != "companies"):
            linked = crm.store.links(here, other)
            embedded[other] = [_reference(other, id, facts) for id, facts in linked.items()]
    if "catalog_elements" in wanted:
        embedded["catalog_elements"] = []
    if entity == "leads":
        shown |= _lead_extras(crm, record, wanted, embedded)
    return {**shown, **links_to(f"{entity}/{record['id']}"), "_embedded": embedded}


def read_source(crm: Crm, element: Element) -> dict[str, Any]:
    """The registered source that a new lead names; its pipeline counts when none is named."""
    embedded = element.body.get("_embedded")
    named = embedded.get("source") if isinstance(embedded, Mapping) else None
    if named is None:
        return {}
    source = element.child("_embedded.source", named)
    known = crm.store.all("sources")
    external_id = source.body.get("external_id")
    found = next((one for one in known if one["external_id"] == external_id), None)
    if found is None:
        source.refuse("NotSupportedChoice", "external_id")
        return {}
    pipeline = crm.pipeline(found["pipeline_id"])
    if pipeline is None or "pipeline_id" in element.body or "status_id" in element.body:
        return {"source_id": found["id"]}
    stage = next(status["id"] for status in pipeline["statuses"] if status["type"] == 0)
    return {"source_id": found["id"], "pipeline_id": pipeline["id"], "status_id": stage}


def _draft(crm: Crm, entity: str, element: Element) -> dict[str, Any]:
    draft = changes(crm, entity, element)
    if entity != "leads":
        return draft
    _check_people(crm, element)
    return draft | read_source(crm, element)


def _check_people(crm: Crm, element: Element) -> None:
    """Check the existing contacts and company that a new lead is to be linked with."""
    for kind in ("contacts", "companies"):
        for item in element.embedded(kind):
            item.require("id")
            id = item.body.get("id")
            if id is not None and (not isinstance(id, int) or crm.store.get(kind, id) is None):
                item.refuse("NotSupportedChoice", "id")


def _created(crm: Crm, entity: str, element: Element, draft: Record) -> dict[str, Any]:
    record = create(crm, entity, element, draft)
    for kind in ("contacts", "companies") if entity == "leads" else ():
        for item in element.embedded(kind):
            is_main = item.body.get("is_main") is True
            connect(crm, (entity, record["id"]), (kind, item.body["id"]), is_main=is_main)
    row = {"id": record["id"], "request_id": element.request_id}
    if entity == "contacts":
        row |= {"is_deleted": False, "is_unsorted": False}
    return {**row, **links_to(f"{entity}/{record['id']}")}


def _existing(crm: Crm, entity: str, element: Element) -> Record | None:
    element.require("id")
    id = element.body.get("id")
    record = crm.store.get(entity, id) if isinstance(id, int) else None
    if id is not None and record is None:
        element.refuse("NotSupportedChoice", "id")
    return record


def _changed(entity: str, record: Record) -> dict[str, Any]:
    return {
        "id": record["id"],
        "updated_at": record["updated_at"],
        **links_to(f"{entity}/{record['id']}"),
    }


def _written(entity: str, rows: list[dict[str, Any]]) -> Response:
    return answer({**links_to(entity), "_embedded": {entity: rows}})


def _lead_extras(
    crm: Crm, record: Record, wanted: set[str], embedded: dict[str, Any]
) -> dict[str, Any]:
    if "loss_reason" in wanted:
        reason = crm.store.get("leads/loss_reasons", record["loss_reason_id"] or 0)
        embedded["loss_reason"] = [reason] if reason else []
    extras = {}
    if "source_id" in wanted:
        extras["source_id"] = record["source_id"]
    if "is_price_modified_by_robot" in wanted:
        extras["is_price_modified_by_robot"] = False
    return extras


def _reference(entity: str, id: int, facts: Record) -> dict[str, Any]:
    main = {"is_main": facts["is_main"]} if entity == "contacts" and "is_main" in facts else {}
    return {"id": id, **main, **links_to(f"{entity}/{id}")}
