"""Contacts and companies with all their numbers and e-mail addresses.

A contact of Odoo has one e-mail and one or two phones. Further ones are kept as Odoo means it: as
other addresses of the contact, which are records of their own with the contact as their parent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Fields, Json, Kind
from connectors.catalog import Catalog
from connectors.odoo.api import Api, Domain, Item
from connectors.odoo.catalog import PARTNER
from connectors.odoo.mapping import MODULE, Row, asked_fields, phone_places
from connectors.odoo.values import BY_ID
from connectors.phones import same_number

ADDRESS = "other"


@dataclass(frozen=True, slots=True)
class Person:
    """A contact or company in Odoo's form, with its other addresses."""

    item: Item
    addresses: tuple[Item, ...]
    places: tuple[str, ...]

    @property
    def phones(self) -> list[str]:
        entries = (self.item, *self.addresses)
        found = [
            str(entry[place]) for entry in entries for place in self.places if entry.get(place)
        ]
        return list(dict.fromkeys(found))

    @property
    def emails(self) -> list[str]:
        entries = (self.item, *self.addresses)
        found = [one for entry in entries for one in _separate(entry.get("email"))]
        return list(dict.fromkeys(found))


def _separate(email: Json) -> list[str]:
    """The addresses in a field into which people typed several."""
    return [one for one in re.split(r"[\s,;]+", email) if one] if isinstance(email, str) else []


def read_people(api: Api, catalog: Catalog, kind: Kind, domain: Domain) -> list[Person]:
    """Return the contacts or companies that the domain describes, or an address of theirs does.

    One call, and another if anybody among them has further addresses.
    """
    fields = asked_fields(kind, catalog)
    either: Domain = ["|", ["type", "=", ADDRESS], ["is_company", "=", kind is Kind.COMPANY]]
    found = api.records(PARTNER, [*either, *domain], fields)
    items = {item["id"]: item for item in found}
    parents = {item["parent_id"][0] for item in found if _is_address(item)} - items.keys()
    holders = [item["id"] for item in found if item.get("child_ids")]
    if parents or holders:
        around: Domain = ["&", ["parent_id", "in", [*parents, *holders]], ["type", "=", ADDRESS]]
        if parents:
            around = ["|", ["id", "in", sorted(parents)], *around]
        items |= {item["id"]: item for item in api.records(PARTNER, around, fields)}
    addresses: dict[int, list[Item]] = {}
    for item in items.values():
        if _is_address(item):
            addresses.setdefault(item["parent_id"][0], []).append(item)
    places = phone_places(catalog, kind)
    return [
        Person(item, tuple(addresses.get(item["id"], ())), places)
        for item in items.values()
        if not _is_address(item) and bool(item.get("is_company")) is (kind is Kind.COMPANY)
    ]


def _is_address(item: Item) -> bool:
    return bool(item.get("parent_id")) and item.get("type") != "contact"


@dataclass(frozen=True, slots=True)
class Additions:
    """Where new numbers and addresses go: cells of the record itself, and entries beside it."""

    cells: Row
    entries: tuple[Row, ...]


def additions(fields: Fields, places: Sequence[str], person: Person | None = None) -> Additions:
    """Find a place for those phones and e-mails of ``fields`` that ``person`` has not yet.

    What is None is cleared, in all entries.
    """
    cells: Row = {}
    entries: list[Row] = []
    phones = person.phones if person else []
    emails = [email.casefold() for email in person.emails] if person else []
    free = [place for place in places if not (person and person.item.get(place))]
    for phone in fields.get("phone") or ():
        if any(same_number(phone, there) for there in phones):
            continue
        phones.append(phone)
        _place("phone", phone, free, cells, entries)
    free = [] if person and person.item.get("email") else ["email"]
    for email in fields.get("email") or ():
        if email.casefold() in emails:
            continue
        emails.append(email.casefold())
        _place("email", email, free, cells, entries)
    for id, cleared in (("phone", places), ("email", ("email",))):
        if id in fields and fields[id] is None:
            cells |= dict.fromkeys(cleared, "")
            entries += _cleared(person, cleared)
    return Additions(cells, tuple(entries))


def _place(id: str, value: str, free: list[str], cells: Row, entries: list[Row]) -> None:
    if free:
        cells[free.pop(0)] = value
    else:
        entries.append({id: value})


def _cleared(person: Person | None, places: Iterable[str]) -> list[Row]:
    addresses = person.addresses if person else ()
    return [
        {".id": str(entry["id"]), **dict.fromkeys(places, "")}
        for entry in addresses
        if any(entry.get(place) for place in places)
    ]


def address_row(person_id: str, entry: Mapping[str, str]) -> Row:
    """One further address of a person. Its external id tells it from any other, so it comes once."""
    if ".id" in entry:
        return dict(entry)
    ((kind, value),) = entry.items()
    digest = hashlib.blake2b(f"{kind}:{value}".encode(), digest_size=8).hexdigest()
    key = f"{MODULE}.address_{person_id}_{digest}"
    return {"id": key, "type": ADDRESS, f"parent_id{BY_ID}": person_id, **entry}
