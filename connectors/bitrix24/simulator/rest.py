"""The way in: one address for every method, and batches of 50 commands.

Source: apidocs.bitrix24.com, How to call REST; Batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.bitrix24.simulator import (
    activities,
    duplicates,
    items,
    links,
    metadata,
)
from connectors.bitrix24.simulator.crm import Crm, Params, crm
from connectors.bitrix24.simulator.dialect import Refusal, answer, problem, refuse
from connectors.bitrix24.simulator.grants import require_token
from connectors.bitrix24.simulator.lists import Page
from connectors.bitrix24.simulator.php import members, parsed, resolved

MOST_COMMANDS = 50

Method = Callable[[Crm, Params], Any]

METHODS: Mapping[str, Method] = {
    "profile": metadata.profile,
    "user.get": metadata.users,
    "crm.settings.mode.get": metadata.mode,
    "crm.currency.base.get": metadata.currency,
    "crm.category.list": metadata.categories,
    "crm.status.list": metadata.statuses,
    "crm.item.add": items.add,
    "crm.item.update": items.update,
    "crm.item.get": items.get,
    "crm.item.list": items.find,
    "crm.item.delete": items.delete,
    "crm.item.fields": items.fields,
    "crm.contact.list": duplicates.contacts,
    "crm.company.list": duplicates.companies,
    "crm.duplicate.findbycomm": duplicates.find_by_comm,
    "crm.deal.contact.add": links.add_contact_to_deal,
    "crm.lead.contact.add": links.add_contact_to_lead,
    "crm.contact.company.add": links.add_company_to_contact,
    "crm.activity.todo.add": activities.add_todo,
    "crm.activity.list": activities.todos,
    "crm.timeline.comment.add": activities.add_comment,
    "crm.timeline.comment.list": activities.comments,
}

rest = Blueprint("rest", __name__)


@rest.route("/rest/<int:user>/<code>/<method>", methods=["GET", "POST"])
def by_webhook(user: int, code: str, method: str) -> Response:
    account = crm()
    if not compare_digest(f"{user}/{code}", account.webhook):
        return problem(Refusal("NO_AUTH_FOUND", "Wrong authorization data", 401))
    try:
        return _answered(account, method.removesuffix(".json"))
    except Refusal as refusal:
        return problem(refusal)


@rest.route("/rest/<path:method>", methods=["GET", "POST"])
def by_token(method: str) -> Response:
    """An application's call; its token stands in the query or in the body."""
    account = crm()
    try:
        require_token(account, request.args.get("auth") or _body().get("auth"))
        return _answered(account, method.removesuffix(".json"))
    except Refusal as refusal:
        return problem(refusal)


def _answered(account: Crm, method: str) -> Response:
    params = {**parsed(request.query_string.decode()), **_body()}
    if method == "batch":
        return answer({"result": _batch(account, params), "time": _time(account)})
    result, facts, time = _carried_out(account, method, params)
    return answer({"result": result, **facts, "time": time})


def _body() -> dict[str, Any]:
    """A body counts with POST only; what is no JSON is a form."""
    if request.method != "POST":
        return {}
    if request.is_json:
        return members(request.get_json(silent=True))
    return parsed(request.get_data(as_text=True))


def _batch(account: Crm, params: Params) -> dict[str, Any]:
    halts = params.get("halt") in (1, "1", True)
    told: dict[str, dict[str, Any]] = {
        name: {} for name in ("result", "error", "total", "next", "time")
    }
    for place, (key, command) in enumerate(members(params.get("cmd")).items()):
        try:
            if place >= MOST_COMMANDS:
                refuse("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
            method, _, query = str(command).partition("?")
            if method == "batch":
                refuse("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
            inner = resolved(parsed(query), told)
            told["result"][key], facts, told["time"][key] = _carried_out(account, method, inner)
            for fact, value in facts.items():
                told[fact][key] = value
        except Refusal as refusal:
            told["error"][key] = refusal.body
            if halts:
                break
    return {
        "result": told["result"],
        **{f"result_{name}": told[name] for name in ("error", "total", "next", "time")},
    }


def _carried_out(
    account: Crm, method: str, params: Params
) -> tuple[Any, Mapping[str, int], dict[str, Any]]:
    """Result, what stands beside it, and its time."""
    if method not in METHODS:
        refuse("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
    spent, reset_at = account.run_times.spend(method, account.now())
    result = METHODS[method](account, params)
    time = {**_time(account), "operating_reset_at": reset_at, "operating": spent}
    if isinstance(result, Page):
        return result.result, result.facts, time
    return result, {}, time


def _time(account: Crm) -> dict[str, Any]:
    now, moment = account.now(), account.moment()
    return {
        "start": now,
        "finish": now,
        "duration": 0.1,
        "processing": 0.1,
        "date_start": moment,
        "date_finish": moment,
    }
