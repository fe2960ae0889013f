"""What one address does with one method, declared: routing and the OpenAPI document read the same."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

from flask import Blueprint, Response, g
from werkzeug.exceptions import MethodNotAllowed

from engine.deciding.documents import Document
from engine.storage.tokens import Scope
from web.api.authorization import authorized
from web.api.reading import path_arguments, read_body, read_query

VERSION = "/v1"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_AND_HEAD = {"GET": {"GET", "HEAD"}}

Told: TypeAlias = Document | tuple[Document, int]
"""A view's answer; with a status when it is not the operation's first."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. ``path`` names its parts as in ``/forms/{form}``.

    ``view`` is called with those parts, and with ``query`` and ``body`` when these are declared.
    Its docstring is what people read of the operation. ``also`` are scopes needed besides ``scope``.
    ``conflicts``: it may answer 409; ``asks_crm``: it may answer 502.
    """

    method: Literal["GET", "PUT", "POST"]
    path: str
    view: Callable[..., Told]
    scope: Scope | None
    answer: type[Document]
    query: type[Document] | None = None
    body: type[Document] | None = None
    statuses: tuple[int, ...] = (200,)
    also: tuple[Scope, ...] = ()
    conflicts: bool = False
    asks_crm: bool = False

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Every scope that it needs."""
        return (self.scope, *self.also) if self.scope else ()

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return VERSION + self.path.replace("{", "<").replace("}", ">")


def mount(blueprint: Blueprint, operations: Sequence[Operation]) -> None:
    """Give every operation its address, and every other method there its refusal."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for operation in operations:
        blueprint.add_url_rule(
            operation.rule,
            endpoint=operation.name,
            view_func=partial(_carry_out, operation),
            methods=[operation.method],
            provide_automatic_options=False,
        )
        methods[operation.rule] |= _AND_HEAD.get(operation.method, {operation.method})
    for rule, allowed in methods.items():
        blueprint.add_url_rule(
            rule,
            endpoint=f"refuse {rule}",
            view_func=partial(_refuse, sorted(allowed)),
            methods=METHODS - allowed,
            provide_automatic_options=False,
        )


def _carry_out(operation: Operation, **path: str) -> Response:
    g.caller = authorized(*operation.scopes)
    given = path_arguments(path)
    arguments = dict(given)
    if operation.query is not None:
        arguments["query"] = read_query(operation.query)
    if operation.body is not None:
        arguments["body"] = read_body(operation.body, given)
    told = operation.view(**arguments)
    document, status = told if isinstance(told, tuple) else (told, operation.statuses[0])
    # json escapes what is no UTF-8, such as half a character in an old submission.
    text = json.dumps(document.model_dump(mode="json"))
    return Response(text, status=status, content_type="application/json")


def _refuse(allowed: list[str], **_path: Any) -> Response:
    raise MethodNotAllowed(allowed)
