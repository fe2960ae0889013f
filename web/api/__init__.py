"""The API for programs: ``/api/v1``, described at ``/api/openapi.json``."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from werkzeug.exceptions import NotFound

from web.api import (
    audit,
    bulk,
    connections,
    erasures,
    forms,
    levers,
    modules,
    notices,
    plans,
    problems,
    runs,
    submissions,
    token,
)
from web.api.openapi import openapi
from web.api.operations import METHODS, Operation, mount
from web.instance import instance
from web.intake.rate import RateLimit

OPERATIONS: tuple[Operation, ...] = (
    *forms.OPERATIONS,
    *modules.OPERATIONS,
    *plans.OPERATIONS,
    *submissions.OPERATIONS,
    *runs.OPERATIONS,
    *levers.OPERATIONS,
    *bulk.OPERATIONS,
    *connections.OPERATIONS,
    *notices.OPERATIONS,
    *erasures.OPERATIONS,
    *audit.OPERATIONS,
    *token.OPERATIONS,
)

api = Blueprint("api", __name__, url_prefix="/api")
problems.init_blueprint(api)
mount(api, OPERATIONS)


def init_app(app: Flask) -> None:
    app.extensions["api_rate"] = RateLimit()
    app.register_blueprint(api)


@api.get("/openapi.json")
def describe() -> Response:
    """Tell programs what there is. It holds nothing secret, so that it needs no token."""
    return jsonify(openapi(OPERATIONS, f"{instance().settings.public_url}/api"))


@api.route("/<path:_rest>", methods=METHODS, provide_automatic_options=False)
def nothing(**_rest: Any) -> Response:
    """Whatever is no address of the API is told as a problem, too."""
    raise NotFound


@api.after_request
def keep_private(response: Response) -> Response:
    """Let nobody store what submissions say."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
