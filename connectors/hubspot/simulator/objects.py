"""Contacts, companies, deals, tasks and notes: one by one, and in batches of at most 100.

Source: developers.hubspot.com, CRM objects guide; HubSpot/hubspot-api-python, the models of the
batch calls. Where nobody says whether a batch with a bad row is applied in part, it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.hubspot.simulator.account import ENTITIES, TYPE_IDS
from connectors.hubspot.simulator.associations import associate, read_associations
from connectors.hubspot.simulator.batches import batch_answer, body_of_request, inputs_of
from connectors.hubspot.simulator.crm import Crm, crm
from connectors.hubspot.simulator.dialect import GONE, VALIDATION, answer, error, refuse
from connectors.hubspot.simulator.values import Refused, written
from connectors.simulation import Record

MOST_INPUTS = 100
_NAMES = ",".join(f'"{one}"' for one in (*ENTITIES, *TYPE_IDS))
ENTITY = f"/<any({_NAMES}):entity>"
MERGES = "merges"
_USUAL: Mapping[str, tuple[str, ...]] = {
    "contacts": ("email", "firstname", "lastname", "lastmodifieddate"),
    "companies": ("name", "domain", "hs_lastmodifieddate"),
    "deals": ("dealname", "amount", "closedate", "pipeline", "dealstage", "hs_lastmodifieddate"),
    "tasks": ("hs_lastmodifieddate",),
    "notes": ("hs_lastmodifieddate",),
}
"""What is shown when nothing is asked for."""

objects = Blueprint("objects", __name__)


@objects.url_value_preprocessor
def _by_name(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A kind may be called by its number."""
    if values and "entity" in values:
        values["entity"] = TYPE_IDS.get(values["entity"], values["entity"])


# --- one by one ---


@objects.post(ENTITY)
def create_one(entity: str) -> Response:
    try:
        made = _create(crm(), entity, body_of_request())
    except Refused as refused:
        refuse(refused.status, refused.message, refused.category, **refused.more)
    return answer(show(crm(), entity, made, list(made["properties"])), 201)


@objects.get(f"{ENTITY}/<id>")
def read_one(entity: str, id: str) -> Response:
    found = _found(crm(), entity, id, request.args.get("idProperty"))
    if found is None:
        refuse(404, "resource not found", GONE)
    wanted = [one for one in request.args.get("properties", "").split(",") if one]
    return answer(show(crm(), entity, found, wanted))


@objects.patch(f"{ENTITY}/<id>")
def change_one(entity: str, id: str) -> Response:
    found = _found(crm(), entity, id, request.args.get("idProperty"))
    if found is None:
        refuse(404, "resource not found", GONE)
    try:
        properties = written(crm(), entity, body_of_request().get("properties"), found)
    except Refused as refused:
        refuse(refused.status, refused.message, refused.category, **refused.more)
    changed = _replace(crm(), entity, found, properties)
    return answer(show(crm(), entity, changed, list(properties)))


@objects.delete(f"{ENTITY}/<int:id>")
def archive_one(entity: str, id: int) -> Response:
    if crm().store.get(entity, id):
        crm().store.delete(entity, id)
    return Response(status=204)


@objects.post(f"{ENTITY}/merge")
def merge(entity: str) -> Response:
    """The record that loses goes; whoever asks for it gets the other one."""
    account, body = crm(), body_of_request()
    pair = [_found(account, entity, str(body.get(key))) for key in _MERGED]
    winner, loser = pair
    if winner is None or loser is None or winner["id"] == loser["id"]:
        refuse(400, "two records are needed", VALIDATION)
    account.store.delete(entity, loser["id"])
    account.store.add(MERGES, {"entity": entity, "from": loser["id"], "to": winner["id"]})
    kept = _replace(account, entity, winner, {**loser["properties"], **winner["properties"]})
    return answer(show(account, entity, kept, []))


_MERGED = ("primaryObjectId", "objectIdToMerge")


# --- in batches ---


@objects.post(f"{ENTITY}/batch/read")
def read_batch(entity: str) -> Response:
    account, body = crm(), body_of_request()
    key = body.get("idProperty")
    wanted = body.get("properties")
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    for one in inputs_of(body, MOST_INPUTS):
        id = str(one.get("id"))
        found = _found(account, entity, id, key)
        if found is None:
            missing.append(id)
        elif found["id"] not in {int(row["id"]) for row in rows}:
            rows.append(show(account, entity, found, wanted if isinstance(wanted, list) else []))
    return batch_answer(account, rows, [_gone(entity, missing)] if missing else [])


@objects.post(f"{ENTITY}/batch/create")
def create_batch(entity: str) -> Response:
    """One bad row fails all of them, unless every row has a trace of its own."""
    account, inputs = crm(), inputs_of(body_of_request(), MOST_INPUTS)
    traces = [one.get("objectWriteTraceId") for one in inputs]
    row_wise = all(traces) and len(set(traces)) == len(traces)
    if not row_wise:
        for one in inputs:
            _or_refuse(account, entity, one)
    rows, errors = [], []
    for one in inputs:
        try:
            made = _create(account, entity, one)
        except Refused as refused:
            context = {"objectWriteTraceId": [one["objectWriteTraceId"]]}
            errors.append(error(refused.message, refused.category, context=context))
            continue
        rows.append(_traced(one, show(account, entity, made, list(made["properties"]))))
    return batch_answer(account, rows, errors, 201)


@objects.post(f"{ENTITY}/batch/upsert")
def upsert_batch(entity: str) -> Response:
    """All rows or none. Takes no associations."""
    account, inputs = crm(), inputs_of(body_of_request(), MOST_INPUTS)
    if len({str(one.get("id")) for one in inputs}) < len(inputs):
        refuse(400, "Duplicate IDs found in batch input", VALIDATION)
    for one in inputs:
        if "associations" in one:
            refuse(400, "Invalid input JSON: unknown field associations", VALIDATION)
        _or_refuse(account, entity, one)
    rows = []
    for one in inputs:
        try:
            record, is_new = _upsert(account, entity, one)
        except Refused as refused:  # an earlier row has taken its value meanwhile
            refuse(refused.status, refused.message, refused.category)
        shown = show(account, entity, record, list(record["properties"]))
        rows.append({**_traced(one, shown), "new": is_new})
    return batch_answer(account, rows, [])


@objects.post(f"{ENTITY}/batch/update")
def update_batch(entity: str) -> Response:
    """A bad value fails the batch; of a record that is not there the others know nothing."""
    account, inputs = crm(), inputs_of(body_of_request(), MOST_INPUTS)
    found = [_found(account, entity, str(one.get("id"))) for one in inputs]
    for one, record in zip(inputs, found, strict=True):
        if one.get("idProperty"):
            _refuse_key(entity, str(one["idProperty"]))
        try:
            written(account, entity, one.get("properties"), record or {"id": 0, "properties": {}})
        except Refused as refused:
            if record:
                refuse(refused.status, refused.message, refused.category)
    rows, missing = [], []
    for one, record in zip(inputs, found, strict=True):
        if record is None:
            missing.append(str(one.get("id")))
            continue
        properties = written(account, entity, one.get("properties"), record)
        changed = _replace(account, entity, record, properties)
        rows.append(show(account, entity, changed, list(properties)))
    return batch_answer(account, rows, [_gone(entity, missing)] if missing else [])


# --- what they have in common ---


def show(crm: Crm, entity: str, record: Record, wanted: Sequence[str]) -> dict[str, Any]:
    """A record with the properties asked for; those that do not exist are left out."""
    names = [*(wanted or _USUAL[entity]), "createdate", "hs_object_id"]
    known = [name for name in dict.fromkeys(names) if crm.definition(entity, name)]
    return {
        "id": str(record["id"]),
        "properties": {name: crm.value(entity, record, name) for name in known},
        "createdAt": record["createdAt"],
        "updatedAt": record["updatedAt"],
        "archived": False,
    }


def _traced(one: Mapping[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    trace = one.get("objectWriteTraceId")
    return {**row, "objectWriteTraceId": trace} if trace else row


def _found(crm: Crm, entity: str, id: str, key: object = None) -> Record | None:
    if key:
        _refuse_unless_key(crm, entity, str(key))
        value = id.lower() if key == "email" else id
        return next(iter(crm.keys.holders(entity, str(key), value)), None)
    if not id.isdigit():
        return None
    for one in crm.store.all(MERGES):
        if (one["entity"], one["from"]) == (entity, int(id)):
            return crm.store.get(entity, one["to"])
    return crm.store.get(entity, int(id))


def _refuse_unless_key(crm: Crm, entity: str, name: str) -> None:
    definition = crm.definition(entity, name)
    if (entity, name) != ("contacts", "email") and not (
        definition and definition["hasUniqueValue"]
    ):
        _refuse_key(entity, name)


def _refuse_key(entity: str, name: str) -> None:
    number = next(id for id, one in TYPE_IDS.items() if one == entity)
    refuse(
        400, f"Unable to perform update/upsert by non-unique {number} property {name}", VALIDATION
    )


def _gone(entity: str, ids: Sequence[str]) -> dict[str, Any]:
    message = f"Could not get some {entity} objects, they may be deleted or not exist."
    return error(message, GONE, context={"ids": list(ids)})


def _or_refuse(crm: Crm, entity: str, one: Mapping[str, Any]) -> None:
    """End the request unless the row could be written."""
    key = str(one.get("idProperty") or "")
    before = None
    if key or "id" in one:
        _refuse_unless_key(crm, entity, key)
        before = _found(crm, entity, str(one.get("id")), key)
    try:
        written(crm, entity, _with_key(one, key), before, key=key)
        read_associations(crm, entity, one.get("associations", []))
    except Refused as refused:
        refuse(refused.status, refused.message, refused.category)


def _with_key(one: Mapping[str, Any], key: str) -> Any:
    given = one.get("properties")
    return {key: str(one.get("id")), **given} if key and isinstance(given, dict) else given


def _create(crm: Crm, entity: str, one: Mapping[str, Any]) -> Record:
    properties = written(crm, entity, one.get("properties"), None)
    links = read_associations(crm, entity, one.get("associations", []))
    return _add(crm, entity, properties, links)


def _upsert(crm: Crm, entity: str, one: Mapping[str, Any]) -> tuple[Record, bool]:
    key = str(one["idProperty"])
    before = _found(crm, entity, str(one["id"]), key)
    properties = written(crm, entity, _with_key(one, key), before, key=key)
    if before:
        return _replace(crm, entity, before, properties), False
    return _add(crm, entity, properties, []), True


def _add(
    crm: Crm, entity: str, properties: Mapping[str, str], links: Sequence[tuple[str, int, int]]
) -> Record:
    now = crm.moment()
    record = {"properties": properties, "createdAt": now, "updatedAt": now}
    made = crm.store.add(entity, record)
    for other, id, type in links:
        associate(crm, (entity, made["id"]), (other, id), type)
    return made


def _replace(crm: Crm, entity: str, before: Record, properties: Mapping[str, str]) -> Record:
    changed = {**before, "properties": dict(properties), "updatedAt": crm.moment()}
    return crm.store.replace(entity, changed)
