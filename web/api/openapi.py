"""The OpenAPI 3.1 document, made of the operations and their pydantic models.

Both speak JSON Schema 2020-12, so that models need no translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from engine.deciding.documents import Document
from engine.storage.tokens import Scope
from web.api import problems
from web.api.operations import VERSION, Operation
from web.api.problems import ProblemDocument, Trouble
from web.api.reading import PATH

_REFERENCE = "#/components/schemas/{model}"
_PART = re.compile(r"{(\w+)}")
_ABOUT = (
    "Every request needs a token of Formwire’s own, as `Authorization: Bearer fw_…`. Errors are "
    "`application/problem+json` (RFC 9457) with a `remedy`."
)


def openapi(operations: Sequence[Operation], server: str) -> dict[str, Any]:
    """The document for ``operations``, reached below ``server``."""
    schemas, components = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = paths.setdefault(VERSION + operation.path, {})
        path[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Formwire", "version": version("formwire"), "description": _ABOUT},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_Schemas = dict[tuple[type[Document], JsonSchemaMode], dict[str, Any]]


def _schemas(operations: Sequence[Operation]) -> tuple[_Schemas, dict[str, Any]]:
    """A reference per model and use, and the schemas that the references name."""
    wanted: set[tuple[type[Document], JsonSchemaMode]] = {(ProblemDocument, "serialization")}
    for operation in operations:
        wanted.add((operation.answer, "serialization"))
        wanted |= {(body, "validation") for body in [operation.body] if body}
    ordered = sorted(wanted, key=lambda use: (use[0].__name__, use[1]))
    references, definitions = models_json_schema(ordered, ref_template=_REFERENCE)
    return dict(references), definitions["$defs"]  # type: ignore[arg-type]


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    summary, _, description = (operation.view.__doc__ or "").partition("\n")
    told: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.path.split("/")[1]],
        "summary": summary.rstrip("."),
        "description": _description(operation.scopes, description),
        "security": [{"token": list(operation.scopes)}],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {
            **{
                str(status): _response("Done.", schemas[operation.answer, "serialization"])
                for status in operation.statuses
            },
            **{str(trouble.status): _refusal(trouble, schemas) for trouble in _troubles(operation)},
        },
    }
    if operation.body is not None:
        schema = schemas[operation.body, "validation"]
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return told


def _description(scopes: Sequence[Scope], text: str) -> str:
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    if scopes:
        noun = "scope" if len(scopes) == 1 else "scopes"
        paragraphs.append(f"Needs the {noun} {' and '.join(f'`{scope}`' for scope in scopes)}.")
    return "\n\n".join(paragraphs)


def _path_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in _PART.findall(operation.path):
        schema = PATH[name].json_schema()
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.query is None:
        return
    schema = operation.query.model_json_schema()
    for name, part in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "description": part["description"],
            "schema": _inlined(part, schema.get("$defs", {})),
        }


def _inlined(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A query's part on its own: no reference, and no null, which a query cannot say."""
    chosen = next(each for each in part.get("anyOf", [part]) if each != {"type": "null"})
    if "$ref" in chosen:
        chosen = definitions[chosen["$ref"].rpartition("/")[2]]
    default = {"default": part["default"]} if part.get("default") is not None else {}
    told_elsewhere = ("title", "description", "default")
    return {key: value for key, value in chosen.items() if key not in told_elsewhere} | default


def _troubles(operation: Operation) -> Iterator[Trouble]:
    """How the operation may be refused."""
    yield problems.NO_TOKEN
    yield problems.NOT_ALLOWED
    if "{" in operation.path:
        yield problems.NOT_FOUND
    if operation.conflicts:
        yield problems.CONFLICT
    if operation.body is not None:
        yield from (problems.MALFORMED, problems.TOO_LARGE, problems.NOT_JSON)
    if operation.body is not None or operation.query is not None:
        yield problems.INVALID
    yield problems.TOO_FAST
    yield problems.OUR_MISTAKE
    if operation.asks_crm:
        yield problems.CRM_REFUSES
    yield problems.AWAY


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusal(trouble: Trouble, schemas: _Schemas) -> dict[str, Any]:
    schema = schemas[ProblemDocument, "serialization"]
    return {
        "description": f"{trouble.title}. {trouble.remedy}",
        "content": {problems.MEDIA_TYPE: {"schema": schema}},
    }
