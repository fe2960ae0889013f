"""Looking records up in Odoo: one domain for all questions, exact comparison here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.base import Kind, Query, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import RejectedError
from connectors.odoo.api import ARCHIVED_TOO, Api, Domain, Item
from connectors.odoo.catalog import LEAD, PARTNER
from connectors.odoo.mapping import (
    PEOPLE,
    TAGS,
    asked_fields,
    deal_record,
    field_called,
    person_record,
    phone_fields,
    phone_places,
)
from connectors.odoo.people import read_people
from connectors.odoo.values import BY_NAME, is_html, name_of, same_value
from connectors.phones import national_digits, same_last_digits

CUSTOMERS: Mapping[str, Kind] = {"contact": Kind.CONTACT, "company": Kind.COMPANY}
TAG_MODELS: Mapping[Kind, str] = {
    Kind.CONTACT: "res.partner.category",
    Kind.COMPANY: "res.partner.category",
    Kind.DEAL: "crm.tag",
}
FEWEST_DIGITS = 3  # phone_validation, mail_thread_phone.py: shorter searches are refused

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def find(api: Api, catalog: Catalog, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
    """Return the exact matches of each query, newest change first."""
    if kind not in TAGS:
        raise RejectedError(f"the CRM has no list of all {kind} records")
    asked = [query for query in dict.fromkeys(queries) if _is_answerable(query)]
    leaves = [leaf for query in asked for leaf in _leaves(kind, query, catalog)]
    records = read_records(api, catalog, kind, any_of(leaves)) if leaves else []
    records.sort(key=lambda record: record.updated_at or BEGINNING, reverse=True)
    return [
        [record for record in records if query in asked and _matches(kind, query, record, catalog)]
        for query in queries
    ]


def by_ids(api: Api, catalog: Catalog, kind: Kind, ids: Iterable[str]) -> dict[str, Record]:
    """Return the records that have one of these ids, by id."""
    numbers = [int(id) for id in dict.fromkeys(ids) if _is_number(id)]
    if not numbers:
        return {}
    found = read_records(api, catalog, kind, [["id", "in", numbers]])
    return {record.id: record for record in found}


def any_of(alternatives: Sequence[Domain]) -> Domain:
    """The domain of what at least one of ``alternatives`` describes."""
    return ["|"] * (len(alternatives) - 1) + [part for one in alternatives for part in one]


def read_records(api: Api, catalog: Catalog, kind: Kind, domain: Domain) -> list[Record]:
    """Return the contacts, companies or deals that the domain describes."""
    if kind in PEOPLE:
        people = read_people(api, catalog, kind, domain)
        tags = _tag_names(api, kind, [person.item for person in people])
        return [
            person_record(kind, one.item, catalog, tags, one.phones, one.emails) for one in people
        ]
    # Lost deals are archived, and are deals all the same.
    items = api.records(LEAD, domain, asked_fields(kind, catalog), context=ARCHIVED_TOO)
    tags, customers = _tag_names(api, kind, items), _customers(api, items)
    return [
        deal_record(item, catalog, tags, links_of(customers.get(_customer_id(item))))
        for item in items
    ]


def _customer_id(item: Item) -> int:
    customer = item.get("partner_id")
    return int(customer[0]) if customer else 0


def _customers(api: Api, deals: Sequence[Item]) -> dict[int, Item]:
    return read_customers(api, {_customer_id(deal) for deal in deals} - {0})


def read_customers(api: Api, ids: Iterable[int]) -> dict[int, Item]:
    """Return who these people are, and to which company they belong, by id."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    fields = ["is_company", "parent_id"]
    found = api.records(PARTNER, [["id", "in", wanted]], fields, context=ARCHIVED_TOO)
    return {item["id"]: item for item in found}


def links_of(customer: Item | None) -> tuple[Ref, ...]:
    """A deal's customer, and the company the customer belongs to."""
    if customer is None:
        return ()
    own = Ref(Kind.COMPANY if customer.get("is_company") else Kind.CONTACT, str(customer["id"]))
    parent = customer.get("parent_id")
    return (own, Ref(Kind.COMPANY, str(parent[0]))) if parent else (own,)


def _tag_names(api: Api, kind: Kind, items: Iterable[Item]) -> dict[int, str]:
    ids = sorted({id for item in items for id in item.get(TAGS[kind]) or ()})
    if not ids:
        return {}
    found = api.records(TAG_MODELS[kind], [["id", "in", ids]], ["name"], context=ARCHIVED_TOO)
    return {item["id"]: str(item["name"]) for item in found}


# --- questions -------------------------------------------------------------------------------


def _is_answerable(query: Query) -> bool:
    """Whether anybody can be meant; Odoo's ids are numbers, and nobody has what is empty."""
    if query.field == "id" or query.field in CUSTOMERS:
        return _is_number(query.value)
    return bool(query.value.strip())


def _is_number(id: str) -> bool:
    return id.isascii() and id.isdigit() and len(id) < 10


def _leaves(kind: Kind, query: Query, catalog: Catalog) -> list[Domain]:
    """Alternatives of which the record that is asked for meets at least one."""
    if query.field == "id":
        return [[["id", "=", int(query.value)]]]
    if kind is Kind.DEAL and query.field in CUSTOMERS:
        id = int(query.value)
        of_company: list[Domain] = [[["partner_id.parent_id", "=", id]]]
        return [[["partner_id", "=", id]], *(of_company if query.field == "company" else ())]
    field = _asked_field(kind, query, catalog)
    if field.many and field.type is FieldType.EMAIL:
        return [[["email_normalized", "=", query.value.strip().lower()]]]
    if field.many:
        return _phone_leaves(query.value, phone_fields(catalog, kind), phone_places(catalog, kind))
    return _value_leaves(field, query.value.strip())


def _asked_field(kind: Kind, query: Query, catalog: Catalog) -> Field:
    field = field_called(kind, query.field, catalog)
    if field is None:
        raise RejectedError(f"the CRM has no {kind} field {query.field}", field=query.field)
    return field


def _phone_leaves(value: str, known: Sequence[str], places: Sequence[str]) -> list[Domain]:
    """Numbers are kept as typed; what all ways to write one have in common are its national digits.

    ``phone_sanitized`` is indexed, but empty or wrong where a number has no country.
    """
    digits = national_digits(value)
    leaves: list[Domain] = []
    if "phone_sanitized" in known:
        leaves.append([["phone_sanitized", "=", value.strip()]])
    if len(digits) >= FEWEST_DIGITS:
        if "phone_mobile_search" in known:
            leaves.append([["phone_mobile_search", "ilike", digits[-10:]]])
        else:
            leaves += [[[place, "ilike", digits[-10:]]] for place in places]
    return leaves


def _value_leaves(field: Field, value: str) -> list[Domain]:
    name = name_of(field)
    if field.type in (FieldType.CHOICE, FieldType.USER, FieldType.PIPELINE, FieldType.STAGE):
        is_id = (field.code or "").endswith("/.id")
        if not is_id:
            return [[[name, "=", value]]]
        return [[[name, "=", int(value)]]] if _is_number(value) else []
    if field.type is FieldType.CHOICES:
        return [[[name, "in", [int(value)]]]] if _is_number(value) else []
    if (field.code or "").startswith(BY_NAME):
        return [[[f"{name}.name", "=", value]]]
    if field.type in (FieldType.PHONE, FieldType.EMAIL):
        wanted = national_digits(value) if field.type is FieldType.PHONE else value
        return [[[name, "ilike", wanted]]] if wanted else []
    if field.type in (FieldType.TEXT, FieldType.URL) or (
        field.type is FieldType.LONG_TEXT and not is_html(field)
    ):
        return [[[name, "=", value]]]
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return [[[name, "=", float(value)]]]
    raise RejectedError(f"the CRM cannot look records up by a {field.type} field", field=field.id)


def _matches(kind: Kind, query: Query, record: Record, catalog: Catalog) -> bool:
    if query.field == "id":
        return record.id == query.value
    if kind is Kind.DEAL and query.field in CUSTOMERS:
        return Ref(CUSTOMERS[query.field], query.value) in record.links
    field = _asked_field(kind, query, catalog)
    value = record.fields.get(field.id)
    there = [one for one in (value if isinstance(value, list) else [value]) if one is not None]
    loosely = query.last_digits and field.type is FieldType.PHONE
    return any(same_value(field, query.value.strip(), one) for one in there) or (
        loosely and any(same_last_digits(query.value, str(one)) for one in there)
    )
