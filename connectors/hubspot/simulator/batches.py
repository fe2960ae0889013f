"""What all batch calls have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from werkzeug import Response

from connectors.hubspot.simulator.crm import Crm
from connectors.hubspot.simulator.dialect import VALIDATION, answer, refuse


def body_of_request() -> Mapping[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        refuse(400, "Invalid input JSON on line 1, column 1", VALIDATION)
    return body


def inputs_of(body: Mapping[str, Any], most: int) -> list[Mapping[str, Any]]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        refuse(400, "inputs must be a list of objects", VALIDATION)
    if not inputs or len(inputs) > most:
        refuse(400, f"The number of inputs must be from 1 to {most}", VALIDATION)
    return inputs


def batch_answer(
    crm: Crm, rows: Sequence[Mapping[str, Any]], errors: Sequence[Any], status: int = 200
) -> Response:
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": list(rows),
        "startedAt": crm.moment(),
        "completedAt": crm.moment(),
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return answer(body, 207 if errors and crm.multi_status else status)
