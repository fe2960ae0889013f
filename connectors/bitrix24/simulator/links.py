"""Who is linked with whom. Source: apidocs.bitrix24.com, deal, contact and company links."""

from __future__ import annotations

from typing import Any

from connectors.bitrix24.simulator.crm import Crm, Params, required, whole
from connectors.bitrix24.simulator.dialect import gone, refuse
from connectors.bitrix24.simulator.php import members
from connectors.simulation import Address


def connected(crm: Crm, here: Address, entity: str) -> list[int]:
    """The records of a kind that one is linked with, the main one first."""
    return list(crm.store.links(here, entity))


def connect_all(crm: Crm, here: Address, entity: str, ids: Any) -> None:
    """Link a record with those of ``ids`` that there are."""
    for id in map(whole, ids if isinstance(ids, list) else [ids]):
        if id is not None and crm.store.get(entity, id) is not None:
            crm.store.link(here, (entity, id))


def replaced_company(crm: Crm, here: Address, id: Any) -> None:
    """A deal has one company: another takes its place."""
    company = whole(id)
    if company is None or crm.store.get("company", company) is None:
        return
    for old in connected(crm, here, "company"):
        crm.store.unlink(here, ("company", old))
    crm.store.link(here, ("company", company))


def add_contact_to_deal(crm: Crm, params: Params) -> bool:
    return _add(crm, params, "deal", "contact")


def add_contact_to_lead(crm: Crm, params: Params) -> bool:
    return _add(crm, params, "lead", "contact")


def add_company_to_contact(crm: Crm, params: Params) -> bool:
    return _add(crm, params, "contact", "company")


def _add(crm: Crm, params: Params, entity: str, other: str) -> bool:
    """Whether it was news."""
    required(params, "id", "fields")
    source = whole(params["id"])
    target = whole(members(params["fields"]).get(f"{other.upper()}_ID"))
    if source is None or crm.store.get(entity, source) is None:
        gone()
    if target is None or target <= 0:
        refuse("", "The parameter 'fields' must be array", 400)
    if target in crm.store.links((entity, source), other):
        return False
    if crm.store.get(other, target) is not None:
        crm.store.link((entity, source), (other, target))
    return True
