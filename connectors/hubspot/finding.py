"""Looking records up in HubSpot.

What has a key (an id, a contact's e-mail address, our marker) is read by it, which sees what was
written a moment ago. Only the rest is searched for: search lags, and 5 a second are allowed. One
search answers many questions and tells ids alone; the records are then read, and compared here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.base import Json, Kind, Query, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import RejectedError
from connectors.hubspot.api import Api, Filter, Item, is_id
from connectors.hubspot.catalog import ADDITIONAL, places
from connectors.hubspot.mapping import Own, asked_for, field_called, record
from connectors.hubspot.values import decimal_text, same_value
from connectors.phones import (
    LAST_DIGITS,
    country_and_national_digits,
    national_digits,
    same_last_digits,
)

LINKED_WITH: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.CONTACT: (Kind.COMPANY,),
    Kind.DEAL: (Kind.CONTACT, Kind.COMPANY),
}
"""What to tell of the records around one: a call for each kind, for all records together."""

PEOPLE: Mapping[str, Kind] = {"contact": Kind.CONTACT, "company": Kind.COMPANY}

# Search the CRM, Limits: 5 groups, 18 filters, a body of 3000 characters.
MOST_GROUPS, MOST_FILTERS, LONGEST = 5, 18, 2600

# HubSpot keeps copies of these two that hold the digits alone, without the country's code.
_DIGITS_OF: Mapping[str, str] = {
    "phone": "hs_searchable_calculated_phone_number",
    "mobilephone": "hs_searchable_calculated_mobile_number",
}
_TRUNKS = ("", "0", "8")
"""What people dial before a number inside their country."""

_NAMES = ("firstname", "lastname")
_MOST_SPLITS = 5
_EXACT = frozenset(
    {
        FieldType.TEXT,
        FieldType.LONG_TEXT,
        FieldType.URL,
        FieldType.EMAIL,
        FieldType.PHONE,
    }
)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

Group = tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the records of one kind."""

    api: Api
    catalog: Catalog
    kind: Kind
    own: Own

    def find(self, queries: Sequence[Query]) -> list[list[Record]]:
        """Return the exact matches of each query, newest change first."""
        asked = list(dict.fromkeys(queries))
        of_people = self._deals_of_people(asked)
        by_id = [query for query in asked if query.field == "id" and is_id(query.value)]
        by_value = [
            (query, self._field(query.field))
            for query in asked
            if query.field != "id" and query not in of_people
        ]
        by_value = [(query, field) for query, field in by_value if query.value.strip()]
        ids = [query.value for query in by_id]
        ids += [id for some in of_people.values() for id in some]
        items = self._read(ids) | self._by_email(by_value)
        hits = self._searched([one for one in by_value if not self._is_answered(one, items)])
        items |= self._read([id for id in hits if id not in items])
        records = self._records(items.values())
        found: dict[Query, list[Record]] = {query: [] for query in asked}
        for query in by_id:
            found[query] = [records[query.value]] if query.value in records else []
        for query, ids_there in of_people.items():
            found[query] = [records[id] for id in ids_there if id in records]
        for query, field in by_value:
            found[query] = [one for one in records.values() if matches(field, query, one)]
        return [sorted(found[query], key=_changed_at, reverse=True) for query in queries]

    def by_marker(self, markers: Iterable[str]) -> dict[str, Record]:
        """Return the records that bear our marker, by marker."""
        key = self.own.marker
        assert key is not None
        items = self.api.by_key(self.kind, markers, self._wanted(), key)
        records = self._records({item["id"]: item for item in items}.values())
        return {
            str(item["properties"].get(key)): records[item["id"]]
            for item in items
            if item["id"] in records
        }

    def about(self, parent: Ref) -> list[Record]:
        """Return the records of this kind that are associated with ``parent``."""
        ids = self.api.linked(parent.kind, [parent.id], self.kind).get(parent.id, [])
        return list(self._records(self._read(ids).values()).values())

    def _wanted(self) -> list[str]:
        return asked_for(self.kind, self.catalog, self.own)

    def _field(self, id: str) -> Field:
        field = field_called(self.kind, id, self.catalog)
        if field is None:
            raise RejectedError(f"the CRM has no {self.kind} field {id}", field=id)
        return field

    def _read(self, ids: Iterable[str]) -> dict[str, Item]:
        # The id of a record that was merged into another may lead to that one, which is not it.
        wanted = list(dict.fromkeys(ids))
        items = self.api.by_key(self.kind, wanted, self._wanted()) if wanted else []
        return {item["id"]: item for item in items if item["id"] in wanted}

    def _records(self, items: Iterable[Item]) -> dict[str, Record]:
        by_id = {str(item["id"]): item for item in items}
        links: dict[str, list[Ref]] = {id: [] for id in by_id}
        for other in LINKED_WITH.get(self.kind, ()) if by_id else ():
            for id, there in self.api.linked(self.kind, by_id, other).items():
                links.setdefault(id, []).extend(Ref(other, one) for one in there)
        return {
            id: record(self.kind, item, self.catalog, self.own, links[id])
            for id, item in by_id.items()
        }

    def _deals_of_people(self, asked: Iterable[Query]) -> dict[Query, list[str]]:
        """The ids of the deals of the contacts and companies asked for: a call for each kind."""
        if self.kind is not Kind.DEAL:
            return {}
        found: dict[Query, list[str]] = {}
        for name, kind in PEOPLE.items():
            queries = [query for query in asked if query.field == name]
            ids = [query.value for query in queries if is_id(query.value)]
            linked = self.api.linked(kind, ids, Kind.DEAL) if ids else {}
            found |= {query: linked.get(query.value, []) for query in queries}
        return found

    def _by_email(self, asked: Sequence[tuple[Query, Field]]) -> dict[str, Item]:
        """Contacts by their e-mail addresses, which are keys."""
        if self.kind is not Kind.CONTACT:
            return {}
        emails = [query.value.strip().lower() for query, field in asked if field.id == "email"]
        items = self.api.by_key(self.kind, emails, self._wanted(), "email") if emails else []
        return {item["id"]: item for item in items}

    def _is_answered(self, one: tuple[Query, Field], items: Mapping[str, Item]) -> bool:
        """Whether a contact with this e-mail address is known: there is no second one."""
        query, field = one
        if self.kind is not Kind.CONTACT or field.id != "email":
            return False
        wanted = query.value.strip().lower()
        return any(
            wanted == (item["properties"].get("email") or "").lower() for item in items.values()
        )

    def _searched(self, asked: Sequence[tuple[Query, Field]]) -> list[str]:
        """The ids of all records that may match one of these queries."""
        ids: dict[str, None] = {}
        for groups in packed(list(self._groups(asked))):
            ids |= dict.fromkeys(self.api.search(self.kind, groups))
        return list(ids)

    def _groups(self, asked: Sequence[tuple[Query, Field]]) -> Iterator[Group]:
        """The filters that narrow down to the matches; values of one property go together."""
        values: dict[str, dict[str, None]] = {}
        for query, field in asked:
            if field.code is None:
                yield from _name_splits(query.value)
                continue
            for name, one in self._looked_in(field, query):
                values.setdefault(name, {})[one] = None
            if query.last_digits and field.type is FieldType.PHONE:
                yield from self._endings(field, query.value)
            if field.type in (FieldType.CHOICE, FieldType.CHOICES):
                yield (_filter(field.code, "EQ", query.value),)
        for name, some in values.items():
            for part in _short_enough(list(some)):
                yield ({"propertyName": name, "operator": "IN", "values": part},)

    def _looked_in(self, field: Field, query: Query) -> Iterator[tuple[str, str]]:
        """Each property that may hold the value, and the value as it stands there."""
        value = query.value.strip()
        names = places(self.kind, field.id, self.catalog) if field.many else [str(field.code)]
        if field.type is FieldType.PHONE:
            for name in names:
                for text in _written(value):
                    yield _DIGITS_OF.get(name, name), text
        elif field.type is FieldType.EMAIL:
            if self.kind is Kind.CONTACT and field.many:
                names = [ADDITIONAL, *(name for name in names if name != "email")]
            for name in names:
                yield name, value.lower()
        elif field.type in (FieldType.NUMBER, FieldType.MONEY):
            yield names[0], decimal_text(value)
        elif field.type in _EXACT:
            # Search the CRM: the values of IN must be in lower case; case does not matter to it.
            yield names[0], value.lower()
        elif field.type not in (FieldType.CHOICE, FieldType.CHOICES):
            raise RejectedError(
                f"the CRM cannot look records up by a {field.type} field", field=field.id
            )

    def _endings(self, field: Field, phone: str) -> Iterator[Group]:
        digits = "".join(filter(str.isdecimal, phone))[-LAST_DIGITS:]
        for name in places(self.kind, field.id, self.catalog):
            yield (_filter(_DIGITS_OF.get(name, name), "CONTAINS_TOKEN", f"*{digits}"),)


def matches(field: Field, query: Query, record: Record) -> bool:
    """Whether the record is what the query asks for."""
    value = record.fields.get(field.id)
    there = [one for one in (value if isinstance(value, list) else [value]) if one is not None]
    loosely = query.last_digits and field.type is FieldType.PHONE
    return any(same_value(field, query.value, one) for one in there) or (
        loosely and any(same_last_digits(query.value, str(one)) for one in there)
    )


def packed(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """The groups in as few searches as they fit into."""
    some: list[Group] = []
    for group in groups:
        together = [*some, group]
        filters = sum(len(one) for one in together)
        size = len(json.dumps(together))
        if some and (len(together) > MOST_GROUPS or filters > MOST_FILTERS or size > LONGEST):
            yield some
            together = [group]
        some = together
    if some:
        yield some


def _short_enough(values: Sequence[str]) -> Iterator[list[str]]:
    """Values in lists of which two fit into one search."""
    part: list[str] = []
    size = 0
    for value in values:
        length = len(json.dumps(value)) + 2
        if part and size + length > LONGEST // 2:
            yield part
            part, size = [], 0
        part.append(value)
        size += length
    if part:
        yield part


def _filter(name: str, operator: str, value: str) -> dict[str, Json]:
    return {"propertyName": name, "operator": operator, "value": value}


def _name_splits(name: str) -> Iterator[Group]:
    """Where a whole name may be divided into first and last name."""
    words = name.split()
    places = [1, *range(2, len(words)), len(words), 0][:_MOST_SPLITS]
    for at in dict.fromkeys(places):
        parts = " ".join(words[:at]), " ".join(words[at:])
        yield tuple(
            _filter(property, "EQ", part)
            if part
            else {"propertyName": property, "operator": "NOT_HAS_PROPERTY"}
            for property, part in zip(_NAMES, parts, strict=True)
        )


def _written(e164: str) -> list[str]:
    """A number's digits in the ways in which they are written, and the number as we write it."""
    national = national_digits(e164)
    try:
        country, _ = country_and_national_digits(e164)
    except ValueError:
        country = ""
    ways = [f"{trunk}{national}" for trunk in _TRUNKS]
    return list(dict.fromkeys([*ways, f"{country}{national}", e164.lower()]))


def _changed_at(record: Record) -> datetime:
    return record.updated_at or BEGINNING
