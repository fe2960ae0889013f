"""load, the import of rows (odoo/models.py and odoo/addons/base/models/ir_fields.py).

What rows say is converted first; then all records are written in one go, and when that fails one by
one, to tell which are at fault. With a single error nothing is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.odoo.simulator import records
from connectors.odoo.simulator.domains import search
from connectors.odoo.simulator.failures import OdooError, no_field, value_error
from connectors.odoo.simulator.fields import Field
from connectors.odoo.simulator.transaction import MOMENT, Transaction
from connectors.simulation import Record

Message = dict[str, Any]
_TRUE, _FALSE = ("1", "true", "yes"), ("", "0", "false", "no")
COLLISION = "could not serialize access due to concurrent update"


class _Unfit(Exception):
    """A cell that cannot be converted."""


def load(
    tr: Transaction, model: str, fields: Sequence[str], data: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    """Create or change a record for each row, all or none."""
    before = tr.savepoint()
    messages: list[Message] = []
    batch: list[tuple[str, int, dict[str, Any]]] = []
    for row, cells in enumerate(data):
        if len(cells) != len(fields):
            raise value_error("zip() argument 2 is shorter than argument 1")
        if not all(isinstance(cell, str) or cell is False for cell in cells):
            raise OdooError("builtins.AttributeError", "'int' object has no attribute 'lower'")
        batch.append(_converted(tr, model, row, dict(zip(fields, cells, strict=True)), messages))
    ids = _written(tr, model, batch, messages)
    if any(message["type"] == "error" for message in messages):
        tr.roll_back(before)
        return {"ids": False, "messages": messages, "nextrow": 0}
    return {"ids": ids, "messages": messages, "nextrow": 0}


def refused(rows: int) -> dict[str, Any]:
    """What a load answers that another transaction was in the way of."""
    return {"ids": False, "messages": [_error(0, COLLISION)] if rows else [], "nextrow": 0}


def _error(row: int, text: str, field: str | None = None) -> Message:
    message: Message = {"type": "error", "message": text, "record": row}
    message["rows"] = {"from": row, "to": row}
    return {**message, "field": field} if field else message


def _converted(
    tr: Transaction, model: str, row: int, cells: Mapping[str, Any], messages: list[Message]
) -> tuple[str, int, dict[str, Any]]:
    """External id, database id and values of a row; what is wrong goes to ``messages``."""
    xml_id, id, values = str(cells.get("id") or ""), 0, {}
    for column, cell in cells.items():
        name, _, by = column.partition("/")
        if column == "id":
            continue
        if column == ".id":
            id = int(cell) if cell and cell.isdigit() else 0
            if cell and not search(tr, model, [["id", "=", id]]):
                messages.append(_error(row, f"Unknown database identifier '{cell}'", ".id"))
                id = 0
            continue
        field = tr.field(model, name)
        if field is None:
            raise no_field(name, model)
        try:
            values[name] = _value(tr, name, field, by, cell) if cell else False
        except _Unfit as unfit:
            messages.append(_error(row, str(unfit), name))
    if xml_id and "." not in xml_id:
        xml_id = f"__import__.{xml_id}"
    return xml_id, id, values


def _value(tr: Transaction, name: str, field: Field, by: str, cell: str) -> Any:
    if field.type == "many2one":
        return _reference(tr, name, field, by, cell)
    if field.type == "many2many":
        ids = [_reference(tr, name, field, by, one) for one in cell.split(",")]
        if tr.context.get("update_many2many"):
            return [[4, id] for id in ids]
        return [[6, 0, ids]]
    convert = _CONVERTERS.get(field.type)
    return convert(tr, field, cell) if convert else cell


def _reference(tr: Transaction, name: str, field: Field, by: str, cell: str) -> int:
    """The record that a cell means: by database id, by external id, else by its name."""
    found: int | None = None
    if by == ".id":
        known = search(tr, field.relation, [["id", "=", int(cell) if cell.isdigit() else 0]])
        found, kind = (int(known[0]["id"]) if known else None), "database id"
    elif by == "id":
        model, id, _ = tr.external_ids().get(cell, ("", 0, 0))
        found, kind = (id if model == field.relation else None), "external id"
    else:
        named = search(tr, field.relation, [["name", "=", cell]])
        found, kind = (int(named[0]["id"]) if named else None), "name"
        makes = tr.context.get("name_create_enabled_fields") or {}
        if found is None and makes.get(name):
            (found,) = records.create(tr, field.relation, [{"name": cell}])
    if found is None:
        raise _Unfit(f"No matching record found for {kind} '{cell}' in field '{field.string}'")
    return found


def _boolean(tr: Transaction, field: Field, cell: str) -> bool:
    if cell.lower() not in (*_TRUE, *_FALSE):
        raise _Unfit(f"Unknown value '{cell}' for boolean field '{field.string}'")
    return cell.lower() in _TRUE


def _whole(tr: Transaction, field: Field, cell: str) -> int:
    try:
        return int(cell)
    except ValueError as error:
        told = f"'{cell}' does not seem to be an integer for field '{field.string}'"
        raise _Unfit(told) from error


def _number(tr: Transaction, field: Field, cell: str) -> float:
    try:
        return float(cell)
    except ValueError as error:
        told = f"'{cell}' does not seem to be a number for field '{field.string}'"
        raise _Unfit(told) from error


def _date(tr: Transaction, field: Field, cell: str) -> str:
    try:
        return datetime.strptime(cell[:10], "%Y-%m-%d").date().isoformat()  # noqa: DTZ007
    except ValueError as error:
        told = f"'{cell}' does not seem to be a valid date for field '{field.string}'"
        raise _Unfit(told) from error


def _datetime(tr: Transaction, field: Field, cell: str) -> str:
    """A moment in the zone of the context, else in the user's."""
    try:
        naive = datetime.strptime(cell, MOMENT)  # noqa: DTZ007
    except ValueError as error:
        told = f"'{cell}' does not seem to be a valid datetime for field '{field.string}'"
        raise _Unfit(told) from error
    user = tr.get("res.users", tr.uid) or {}
    zone = ZoneInfo(str(tr.context.get("tz") or user.get("tz") or "UTC"))
    return naive.replace(tzinfo=zone).astimezone(UTC).strftime(MOMENT)


def _selection(tr: Transaction, field: Field, cell: str) -> str:
    for key, label in field.selection:
        if cell.lower() in (key.lower(), label.lower()):
            return key
    raise _Unfit(f"Value '{cell}' not found in selection field '{field.string}'")


_CONVERTERS: Mapping[str, Callable[[Transaction, Field, str], Any]] = {
    "boolean": _boolean,
    "integer": _whole,
    "many2one_reference": _whole,
    "float": _number,
    "monetary": _number,
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
}


def _written(
    tr: Transaction,
    model: str,
    batch: Sequence[tuple[str, int, dict[str, Any]]],
    messages: list[Message],
) -> list[int]:
    before = tr.savepoint()
    try:
        return [_write_row(tr, model, *row) for row in batch]
    except OdooError as error:
        tr.roll_back(before)
        # The first row is blamed for whatever befell all of them together.
        together = _error(0, error.message) if error.is_business else None
    ids, found = [], []
    for row, (xml_id, id, values) in enumerate(batch):
        start = tr.savepoint()
        try:
            ids.append(_write_row(tr, model, xml_id, id, values))
        except OdooError as error:
            tr.roll_back(start)
            known = error.message if error.is_business else f"Unknown error during import: {error}"
            found.append(_error(row, known))
    if found and together and together not in found:
        messages.insert(0, together)
    messages += found
    return ids


def _write_row(tr: Transaction, model: str, xml_id: str, id: int, values: dict[str, Any]) -> int:
    if not xml_id:
        if id:
            records.write(tr, model, [id], values)
            return id
        return records.create(tr, model, [values])[0]
    known_model, known, row = tr.external_ids().get(xml_id, ("", 0, 0))
    if known_model and known_model != model:
        raise OdooError(
            "odoo.exceptions.ValidationError",
            f"For external id {xml_id} when trying to create/update a record of model {model} "
            f"found record of different model {known_model} ({known})",
        )
    if known and tr.get(model, known) is not None:
        records.write(tr, model, [known], values)
        return known
    if row:
        tr.delete("ir.model.data", row)
    (made,) = records.create(tr, model, [values])
    _name(tr, xml_id, model, made)
    return made


def _name(tr: Transaction, xml_id: str, model: str, id: int) -> Record:
    module, _, name = xml_id.partition(".")
    row: Record = {"module": module, "name": name, "model": model, "res_id": id}
    return tr.add("ir.model.data", row)
