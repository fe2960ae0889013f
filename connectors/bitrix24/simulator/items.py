"""Leads, deals, contacts and companies: crm.item.*. Source: apidocs.bitrix24.com, universal methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.bitrix24.simulator.account import CURRENCY, ENTITIES, OPEN, OWNER
from connectors.bitrix24.simulator.crm import Crm, Params, entity_of, required, whole
from connectors.bitrix24.simulator.dialect import gone, refuse
from connectors.bitrix24.simulator.filters import test_of
from connectors.bitrix24.simulator.links import connect_all, connected, replaced_company
from connectors.bitrix24.simulator.lists import Page, in_order, page_of
from connectors.bitrix24.simulator.multifields import changed_multifields
from connectors.bitrix24.simulator.php import members
from connectors.bitrix24.simulator.values import read_value
from connectors.simulation import Record

TITLES = {"deal": "Deal", "lead": "Lead", "company": "Company"}
OF_LINKS = frozenset({"contactId", "contactIds", "companyId", "companyIds"})


def add(crm: Crm, params: Params) -> dict[str, Any]:
    required(params, "entityTypeId", "fields")
    entity = entity_of(params)
    id = created(crm, entity, members(params["fields"]))
    if entity == "lead" and not crm.leads:
        _become_a_deal(crm, id)
    return {"item": show(crm, entity, _existing(crm, entity, id))}


def update(crm: Crm, params: Params) -> dict[str, Any]:
    required(params, "entityTypeId", "id", "fields")
    entity = entity_of(params)
    before = _existing(crm, entity, whole(params["id"]))
    sent = members(params["fields"])
    after = {**before, **_read(crm, entity, sent), "updatedTime": crm.moment(), "updatedBy": OWNER}
    if "fm" in sent and "fm" in before:
        after["fm"] = changed_multifields(before["fm"], sent["fm"])
    _place(crm, entity, after)
    crm.store.replace(entity, after)
    _link(crm, entity, after["id"], sent)
    return {"item": show(crm, entity, after)}


def get(crm: Crm, params: Params) -> dict[str, Any]:
    required(params, "entityTypeId", "id")
    entity = entity_of(params)
    return {"item": show(crm, entity, _existing(crm, entity, whole(params["id"])))}


def delete(crm: Crm, params: Params) -> list[Any]:
    required(params, "entityTypeId", "id")
    entity = entity_of(params)
    crm.store.delete(entity, _existing(crm, entity, whole(params["id"]))["id"])
    return []


def find(crm: Crm, params: Params) -> Page:
    required(params, "entityTypeId")
    entity, wanted = entity_of(params), members(params.get("filter"))
    test = test_of(crm, entity, wanted)
    shown = (show(crm, entity, one) for one in _candidates(crm, entity, wanted))
    rows = in_order([row for row in shown if test(row)], params.get("order"), "id")
    page = page_of(params, rows, "items")
    select = params.get("select") or ["*"]
    if "*" not in select:
        page.result["items"] = [_selected(row, select) for row in page.result["items"]]
    return page


def fields(crm: Crm, params: Params) -> dict[str, Any]:
    required(params, "entityTypeId")
    described = crm.fields(entity_of(params)).items()
    hidden = ("id", "name")
    return {
        "fields": {
            name: {key: part for key, part in shape.items() if key not in hidden}
            for name, shape in described
        }
    }


def created(crm: Crm, entity: str, sent: Mapping[str, Any]) -> int:
    """Create a record; what it has no field for is passed over in silence. Returns its id."""
    given = _read(crm, entity, sent)
    for name, shape in crm.fields(entity).items():
        if shape["isDynamic"] and shape["isRequired"] and given.get(name) in (None, []):
            refuse("CRM_FIELD_ERROR_REQUIRED", f'The field "{shape["title"]}" is required')
    record = {**_blank(crm, entity), **given}
    _place(crm, entity, record)
    if "fm" in record:
        record["fm"] = changed_multifields([], sent.get("fm"))
    made = crm.store.add(entity, record)
    if not made.get("title") and entity in TITLES:
        crm.store.replace(entity, {**made, "title": f"{TITLES[entity]} #{made['id']}"})
    _link(crm, entity, made["id"], sent)
    return int(made["id"])


def show(crm: Crm, entity: str, record: Record) -> dict[str, Any]:
    """A record as Bitrix24 shows it, with whom it is linked with."""
    here = (entity, record["id"])
    shown = {**record, "entityTypeId": _number_of(entity)}
    contacts = connected(crm, here, "contact") if entity != "contact" else []
    companies = connected(crm, here, "company") if entity != "company" else []
    if entity in ("deal", "lead"):
        shown |= {"contactId": contacts[0] if contacts else None, "contactIds": contacts}
        shown["companyId"] = companies[0] if companies else None
    elif entity == "contact":
        shown |= {"companyId": companies[0] if companies else None, "companyIds": companies}
    else:
        shown["contactIds"] = contacts
    return shown


def _number_of(entity: str) -> int:
    return next(number for number, name in ENTITIES.items() if name == entity)


def _existing(crm: Crm, entity: str, id: int | None) -> Record:
    record = crm.store.get(entity, id) if id is not None else None
    if record is None:
        gone()
    return record


def _read(crm: Crm, entity: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are written by their values; the others are links, multifields or unknown."""
    return {
        name: read_value(crm, shape, sent[name])
        for name, shape in crm.fields(entity).items()
        if name in sent
        and not shape["isReadOnly"]
        and name not in OF_LINKS
        and name != "fm"
        # A stage is known by its pipeline, not by the dictionary of the first one.
        and not _is_placed(name, sent[name])
    } | {name: sent[name] for name in ("stageId", "categoryId") if _is_placed(name, sent.get(name))}


def _is_placed(name: str, value: Any) -> bool:
    return name in ("stageId", "categoryId") and value not in (None, "")


def _blank(crm: Crm, entity: str) -> dict[str, Any]:
    empty: dict[str, Any] = {
        name: [] if shape["isMultiple"] else "N" if shape["type"] == "boolean" else None
        for name, shape in crm.fields(entity).items()
        if name not in OF_LINKS and name != "id"
    }
    moment = crm.moment()
    stamps = {"createdTime": moment, "updatedTime": moment, "createdBy": OWNER, "updatedBy": OWNER}
    usual = {"opened": "Y", "assignedById": OWNER}
    if entity in ("deal", "lead"):
        usual |= {"opportunity": 0, "currencyId": CURRENCY, "sourceId": None}
    if entity == "company":
        usual |= {"revenue": 0, "currencyId": CURRENCY}
    return {**empty, **stamps, **usual}


def _place(crm: Crm, entity: str, record: dict[str, Any]) -> None:
    """Put a deal or lead into its pipeline and stage, which must belong together."""
    if entity not in ("deal", "lead"):
        return
    category = whole(record.get("categoryId") or 0)
    if entity == "deal":
        if category not in {one["number"] for one in crm.categories()}:
            refuse("CRM_FIELD_ERROR_VALUE_NOT_VALID", 'Invalid value of the field "Pipeline"')
        record["categoryId"] = category
    stages = crm.stages(entity, category or 0)
    stage = record.get("stageId") or stages[0]["STATUS_ID"]
    found = next((one for one in stages if one["STATUS_ID"] == stage), None)
    if found is None:
        refuse("CRM_FIELD_ERROR_VALUE_NOT_VALID", 'Invalid value of the field "Stage"')
    semantics = found["SEMANTICS"] or OPEN
    record |= {"stageId": stage, "stageSemanticId": semantics}
    if entity == "deal":
        record["closed"] = "N" if semantics == OPEN else "Y"


def _link(crm: Crm, entity: str, id: int, sent: Mapping[str, Any]) -> None:
    """Link a record; ids that nobody has are passed over in silence."""
    here = (entity, id)
    if entity != "contact":
        named = sent.get("contactIds") or ([sent["contactId"]] if sent.get("contactId") else [])
        connect_all(crm, here, "contact", named)
    if entity in ("deal", "lead") and sent.get("companyId"):
        replaced_company(crm, here, sent["companyId"])
    elif entity == "contact":
        named = sent.get("companyIds") or ([sent["companyId"]] if sent.get("companyId") else [])
        connect_all(crm, here, "company", named)


def _candidates(crm: Crm, entity: str, wanted: Mapping[str, Any]) -> list[Record]:
    """All records, or the few that an index knows."""
    ids: list[int] | None = None
    for key in ("id", "=id", "@id"):
        if key in wanted:
            listed = wanted[key] if isinstance(wanted[key], list) else [wanted[key]]
            ids = [id for id in map(whole, listed) if id is not None]
    for key, other in (("contactIds", "contact"), ("companyId", "company")):
        person = whole(wanted.get(key))
        if person is not None and other != entity:
            ids = list(crm.store.links((other, person), entity))
    if ids is None:
        return crm.store.all(entity)
    return [record for id in ids if (record := crm.store.get(entity, id)) is not None]


def _selected(row: Mapping[str, Any], select: list[str]) -> dict[str, Any]:
    # Phones and e-mails come with "*" only.
    return {
        key: value for key, value in row.items() if key == "id" or (key in select and key != "fm")
    }


def _become_a_deal(crm: Crm, id: int) -> None:
    """Without leads each becomes a deal at once, and counts as converted."""
    lead = _existing(crm, "lead", id)
    created(crm, "deal", {"title": lead["title"], "opportunity": lead["opportunity"]})
    crm.store.replace("lead", {**lead, "stageId": "CONVERTED", "stageSemanticId": "S"})
