"""The methods that the API may call, with the arguments that each of them takes."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.odoo.simulator import records
from connectors.odoo.simulator.domains import search as found_by
from connectors.odoo.simulator.failures import missing, no_field, not_valid
from connectors.odoo.simulator.loading import load as loaded
from connectors.odoo.simulator.transaction import Transaction
from connectors.odoo.simulator.values import given, normalized_email
from connectors.simulation import Record

NAMES = "_classic_read"


def create(tr: Transaction, model: str, vals_list: Any) -> list[int]:
    return records.create(tr, model, vals_list)


def write(tr: Transaction, model: str, ids: list[int], vals: dict[str, Any]) -> bool:
    return records.write(tr, model, ids, vals)


def read(
    tr: Transaction,
    model: str,
    ids: list[int],
    fields: list[str] | None = None,
    load: str | None = NAMES,
) -> list[Record]:
    """What is gone is left out."""
    tr.may_read(model)
    there = [record for id in ids if (record := tr.get(model, id))]
    return [_shown(tr, model, record, fields, load) for record in there]


def _shown(
    tr: Transaction, model: str, record: Record, fields: Sequence[str] | None, load: str | None
) -> Record:
    known = tr.fields(model)
    for name in fields or ():
        if name not in known:
            raise no_field(name, model)
    wanted = fields or [name for name, field in known.items() if field.store]
    names = load == NAMES
    shown = {name: given(tr, model, record, name, names=names) for name in wanted}
    return {"id": record["id"], **shown}


def search_read(
    tr: Transaction,
    model: str,
    domain: Any = None,
    fields: list[str] | None = None,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    load: str | None = NAMES,
) -> list[Record]:
    found = _ordered(tr, model, found_by(tr, model, domain or []), order)
    part = found[offset : offset + limit if limit else None]
    return [_shown(tr, model, record, fields, load) for record in part]


def search(
    tr: Transaction,
    model: str,
    domain: Any,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
) -> list[int]:
    found = _ordered(tr, model, found_by(tr, model, domain), order)
    return [record["id"] for record in found[offset : offset + limit if limit else None]]


def search_count(tr: Transaction, model: str, domain: Any) -> int:
    return len(found_by(tr, model, domain))


def _ordered(tr: Transaction, model: str, found: list[Record], order: str | None) -> list[Record]:
    for term in reversed((order or "id").split(",")):
        name, _, direction = term.strip().partition(" ")
        if name not in tr.fields(model):
            raise no_field(name, model)
        found = sorted(
            found,
            key=lambda record: (
                (record.get(name) is not False, record.get(name) or 0)
                if not isinstance(record.get(name), str)
                else (True, record[name])
            ),
            reverse=direction.strip().lower() == "desc",
        )
    return found


def fields_get(
    tr: Transaction,
    model: str,
    allfields: list[str] | None = None,
    attributes: list[str] | None = None,
) -> dict[str, Any]:
    return {
        name: {
            key: value
            for key, value in field.described().items()
            if not attributes or key in attributes
        }
        for name, field in tr.fields(model).items()
        if not allfields or name in allfields
    }


def name_create(tr: Transaction, model: str, name: str) -> list[Any]:
    """UTM records get a number when their name is taken."""
    taken = {record["name"] for record in tr.all(model)}
    free, number = name, 1
    while model.startswith("utm.") and free in taken:
        number += 1
        free = f"{name} [{number}]"
    (id,) = records.create(tr, model, [{"name": free}])
    return [id, free]


def load(tr: Transaction, model: str, fields: list[str], data: list[list[Any]]) -> dict[str, Any]:
    return loaded(tr, model, fields, data)


def get_external_id(tr: Transaction, model: str, ids: list[int]) -> dict[str, str]:
    """The first external id of each record, empty when it has none. Everybody may ask."""
    names: dict[int, str] = {}
    for name, (of, id, _) in tr.external_ids().items():
        if of == model:
            names.setdefault(id, name)
    return {str(id): names.get(id, "") for id in ids}


def context_get(tr: Transaction, model: str) -> dict[str, Any]:
    user = tr.existing("res.users", tr.uid)
    return {"lang": user["lang"], "tz": user["tz"], "uid": tr.uid}


def message_post(
    tr: Transaction,
    model: str,
    ids: list[int],
    body: str = "",
    body_is_html: bool = False,
    message_type: str = "notification",
    subtype_xmlid: str = "mail.mt_note",
) -> int:
    """A text is escaped unless it says that it is formatted."""
    record = tr.existing(model, ids[0])
    _, subtype, _ = tr.external_ids().get(subtype_xmlid, ("", 0, 0))
    text = body if body_is_html else f"<p>{html.escape(body)}</p>"
    about = {"model": model, "res_id": record["id"], "message_type": message_type}
    (id,) = records.create(tr, "mail.message", [{**about, "body": text, "subtype_id": subtype}])
    return id


def activity_schedule(
    tr: Transaction,
    model: str,
    ids: list[int],
    act_type_xmlid: str = "",
    date_deadline: str | None = None,
    summary: str = "",
    note: str = "",
    user_id: int | None = None,
) -> int:
    record = tr.existing(model, ids[0])
    _, kind, _ = tr.external_ids().get(act_type_xmlid, ("", 0, 0))
    described = next(row["id"] for row in tr.all("ir.model") if row["model"] == model)
    values: dict[str, Any] = {"res_model_id": described, "res_id": record["id"], "note": note}
    values |= {"activity_type_id": kind} if kind else {}
    values |= {"date_deadline": date_deadline} if date_deadline else {}
    values |= {"user_id": user_id} if user_id else {}
    (id,) = records.create(tr, "mail.activity", [{**values, "summary": summary}])
    return id


def find_or_create(tr: Transaction, model: str, email: str) -> list[int]:
    address = normalized_email(email)
    if model != "res.partner" or not address:
        raise not_valid("A valid email is required for find_or_create to work properly.")
    found = [one["id"] for one in tr.all(model) if one.get("email_normalized") == address]
    name = email.split("<")[0].strip().strip('"') or address
    return found[:1] or records.create(tr, model, [{"name": name, "email": address}])


def action_set_won(tr: Transaction, model: str, ids: list[int]) -> bool:
    won = next(stage["id"] for stage in tr.all("crm.stage") if stage["is_won"])
    return records.write(tr, model, ids, {"stage_id": won, "active": True})


def action_set_lost(
    tr: Transaction, model: str, ids: list[int], lost_reason_id: int | bool = False
) -> bool:
    return records.write(tr, model, ids, {"active": False, "lost_reason_id": lost_reason_id})


def unlink(tr: Transaction, model: str, ids: list[int]) -> bool:
    """External ids go with their records."""
    for id in ids:
        if tr.get(model, id) is None:
            raise missing(model, id)
        tr.delete(model, id)
        for of, there, row in list(tr.external_ids().values()):
            if (of, there) == (model, id):
                tr.delete("ir.model.data", row)
    return True


Method = Callable[..., Any]

METHODS: Mapping[str, Method] = {
    method.__name__: method
    for method in (
        create,
        write,
        read,
        search_read,
        search,
        search_count,
        fields_get,
        name_create,
        load,
        get_external_id,
        context_get,
        message_post,
        activity_schedule,
        find_or_create,
        action_set_won,
        action_set_lost,
        unlink,
    )
}
ON_RECORDS = frozenset(
    "write read get_external_id message_post activity_schedule action_set_won action_set_lost "
    "unlink".split()
)
"""Methods that are called on records: their ids come first."""
