"""The body of a write: an object whose every member is known and fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from connectors.pipedrive.simulator.crm import Crm
from connectors.pipedrive.simulator.dialect import invalid, refuse
from connectors.pipedrive.simulator.values import Check, Missing, Mistake, custom_value


def read_body() -> Mapping[str, Any]:
    """The request's object. Ends the request when it is none."""
    if not request.is_json:
        refuse(415, "Unsupported Media Type")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        invalid("body: Expected 'object'")
    return body


def read_members(
    crm: Crm,
    body: Mapping[str, Any],
    checks: Mapping[str, Check],
    *,
    nullable: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The members as they are stored. Ends the request when one is unknown or does not fit."""
    mistakes: list[str] = []
    found: dict[str, Any] = {}
    for key, value in body.items():
        if key not in checks:
            mistakes.append(f"{key}: Parameter '{key}' is not allowed for this request")
        elif value is None and key in nullable:
            found[key] = None
        else:
            try:
                found[key] = checks[key](crm, value)
            except Mistake as mistake:
                mistakes.append(f"{key}: {mistake}")
            except Missing:
                # How Pipedrive says it is not documented: no word of it tells what is missing.
                refuse(400, "Bad request")
    if mistakes:
        invalid(*mistakes)
    return found


def read_custom_fields(entity: str) -> Check:
    """The custom fields of an entity. One key that is no field's spoils the whole request.

    Since May 2026 the error names the field (changelog of Pipedrive's API).
    """

    def check(crm: Crm, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Mistake("Expected 'object'")
        fields = crm.custom_fields(entity)
        found = {}
        for code, one in value.items():
            if code not in fields:
                raise Mistake(f"Parameter '{code}' is not allowed for this request")
            try:
                found[code] = custom_value(crm, fields[code], one)
            except Mistake as mistake:
                raise Mistake(f"{mistake} ({code})") from mistake
        return found

    return check
