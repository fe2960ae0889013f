"""To-dos and comments in the history of a record.

Source: apidocs.bitrix24.com, crm.activity.todo.add, crm.activity.list, crm.timeline.comment.*.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.bitrix24.simulator.account import ENTITIES, OWNER, ZONE
from connectors.bitrix24.simulator.crm import Crm, Params, entity_of, required, whole
from connectors.bitrix24.simulator.dialect import refuse
from connectors.bitrix24.simulator.lists import Page, in_order, page_of
from connectors.bitrix24.simulator.php import members
from connectors.simulation import Record


def add_todo(crm: Crm, params: Params) -> dict[str, int]:
    required(params, "ownerTypeId", "ownerId", "deadline")
    entity, id = entity_of(params, "ownerTypeId"), whole(params["ownerId"])
    if id is None or crm.store.get(entity, id) is None:
        refuse("OWNER_NOT_FOUND", "Owner was not found")
    responsible = whole(params.get("responsibleId") or OWNER)
    if responsible is None or crm.store.get("users", responsible) is None:
        refuse("100", "Invalid value {responsibleId} to match with parameter {user}")
    todo = crm.store.add(
        "activity",
        {
            "about": [entity, id],
            "subject": str(params.get("title") or "To-do"),
            "description": str(params.get("description") or ""),
            "deadline": _moment(params["deadline"]),
            "responsible": responsible,
            "completed": "N",
            "created": crm.moment(),
        },
    )
    return {"id": todo["id"]}


def todos(crm: Crm, params: Params) -> Page:
    wanted = members(params.get("filter"))
    rows = [_show_todo(one) for one in _todos(crm, wanted)]
    tests = {key: value for key, value in wanted.items() if key != "@ID"}
    found = [row for row in rows if all(row.get(key) == str(one) for key, one in tests.items())]
    return page_of(params, in_order(found, params.get("order"), "ID"))


def _todos(crm: Crm, wanted: dict[str, Any]) -> list[Record]:
    """All to-dos, or the few that an index knows."""
    owner = whole(wanted.get("OWNER_ID"))
    entity = ENTITIES.get(whole(wanted.get("OWNER_TYPE_ID")) or 0)
    if owner is not None and entity is not None:
        return crm.store.about((entity, owner), "activity")
    if "@ID" in wanted:
        ids = [whole(id) for id in members(wanted["@ID"]).values()]
        return [one for one in crm.store.all("activity") if one["id"] in ids]
    return crm.store.all("activity")


def _show_todo(todo: Record) -> dict[str, Any]:
    entity, id = todo["about"]
    return {
        "ID": str(todo["id"]),
        "OWNER_ID": str(id),
        "OWNER_TYPE_ID": next(str(number) for number, name in ENTITIES.items() if name == entity),
        "PROVIDER_ID": "CRM_TODO",
        "SUBJECT": todo["subject"],
        "DESCRIPTION": todo["description"],
        "DEADLINE": todo["deadline"],
        "RESPONSIBLE_ID": str(todo["responsible"]),
        "COMPLETED": todo["completed"],
        "CREATED": todo["created"],
        "LAST_UPDATED": todo["created"],
    }


def _moment(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        refuse("WRONG_DATETIME_FORMAT", "Wrong datetime format")
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    return local.astimezone(ZONE).isoformat()


def add_comment(crm: Crm, params: Params) -> int:
    fields = members(params.get("fields"))
    entity, id = fields.get("ENTITY_TYPE"), whole(fields.get("ENTITY_ID"))
    if entity not in ENTITIES.values() or not id:
        refuse("", "No binding is found.")
    # Nobody says that it looks whether there is such a record. Spaces around a text are lost.
    made = crm.store.add(
        "comment",
        {
            "about": [entity, id],
            "text": str(fields.get("COMMENT") or "").strip(),
            "author": OWNER,
            "created": crm.moment(),
        },
    )
    return int(made["id"])


def comments(crm: Crm, params: Params) -> Page:
    wanted = members(params.get("filter"))
    entity, id = wanted.get("ENTITY_TYPE"), whole(wanted.get("ENTITY_ID"))
    if not isinstance(entity, str) or id is None:
        refuse("", "Filter is not set: ENTITY_ID and ENTITY_TYPE are required.")
    rows: list[Any] = [_show_comment(one) for one in crm.store.about((entity, id), "comment")]
    return page_of(params, in_order(rows, params.get("order"), "ID"))


def _show_comment(comment: Record) -> dict[str, Any]:
    entity, id = comment["about"]
    return {
        "ID": str(comment["id"]),
        "ENTITY_ID": str(id),
        "ENTITY_TYPE": entity,
        "CREATED": comment["created"],
        "COMMENT": comment["text"],
        "AUTHOR_ID": str(comment["author"]),
        "FILES": {},
    }
