"""What is associated with what. Source: developers.hubspot.com, Associations guide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from werkzeug import Response

from connectors.hubspot.simulator.account import ENTITIES, LINK_TYPES, PRIMARY, TYPE_IDS
from connectors.hubspot.simulator.batches import batch_answer, body_of_request, inputs_of
from connectors.hubspot.simulator.crm import Crm, crm
from connectors.hubspot.simulator.dialect import GONE, VALIDATION, answer, error, refuse
from connectors.hubspot.simulator.values import Refused
from connectors.simulation import Address

MOST_READ, MOST_MADE, PAGE = 1000, 2000, 100
NONE_FOUND = "crm.associations.NO_ASSOCIATIONS_FOUND"

associations = Blueprint("associations", __name__)


def read_associations(crm: Crm, entity: str, given: Any) -> list[tuple[str, int, int]]:
    """Entity, id and type of each association that a new record names. Raises Refused."""
    if not isinstance(given, list):
        raise Refused("associations must be a list")
    return [_read(crm, entity, one) for one in given]


def _read(crm: Crm, entity: str, one: Any) -> tuple[str, int, int]:
    match one:
        case {
            "to": {"id": str(id)},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": int(type)}],
        }:
            pass
        case _:
            raise Refused("an association needs an id and a type")
    for (source, target), number in (*LINK_TYPES.items(), *PRIMARY.items()):
        if source == entity and number == type:
            if not id.isdigit() or crm.store.get(target, int(id)) is None:
                raise Refused(f"No {target} with id {id}", GONE)
            return target, int(id), type
    raise Refused(f"{type} is no association type of {entity}")


def associate(crm: Crm, source: Address, target: Address, type: int | None = None) -> None:
    """Link two records; a company that is linked first is the primary one."""
    pair = (source[0], target[0])
    types = {LINK_TYPES[pair] if type is None else type}
    companies = crm.store.links(source, "companies")
    if pair in PRIMARY and not companies:
        types.add(PRIMARY[pair])
    before = crm.store.links(source, target[0]).get(target[1], {}).get("types", ())
    crm.store.link(source, target, types=sorted(types | set(before)))


@associations.post("/<source>/<target>/batch/read")
def read_batch(source: str, target: str) -> Response:
    account, pair = crm(), (_entity(source), _entity(target))
    rows, errors = [], []
    for one in inputs_of(body_of_request(), MOST_READ):
        id, after = str(one.get("id")), str(one.get("after") or "0")
        linked = account.store.links((pair[0], int(id)), pair[1]) if id.isdigit() else {}
        ids = sorted(linked)[int(after) :]
        if not ids:
            message = f"No associations of {pair[0]} {id} found"
            more = {"subCategory": NONE_FOUND, "context": {"fromObjectId": [id]}}
            errors.append(error(message, GONE, **more))
            continue
        row: dict[str, Any] = {
            "from": {"id": id},
            "to": [_shown(other, linked[other]) for other in ids[:PAGE]],
        }
        if len(ids) > PAGE:
            row["paging"] = {"next": {"after": str(int(after) + PAGE)}}
        rows.append(row)
    return batch_answer(account, rows, errors)


@associations.post("/<source>/<target>/batch/associate/default")
def make_batch(source: str, target: str) -> Response:
    """What is wrong with a pair is said without saying which pair it is."""
    account, pair = crm(), (_entity(source), _entity(target))
    if pair not in LINK_TYPES:
        refuse(400, f"{source} and {target} have no default association", VALIDATION)
    rows, errors = [], []
    for one in inputs_of(body_of_request(), MOST_MADE):
        ends = [
            _end(account, entity, one.get(key)) for entity, key in zip(pair, _ENDS, strict=True)
        ]
        if None in ends:
            errors.append(error("One of the objects does not exist", GONE))
            continue
        here, there = (end for end in ends if end is not None)
        associate(account, here, there)
        rows.append(
            {
                "from": {"id": str(here[1])},
                "to": {"id": str(there[1])},
                "associationSpec": {
                    "associationCategory": "HUBSPOT_DEFINED",
                    "associationTypeId": LINK_TYPES[pair],
                },
            }
        )
    return batch_answer(account, rows, errors)


@associations.get("/<source>/<target>/labels")
def show_labels(source: str, target: str) -> Response:
    pair = (_entity(source), _entity(target))
    types = [(LINK_TYPES.get(pair), None), (PRIMARY.get(pair), "Primary")]
    labels = [
        {"category": "HUBSPOT_DEFINED", "typeId": type, "label": label}
        for type, label in types
        if type is not None
    ]
    return answer({"results": labels})


_ENDS = ("from", "to")


def _entity(named: str) -> str:
    entity = TYPE_IDS.get(named, named)
    if entity not in ENTITIES:
        refuse(400, f"Unable to infer object type from: {named}", VALIDATION)
    return entity


def _end(crm: Crm, entity: str, named: Any) -> Address | None:
    id = str(named.get("id")) if isinstance(named, Mapping) else ""
    return (entity, int(id)) if id.isdigit() and crm.store.get(entity, int(id)) else None


def _shown(id: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    types = [
        {"category": "HUBSPOT_DEFINED", "typeId": type, "label": None} for type in facts["types"]
    ]
    return {"toObjectId": id, "associationTypes": types}
