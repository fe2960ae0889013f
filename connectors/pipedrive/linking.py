"""Links: a deal has a person and an organization, a person has an organization."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import Kind, Link, Outcome, Ref
from connectors.errors import NotFoundError, RejectedError
from connectors.pipedrive.api import Api, Item
from connectors.pipedrive.mapping import PEOPLE, number_of, path_of
from connectors.pipedrive.writing import one_by_one

# Records that can be linked; the earlier one names the later one.
_ORDER = (Kind.DEAL, Kind.CONTACT, Kind.COMPANY)


def link(api: Api, links: Sequence[Link]) -> list[Outcome]:
    """Link records: one call to read, and one to write unless they are linked already."""
    return one_by_one(links, lambda one: _link(api, one))


def _link(api: Api, link: Link) -> str:
    if not {link.source.kind, link.target.kind} <= set(_ORDER):
        raise RejectedError("the CRM links only people and deals")
    holder, other = sorted((link.source, link.target), key=lambda ref: _ORDER.index(ref.kind))
    item = _read(api, holder)
    key, id = PEOPLE.get(other.kind), number_of(other)
    if key is None:
        raise RejectedError("the CRM links no deals with each other")
    if item.get(key) == id:
        return link.target.id
    if holder.kind is Kind.DEAL and other.kind is Kind.CONTACT and item.get(key) is not None:
        _take_part(api, holder, other)
        return link.target.id
    try:
        api.write("PATCH", f"{path_of(holder.kind)}/{holder.id}", {key: id})
    except RejectedError:
        _read(api, other)  # raises when it is not there
        raise
    return link.target.id


def _read(api: Api, ref: Ref) -> Item:
    number_of(ref)
    item = api.one(path_of(ref.kind), ref.id)
    if item is None:
        raise NotFoundError(f"the CRM has no such {ref.kind}")
    return item


def _take_part(api: Api, deal: Ref, person: Ref) -> None:
    """Let a person take part in a deal that is somebody else's, who stays its main person."""
    path = f"v1/deals/{deal.id}/participants"
    if any(_person_of(item) == person.id for item in api.pages_v1(path, {})):
        return
    try:
        api.write("POST", path, {"person_id": number_of(person)})
    except RejectedError:
        _read(api, person)  # raises when it is not there
        raise


def _person_of(item: Item) -> str:
    person = item.get("person_id")
    return str(person.get("value") if isinstance(person, dict) else person)
