"""Which leads, contacts or companies a list request asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request

from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.lists import (
    Filter,
    Test,
    is_between,
    is_one_of,
    keep,
    listed,
    nested,
)
from connectors.simulation import Record

# Phones, e-mails and tracking fields are not among the types that can be filtered by.
# Source: amocrm.ru/developers, Filters API.
TEXTS = frozenset({"numeric", "text", "url", "textarea", "streetaddress"})
CHOICES = frozenset({"select", "multiselect", "radiobutton"})
MOMENTS = frozenset({"date", "date_time"})


def found_by(crm: Crm, entity: str) -> list[Record]:
    """The records that the request's ``query`` and ``filter`` select.

    Those asked for by id are there at once; a search sees a new record after the search lag.
    """
    args = nested(request.args)
    wanted = args.get("filter")
    wanted = wanted if isinstance(wanted, Mapping) else {}
    filters = _filters(crm, entity)
    candidates = _candidates(crm, entity, args.get("query"), wanted)
    if "id" not in wanted and any(name in filters for name in wanted):
        candidates = (one for one in candidates if crm.store.settled(entity, one["id"]))
    return keep(candidates, wanted, filters)


def _candidates(crm: Crm, entity: str, query: Any, wanted: Mapping[str, Any]) -> Iterable[Record]:
    """Few records among which are all that match, where an index can tell."""
    if isinstance(query, str) and query:
        return crm.store.search(entity, query)
    if ids := [int(id) for id in listed(wanted.get("id")) if id.isdigit()]:
        found = (crm.store.get(entity, id) for id in sorted(set(ids)))
        return [record for record in found if record]
    for id, value in _custom(wanted).items():
        if _field_type(crm, entity, id) in TEXTS and (texts := listed(value)):
            hits = [record for text in texts for record in crm.store.search(entity, text)]
            return {record["id"]: record for record in hits}.values()
    return crm.store.all(entity)


def _filters(crm: Crm, entity: str) -> Mapping[str, Filter]:
    def of(key: str) -> Filter:
        return is_one_of(lambda record: record[key])

    def between(key: str) -> Filter:
        return is_between(lambda record: record[key])

    common = {
        "id": of("id"),
        "name": of("name"),
        "created_by": of("created_by"),
        "updated_by": of("updated_by"),
        "responsible_user_id": of("responsible_user_id"),
        "created_at": between("created_at"),
        "updated_at": between("updated_at"),
        "closest_task_at": is_between(lambda record: crm.closest_task_at((entity, record["id"]))),
        "custom_fields_values": lambda value: _by_custom_fields(crm, entity, value),
    }
    if entity != "leads":
        return common
    return common | {
        "price": between("price"),
        "pipeline_id": of("pipeline_id"),
        "closed_at": between("closed_at"),
        "statuses": _by_statuses,
    }


def _by_statuses(value: Any) -> Test | None:
    """Pairs of pipeline and stage; a pair that lacks one of them is ignored."""
    if not isinstance(value, Mapping):
        return None
    pairs = {
        (pair["pipeline_id"], pair["status_id"])
        for pair in value.values()
        if isinstance(pair, Mapping) and {"pipeline_id", "status_id"} <= pair.keys()
    }
    if not pairs:
        return None
    return lambda lead: (str(lead["pipeline_id"]), str(lead["status_id"])) in pairs


def _by_custom_fields(crm: Crm, entity: str, value: Any) -> Test | None:
    filters: dict[str, Filter] = {}
    for id in _custom({"custom_fields_values": value}):
        if wanted := _by_field(int(id), _field_type(crm, entity, id)):
            filters[id] = wanted
    tests = [test for id, wanted in filters.items() if (test := wanted(value[id]))]
    return (lambda record: all(test(record) for test in tests)) if tests else None


def _by_field(id: int, type: str | None) -> Filter | None:
    def values(record: Record, key: str) -> list[Any]:
        filled = record["custom_fields_values"] or ()
        return [one[key] for field in filled if field["field_id"] == id for one in field["values"]]

    def any_of(key: str) -> Filter:
        def build(value: Any) -> Test:
            wanted = set(listed(value))
            return lambda record: any(str(found) in wanted for found in values(record, key))

        return build

    if type in TEXTS:
        return any_of("value")
    if type in CHOICES:
        return any_of("enum_id")
    if type in MOMENTS:
        return is_between(lambda record: next(iter(values(record, "value")), None))
    if type == "checkbox":
        return is_one_of(lambda record: int(any(values(record, "value"))))
    return None


def _custom(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    found = wanted.get("custom_fields_values")
    return {id: v for id, v in found.items() if id.isdigit()} if isinstance(found, dict) else {}


def _field_type(crm: Crm, entity: str, id: str) -> str | None:
    field = crm.field(entity, int(id))
    return field["type"] if field else None
