"""Finding people by phone, e-mail and messenger.

Source: apidocs.bitrix24.com, crm.duplicate.findbycomm and Search by phone and e-mail: phones are
compared whole, as they were typed, but for an extension. E-mails are compared in small letters
(the module crm, Integrity/DuplicateCommunicationCriterion). The search may overlook what is new,
lists do not.
"""

from __future__ import annotations

import re
from typing import Any

from connectors.bitrix24.simulator.crm import Crm, Params
from connectors.bitrix24.simulator.dialect import refuse
from connectors.bitrix24.simulator.lists import Page, in_order, page_of
from connectors.bitrix24.simulator.php import members
from connectors.simulation import Record

KINDS = ("LEAD", "CONTACT", "COMPANY")
MOST_VALUES = MOST_FOUND = 20

_EXTENSION = re.compile(r"\s*(?:[;#,x]|ext\.?)\s*\d+$", re.IGNORECASE)


def find_by_comm(crm: Crm, params: Params) -> dict[str, list[int]]:
    type, values = params.get("type"), params.get("values")
    if type not in ("PHONE", "EMAIL"):
        refuse("", "Communication type is not defined.")
    if not isinstance(values, list) or not values:
        refuse("", "Communication values is not defined.")
    wanted = [_whole(type, str(value)) for value in values[:MOST_VALUES] if value]
    found: dict[str, list[int]] = {}
    named = params.get("entity_type")
    for kind in [named] if named in KINDS else KINDS:
        ids = _ids(crm, kind.lower(), type, wanted)
        if ids:
            found[kind] = ids[:MOST_FOUND]
        if len(ids) >= MOST_FOUND:
            break
    return found


def _ids(crm: Crm, entity: str, type: str, wanted: list[str]) -> list[int]:
    candidates = {one["id"]: one for value in wanted for one in crm.store.search(entity, value)}
    return sorted(
        id
        for id, record in candidates.items()
        if any(_whole(type, text) in wanted for text in _texts(record, type))
    )


def _whole(type: str, text: str) -> str:
    return _EXTENSION.sub("", text.strip()) if type == "PHONE" else text.strip().lower()


def _texts(record: Record, type: str) -> list[str]:
    return [one["value"] for one in record.get("fm", ()) if one["typeId"] == type]


def contacts(crm: Crm, params: Params) -> Page:
    return _listed(crm, params, "contact")


def companies(crm: Crm, params: Params) -> Page:
    return _listed(crm, params, "company")


def _listed(crm: Crm, params: Params, entity: str) -> Page:
    """The older lists, which alone can filter by a messenger, and answer in texts."""
    wanted = members(params.get("filter"))
    rows: list[Any] = [
        {"ID": str(one["id"])}
        for one in crm.store.all(entity)
        if all(str(value) in _texts(one, type) for type, value in wanted.items())
    ]
    return page_of(params, in_order(rows, params.get("order"), "ID"))
