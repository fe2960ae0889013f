"""A task of the document as its form shows it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.studio.editor.row_values import Values, one_line, read_line
from web.studio.editor.task_fields import TOGETHER, UNITS

NO_TASK = {"text": "", "type": "", "amount": "1", "unit": "days", "at": "", "on": ""} | {
    "responsible": "",
    "when": "created",
}
_UNITS = tuple(name for name, _label in UNITS)


def task_values(task: Mapping[str, Any]) -> dict[str, str]:
    due = task.get("due", {"days": 1})
    amounts = {unit: due[unit] for unit in _UNITS if unit in due}
    unit, amount = next(iter(amounts.items()), ("days", 0))
    if len(amounts) > 1:
        unit, amount = TOGETHER, one_line(amounts)
    return {
        "text": task["text"],
        "type": task.get("type", ""),
        "amount": str(amount),
        "unit": unit,
        "at": due.get("at", ""),
        "on": due.get("on", ""),
        "responsible": task.get("responsible", ""),
        "when": task.get("when", "created"),
    }


def written_task(values: Values) -> dict[str, Any]:
    amount = read_line(values["amount"] or "0")
    due = {values["unit"]: amount} if amount else {}
    if values["unit"] == TOGETHER and isinstance(amount, dict):
        due = amount
    due |= {key: values[key] for key in ("at", "on") if values[key]}
    task = {"text": values["text"], "type": values["type"], "due": due}
    task |= {"responsible": values["responsible"], "when": values["when"]}
    return {key: value for key, value in task.items() if value and value != _USUAL.get(key)}


_USUAL = {"due": {"days": 1}, "when": "created"}
