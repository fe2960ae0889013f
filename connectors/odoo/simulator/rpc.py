"""The API's addresses.

GET   /web/version               of Odoo 19 and later
POST  /json/2/<model>/<method>   arguments by name; of Odoo 19 and later
POST  /jsonrpc                   login and execute_kw
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.odoo.simulator.account import DATABASE, GRACE
from connectors.odoo.simulator.database import Database, database
from connectors.odoo.simulator.dialect import (
    REFUSALS,
    answer,
    failed,
    page,
    rpc_failed,
    rpc_result,
)
from connectors.odoo.simulator.failures import OdooError, not_found
from connectors.odoo.simulator.methods import METHODS, ON_RECORDS

rpc = Blueprint("rpc", __name__)

DENIED = OdooError("odoo.exceptions.AccessDenied", "Access Denied")


@rpc.get("/web/version")
def show_version() -> Response:
    version = database().version
    if version < 19:
        return page(404)
    info = [version, 0, 0, "final", 0, ""]
    return answer({"version_info": info, "version": f"{version}.0"})


@rpc.route("/json/2/<model>/<method>", methods=["GET", "POST", "PUT", "DELETE"])
def call(model: str, method: str) -> Response:
    there = database()
    if there.version < 19 or request.headers.get("X-Odoo-Database", DATABASE) != DATABASE:
        return page(404)
    if request.method != "POST":
        return failed(not_found("The requested URL was not found on the server."))
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not there.lets_in(key):
        return failed(REFUSALS[401])
    if not request.is_json:
        return page(415)
    arguments = request.get_json(silent=True)
    if not isinstance(arguments, dict):
        return page(400)
    try:
        return answer(there.run(model, method, _unambiguous(method, arguments)))
    except OdooError as error:
        if error.name == "builtins.TypeError":
            error = OdooError("werkzeug.exceptions.UnprocessableEntity", error.message)
        return failed(error)


def _unambiguous(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if method in METHODS and method not in ON_RECORDS and "ids" in arguments:
        raise OdooError("builtins.TypeError", f"cannot call {method} with ids")
    return arguments


@rpc.post("/jsonrpc")
def call_rpc() -> Response:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        return page(400)
    params = body.get("params") or {}
    try:
        result = _served(database(), params.get("service"), params.get("method"), params["args"])
    except OdooError as error:
        return rpc_failed(body.get("id"), error)
    return rpc_result(body.get("id"), result)


def _served(there: Database, service: Any, method: Any, args: list[Any]) -> Any:
    match (service, method):
        case ("common", "version"):
            version = f"{there.version}.0"
            info = [there.version, 0, 0, "final", 0, ""]
            return {"server_version": version, "server_version_info": info, "protocol_version": 1}
        case ("common", "authenticate"):
            name, login, key, *_ = args
            _check_database(name)
            return _user(there, login, key) or False
        case ("object", "execute_kw"):
            name, uid, key, model, called, positional, *more = args
            _check_database(name)
            if uid != GRACE or not there.lets_in(key):
                raise DENIED
            named = there.named(called, positional)
            return there.run(model, called, {**named, **(more[0] if more else {})})
    raise OdooError("builtins.AttributeError", f"Method not found: {method}")


def _check_database(name: Any) -> None:
    if name != DATABASE:
        told = f'connection to server failed: FATAL:  database "{name}" does not exist'
        raise OdooError("psycopg2.OperationalError", told)


def _user(there: Database, login: Any, key: Any) -> int | None:
    user = there.store.get("res.users", GRACE)
    return GRACE if user and user["login"] == login and there.lets_in(key) else None
