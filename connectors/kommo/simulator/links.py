"""Links between leads, contacts and companies.

Source: developers.kommo.com, Linking entities; the mass calls from amocrm.ru/developers, Entity links.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.kommo.simulator.account import ENTITIES
from connectors.kommo.simulator.crm import Crm, crm, links_to
from connectors.kommo.simulator.dialect import answer, fail, no_content, refuse
from connectors.kommo.simulator.element import Element, read_elements, settle
from connectors.kommo.simulator.lists import listed, nested
from connectors.simulation import Address

ENTITY = f"<any({','.join(ENTITIES)}):entity>"
LINKABLE = {
    "leads": ("contacts", "companies"),
    "contacts": ("companies",),
    "companies": ("contacts", "leads"),
}

links = Blueprint("links", __name__)


def connect(crm: Crm, source: Address, target: Address, *, is_main: bool = False) -> None:
    """Link two records. A company linked before makes way; a lead keeps exactly one main contact."""
    for here, there in ((source, target), (target, source)):
        if there[0] == "companies":
            for old in crm.store.links(here, "companies"):
                crm.store.unlink(here, ("companies", old))
    if {source[0], target[0]} != {"leads", "contacts"}:
        crm.store.link(source, target)
        return
    lead, contact = (source, target) if source[0] == "leads" else (target, source)
    others = crm.store.links(lead, "contacts")
    if is_main:
        for other in others:
            crm.store.link(lead, ("contacts", other), is_main=False)
    crm.store.link(lead, contact, is_main=is_main or not others)


def disconnect(crm: Crm, source: Address, target: Address) -> None:
    """Unlink two records; where the main contact goes, the next one takes its place."""
    crm.store.unlink(source, target)
    for lead in (source, target):
        left = crm.store.links(lead, "contacts") if lead[0] == "leads" else {}
        if left and not any(facts["is_main"] for facts in left.values()):
            crm.store.link(lead, ("contacts", next(iter(left))), is_main=True)


@links.get(f"/{ENTITY}/<int:id>/links")
def show_links(entity: str, id: int) -> Response:
    _require_parent(entity, id)
    return _links_answer([_link(entity, id, *target) for target in _targets(entity, id)])


@links.get(f"/{ENTITY}/links")
def show_links_of_many(entity: str) -> Response:
    ids = [int(id) for id in listed(_filter().get("entity_id")) if id.isdigit()]
    if not ids:
        refuse(400, "filter[entity_id] is required")
    return _links_answer(
        [
            {"entity_id": id, "entity_type": entity, **_link(entity, id, *target)}
            for id in ids
            for target in _targets(entity, id)
        ]
    )


@links.post(f"/{ENTITY}/<int:id>/link")
def link(entity: str, id: int) -> Response:
    _require_parent(entity, id)
    return _apply_links([((entity, id), element) for element in read_elements()])


@links.post(f"/{ENTITY}/link")
def link_many(entity: str) -> Response:
    return _apply_links([(_source(entity, element), element) for element in read_elements()])


@links.post(f"/{ENTITY}/<int:id>/unlink")
def unlink(entity: str, id: int) -> Response:
    _require_parent(entity, id)
    return _apply_unlinks([((entity, id), element) for element in read_elements()])


@links.post(f"/{ENTITY}/unlink")
def unlink_many(entity: str) -> Response:
    return _apply_unlinks([(_source(entity, element), element) for element in read_elements()])


def _apply_links(wanted: list[tuple[Address, Element]]) -> Response:
    account = crm()
    pairs = [(source, _target(account, source[0], element)) for source, element in wanted]
    settle([element for _, element in wanted])
    if any(target[1] in account.store.links(source, target[0]) for source, target in pairs):
        # Reported in github.com/E0DUAR/kommo-mcp, KNOWN_ISSUES.
        fail("Entities are already linked")
    for (source, target), (_, element) in zip(pairs, wanted, strict=True):
        metadata = element.body.get("metadata")
        is_main = isinstance(metadata, Mapping) and metadata.get("is_main") is True
        connect(account, source, target, is_main=is_main)
    rows = [
        {"entity_id": source[1], "entity_type": source[0], **_link(*source, *target)}
        for source, target in pairs
    ]
    return _links_answer(rows)


def _apply_unlinks(wanted: list[tuple[Address, Element]]) -> Response:
    account = crm()
    pairs = [(source, _target(account, source[0], element)) for source, element in wanted]
    settle([element for _, element in wanted])
    for source, target in pairs:
        disconnect(account, source, target)
    return no_content()


def _source(entity: str, element: Element) -> Address:
    element.require("entity_id")
    id = element.body.get("entity_id")
    if isinstance(id, int) and crm().store.get(entity, id):
        return entity, id
    element.refuse("NotSupportedChoice", "entity_id")
    return entity, 0


def _target(crm: Crm, entity: str, element: Element) -> Address:
    element.require("to_entity_id", "to_entity_type")
    kind, id = element.body.get("to_entity_type"), element.body.get("to_entity_id")
    if kind not in LINKABLE[entity]:
        element.refuse("NotSupportedChoice", "to_entity_type")
    elif not isinstance(id, int) or crm.store.get(kind, id) is None:
        element.refuse("NotSupportedChoice", "to_entity_id")
    else:
        return kind, id
    return "", 0


def _targets(entity: str, id: int) -> list[Address]:
    found = [
        (kind, other)
        for kind in LINKABLE[entity]
        for other in crm().store.links((entity, id), kind)
    ]
    only = (_filter().get("to_entity_type"), _filter().get("to_entity_id"))
    return [(kind, id) for kind, id in found if None in only or only == (kind, str(id))]


def _filter() -> dict[str, Any]:
    found = nested(request.args).get("filter")
    return found if isinstance(found, dict) else {}


def _link(entity: str, id: int, kind: str, other: int) -> dict[str, Any]:
    facts = crm().store.links((entity, id), kind).get(other) or {}
    metadata = {"main_contact": facts["is_main"]} if "is_main" in facts else None
    return {"to_entity_id": other, "to_entity_type": kind, "metadata": metadata}


def _links_answer(rows: list[dict[str, Any]]) -> Response:
    if not rows:
        return no_content()
    here = links_to(request.path.removeprefix("/api/v4/"))
    return answer({"_total_items": len(rows), **here, "_embedded": {"links": rows}})


def _require_parent(entity: str, id: int) -> None:
    if crm().store.get(entity, id) is None:
        refuse(404, f"{entity} {id} not found")
