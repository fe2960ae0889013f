"""Searches: exact ones compare whole values, others find a part; neither regards case.

How a part is found inside a phone number is not documented. Here it is found in the number as it
was typed, so that brackets and spaces hide it. Source: API v2, persons/search and its sisters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.pipedrive.simulator.crm import Crm, crm, searched_texts
from connectors.pipedrive.simulator.dialect import invalid
from connectors.pipedrive.simulator.fields import LISTS
from connectors.pipedrive.simulator.lists import known, page_of
from connectors.simulation import Record

FIELDS: Mapping[str, set[str]] = {
    "persons": {"custom_fields", "email", "notes", "phone", "name"},
    "organizations": {"address", "custom_fields", "notes", "name"},
    "deals": {"custom_fields", "notes", "title"},
}

searches = Blueprint("searches", __name__)


@searches.get(f"/<any({','.join(LISTS)}):entity>/search")
def search(entity: str) -> Response:
    known("term", "fields", "exact_match", "limit", "cursor")
    account = crm()
    fields = set(filter(None, request.args.get("fields", "").split(",")))
    if fields - FIELDS[entity]:
        invalid("fields: there is no such field")
    exact = _flag("exact_match")
    term = request.args.get("term", "").strip()
    if len(term) < (1 if exact else 2):
        invalid("term: is too short")
    found = [
        one
        for one in account.store.search(entity, term)
        if _is_hit(account, entity, one, fields or FIELDS[entity], term.casefold(), exact=exact)
    ]
    return page_of(found, lambda one: _shown(account, entity, one), wrap=True)


def _flag(name: str) -> bool:
    given = request.args.get(name, "false")
    if given not in ("true", "false"):
        invalid(f"{name}: Expected 'boolean'")
    return given == "true"


def _is_hit(
    crm: Crm, entity: str, record: Record, fields: set[str], term: str, *, exact: bool
) -> bool:
    texts = (text.casefold() for text in searched_texts(crm.store, entity, record, fields))
    return any(text == term if exact else term in text for text in texts)


def _shown(crm: Crm, entity: str, record: Record) -> dict[str, Any]:
    texts = searched_texts(crm.store, entity, record, {"custom_fields"})
    owner = {"id": record["owner_id"]}
    common = {"id": record["id"], "custom_fields": texts, "notes": [], "owner": owner}
    visible = {"visible_to": record["visible_to"]}
    if entity == "deals":
        return {
            **common,
            **visible,
            "type": "deal",
            "title": record["title"],
            "value": round(record["value"]),  # an integer, the description says
            "currency": record["currency"],
            "status": record["status"],
            "person": _named(crm, "persons", record["person_id"]),
            "organization": _named(crm, "organizations", record["org_id"]),
        }
    if entity == "organizations":
        address = (record["address"] or {}).get("value")
        own = {"type": "organization", "name": record["name"], "address": address}
        return {**common, **visible, **own}
    return {
        **common,
        **visible,
        "type": "person",
        "name": record["name"],
        "phones": [one["value"] for one in record["phones"]],
        "emails": [one["value"] for one in record["emails"]],
        "organization": _named(crm, "organizations", record["org_id"]),
    }


def _named(crm: Crm, entity: str, id: int | None) -> dict[str, Any] | None:
    found = crm.store.get(entity, id) if id else None
    return {"id": id, "name": found["name"]} if found else None
