"""create and write, with what Odoo computes and checks besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.odoo.simulator.failures import (
    OdooError,
    missing,
    no_access,
    no_field,
    not_valid,
    value_error,
)
from connectors.odoo.simulator.fields import UNIQUE_NAMES
from connectors.odoo.simulator.transaction import Transaction
from connectors.odoo.simulator.values import (
    check_references,
    linked,
    normalized_email,
    sanitized_phone,
    taken,
)
from connectors.simulation import Record

_FOLLOWED_TWICE = "Error, a partner cannot follow twice the same object."


def create(tr: Transaction, model: str, vals_list: Sequence[Mapping[str, Any]]) -> list[int]:
    """Make records, all or none. Raises OdooError."""
    if not isinstance(vals_list, list) or not all(isinstance(one, dict) for one in vals_list):
        raise value_error("vals_list must be a list of dictionaries")
    tr.may_read(model)
    return [_create(tr, model, values) for values in vals_list]


def _create(tr: Transaction, model: str, values: Mapping[str, Any]) -> int:
    defaults = {
        name: field.default
        for name, field in tr.fields(model).items()
        if field.default is not False
    }
    record, children = _merged(tr, model, {}, {**defaults, **values})
    record = _completed(tr, model, record, values)
    _check(tr, model, record)
    made = tr.add(model, record)
    for name, some in children.items():
        _create_children(tr, model, made, name, some)
    return int(made["id"])


def _create_children(
    tr: Transaction, model: str, parent: Record, name: str, values: Sequence[Mapping[str, Any]]
) -> None:
    field = tr.fields(model)[name]
    quiet = tr.context.get("mail_create_nosubscribe") or (
        tr.context.get("mail_auto_subscribe_no_notify") and tr.context.get("tracking_disable")
    )
    if name == "activity_ids" and not quiet:
        raise not_valid(_FOLLOWED_TWICE)
    create(tr, field.relation, [{**one, field.inverse: parent["id"]} for one in values])


def write(tr: Transaction, model: str, ids: Sequence[int], vals: Mapping[str, Any]) -> bool:
    """Change records. Raises OdooError."""
    tr.may_read(model)
    for id in ids:
        before = tr.existing(model, id)
        if model == "mail.message" and {"model", "res_id"} & vals.keys() and not tr.admin:
            raise no_access("Only administrators can modify 'model' and 'res_id' fields.")
        record, children = _merged(tr, model, before, vals)
        record = _recomputed(tr, model, before, record, vals)
        _check(tr, model, record)
        tr.replace(model, record)
        for name, some in children.items():
            _create_children(tr, model, record, name, some)
    return True


def _merged(
    tr: Transaction, model: str, before: Record, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The record with new values, and the records to be made beside it, by field."""
    fields = tr.fields(model)
    record, children = dict(before), {}
    for name, value in values.items():
        if name not in fields:
            raise no_field(name, model)
        field = fields[name]
        if field.is_many:
            own, new = linked(field, record.get(name) or [], value or [])
            if field.type == "one2many":
                children[name] = new
                continue
            record[name] = [*own, *create(tr, field.relation, new)]
        elif name not in ("id", "create_date", "write_date", "create_uid", "write_uid"):
            record[name] = taken(model, name, field, value)
    return record, children


def _completed(
    tr: Transaction, model: str, record: dict[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """What Odoo fills in at birth."""
    match model:
        case "crm.lead":
            record.setdefault("user_id", tr.uid)
            record.setdefault("team_id", tr.all("crm.team")[0]["id"])
            if "stage_id" not in values:
                record["stage_id"] = _first_stage(tr, record["team_id"])
            _fill_from_customer(tr, record, values)
        case "mail.activity":
            record.setdefault("user_id", tr.uid)
            record.setdefault("date_deadline", tr.moment()[:10])
            record.setdefault("activity_type_id", tr.all("mail.activity.type")[0]["id"])
        case "mail.message":
            user = tr.get("res.users", tr.uid)
            record.setdefault("author_id", user["partner_id"] if user else False)
            record.setdefault("date", tr.moment())
            record.setdefault("message_type", "comment")
    return _recomputed(tr, model, {}, record, values)


def _first_stage(tr: Transaction, team: int) -> Any:
    stages = sorted(tr.all("crm.stage"), key=lambda stage: (stage["sequence"], stage["id"]))
    return next((stage["id"] for stage in stages if serves(stage, team)), False)


def serves(stage: Record, team: int) -> bool:
    """Whether the stage belongs to a team's pipeline."""
    teams = stage.get("team_ids") or ([stage["team_id"]] if stage.get("team_id") else [])
    return not teams or team in teams


def _fill_from_customer(tr: Transaction, record: dict[str, Any], values: Mapping[str, Any]) -> None:
    customer = tr.get("res.partner", record.get("partner_id") or 0)
    if customer is None:
        return
    parent = tr.get("res.partner", customer.get("parent_id") or 0)
    company = customer if customer.get("is_company") else parent
    filled = {
        "email_from": customer.get("email"),
        "phone": customer.get("phone"),
        "partner_name": company.get("name") if company else False,
        "contact_name": False if customer.get("is_company") else customer.get("name"),
    }
    for name, value in filled.items():
        if name not in values and value:
            record[name] = value


def _recomputed(
    tr: Transaction,
    model: str,
    before: Record,
    record: dict[str, Any],
    values: Mapping[str, Any],
) -> dict[str, Any]:
    if model in ("res.partner", "crm.lead"):
        email = record.get("email" if model == "res.partner" else "email_from")
        record["email_normalized"] = normalized_email(email)
        record["phone_sanitized"] = sanitized_phone(tr, record)
    if model == "crm.lead":
        if "partner_id" in values and before:
            _fill_from_customer(tr, record, values)
        stage = tr.get("crm.stage", record.get("stage_id") or 0)
        won = bool(stage and stage["is_won"])
        lost = not record.get("active", True)
        record["probability"] = 100.0 if won else 0.0 if lost else 10.0
        if "won_status" in tr.fields(model):
            record["won_status"] = "won" if won else "lost" if lost else "pending"
    if model == "mail.activity":
        described = tr.get("ir.model", record.get("res_model_id") or 0)
        record["res_model"] = described["model"] if described else False
    return record


def _check(tr: Transaction, model: str, record: Record) -> None:
    if model == "res.partner" and record.get("type") == "contact" and not record.get("name"):
        raise not_valid("The operation cannot be completed: Contacts require a name")
    for name, field in tr.fields(model).items():
        if field.required and record.get(name) in (None, False, ""):
            told = (
                f"Missing required value for the field '{field.string}' ({name}).\nModel: {model}"
            )
            raise not_valid(f"The operation cannot be completed: {told}")
    check_references(tr, model, record)
    if model in UNIQUE_NAMES and any(
        one["name"] == record["name"] and one["id"] != record.get("id") for one in tr.all(model)
    ):
        raise not_valid("The operation cannot be completed: The name must be unique")
    if model in ("mail.activity", "mail.message"):
        _check_document(tr, model, record)
    if model == "ir.model.data" and any(
        (row["module"], row["name"]) == (record["module"], record["name"])
        and row["id"] != record.get("id")
        for row in tr.all(model)
    ):
        raise not_valid(
            "The operation cannot be completed: duplicate key value violates unique constraint "
            '"ir_model_data_module_name_uniq_index"'
        )


def _check_document(tr: Transaction, model: str, record: Record) -> None:
    about = record.get("res_model" if model == "mail.activity" else "model")
    id = record.get("res_id") or 0
    if model == "mail.activity" and not id:
        raise not_valid("The operation cannot be completed: Activities need a document")
    if about and tr.get(str(about), id) is None:
        error: OdooError = missing(str(about), id)
        raise error
