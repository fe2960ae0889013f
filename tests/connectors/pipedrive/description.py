"""The vendor's own description of its API, and what it says of one exchange.

The files are Pipedrive's and no part of this project: FORMWIRE_VENDOR_SPECS names a folder in which
``pipedrive/v1.yaml`` and ``pipedrive/v2.yaml`` lie, as https://developers.pipedrive.com offers them.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

VARIABLE = "FORMWIRE_VENDOR_SPECS"
FILES = ("v1.yaml", "v2.yaml")


def folder() -> Path | None:
    """Where the description lies, None when nobody has it here."""
    named = os.environ.get(VARIABLE)
    found = Path(named) / "pipedrive" if named else None
    return found if found and all((found / name).is_file() for name in FILES) else None


class Description:
    """Both versions' operations."""

    def __init__(self, here: Path) -> None:
        self._operations: list[tuple[str, re.Pattern[str], dict[str, Any]]] = []
        for name in FILES:
            text = (here / name).read_text(encoding="utf-8")
            paths = yaml.load(text, Loader=yaml.CSafeLoader)["paths"]  # it is safe
            prefix = f"/api/{name.removesuffix('.yaml')}"
            for path, methods in sorted(paths.items(), key=lambda one: "{" in one[0]):
                pattern = re.compile(prefix + re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(path)))
                self._operations += [
                    (method.upper(), pattern, operation)
                    for method, operation in methods.items()
                    if isinstance(operation, dict)
                ]

    def mistakes(self, exchange: tuple[httpx.Request, httpx.Response]) -> list[str]:
        """What is wrong with a request and with its answer, if that is a success."""
        request, response = exchange
        place = f"{request.method} {request.url.path}"
        operation = self._operation(request)
        if operation is None:
            return [f"{place}: no such operation"]
        wrong = [*_parameters(operation, request), *_sent(operation, request)]
        if response.status_code == 200:
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            wrong += _against(_answered(json.dumps(schema)), response.json())
        return [f"{place}: {one}" for one in wrong]

    def _operation(self, request: httpx.Request) -> dict[str, Any] | None:
        return next(
            (
                operation
                for method, pattern, operation in self._operations
                if method == request.method and pattern.fullmatch(request.url.path)
            ),
            None,
        )


def _parameters(operation: dict[str, Any], request: httpx.Request) -> list[str]:
    known = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
    given = dict(request.url.params.multi_items())
    wrong = [f"{name} is no parameter" for name in given.keys() - known.keys()]
    wrong += [
        f"{name} is missing"
        for name, one in known.items()
        if one.get("required") and name not in given
    ]
    for name in given.keys() & known.keys():
        schema = known[name]["schema"]
        fits = {
            "integer": given[name].isdecimal(),
            "boolean": given[name] in ("true", "false"),
        }.get(schema.get("type"), True)
        offered = schema.get("enum")
        if not fits or (offered and not set(given[name].split(",")) <= set(offered)):
            wrong.append(f"{name}={given[name]} does not fit")
    return wrong


def _sent(operation: dict[str, Any], request: httpx.Request) -> list[str]:
    if "requestBody" not in operation:
        return ["no body is wanted"] if request.content else []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return _against(_asked(json.dumps(schema)), json.loads(request.content))


def _against(validator: Any, body: Any) -> list[str]:
    return [
        f"/{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
        for error in validator.iter_errors(body)
    ]


@cache
def _asked(schema: str) -> Any:
    return jsonschema_rs.Draft7Validator(_plain(json.loads(schema), forgiving=False))


@cache
def _answered(schema: str) -> Any:
    return jsonschema_rs.Draft7Validator(_plain(json.loads(schema), forgiving=True))


def _plain(schema: dict[str, Any], *, forgiving: bool) -> dict[str, Any]:
    """An OpenAPI 3.0 schema as JSON Schema, in which no property is allowed that it does not name.

    ``forgiving``: anything in an answer may be null. The description does not say so, but its own
    examples have nulls where their schemas have none, such as the address of a found organization.
    """
    parts = [_plain(part, forgiving=forgiving) for part in schema.get("allOf", [])]
    plain = {
        key: schema[key]
        for key in ("type", "enum", "required", "maxLength", "minLength")
        if key in schema
    }
    if schema.get("format") == "date":  # its own examples are no date-times as JSON Schema has them
        plain["format"] = "date"
    properties = {
        name: _plain(one, forgiving=forgiving)
        for part in (schema, *schema.get("allOf", []))
        for name, one in _properties(part).items()
    }
    required = [name for part in parts for name in part.get("required", [])]
    if properties:
        plain |= {"properties": properties, "additionalProperties": False}
        plain.setdefault("type", "object")
    if required:
        plain["required"] = sorted({*plain.get("required", []), *required})
    for part in parts:
        plain.setdefault("type", part.get("type"))
        if "enum" in part:
            plain["enum"] = part["enum"]
    if "items" in schema:
        plain["items"] = _plain(schema["items"], forgiving=forgiving)
    if "oneOf" in schema:
        plain["anyOf"] = [_plain(one, forgiving=forgiving) for one in schema["oneOf"]]
    return _nullable(plain) if forgiving or schema.get("nullable") else plain


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null; not as an alternative, which would hide what is wrong inside."""
    more = {
        "type": lambda type: [type, "null"],
        "enum": lambda values: [*values, None],
        "anyOf": lambda schemas: [*schemas, {"type": "null"}],
    }
    return {key: more[key](value) if key in more else value for key, value in schema.items()}


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of a schema, those of its parts' parts too."""
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= _properties(part)
    return found
