"""What a portal is like: who asks, users, pipelines, dictionaries, currency, mode."""

from __future__ import annotations

from typing import Any

from connectors.bitrix24.simulator.account import CURRENCY, OWNER
from connectors.bitrix24.simulator.crm import Crm, Params, whole
from connectors.bitrix24.simulator.dialect import gone
from connectors.bitrix24.simulator.lists import Page, in_order, page_of
from connectors.bitrix24.simulator.php import members

WITH_LEADS, WITHOUT_LEADS = 1, 2


def profile(crm: Crm, params: Params) -> dict[str, Any]:
    user = crm.store.get("users", OWNER)
    assert user is not None
    named = {key: user[key] for key in ("ID", "NAME", "LAST_NAME")}
    return {**named, "ADMIN": True, "PERSONAL_GENDER": "", "TIME_ZONE": ""}


def users(crm: Crm, params: Params) -> Page:
    wanted = members(params.get("FILTER") or params.get("filter"))
    rows: list[Any] = [
        {key: value for key, value in user.items() if key != "id"}
        for user in crm.store.all("users")
        if "ACTIVE" not in wanted
        or user["ACTIVE"] == (wanted["ACTIVE"] in ("true", "1", "Y", True))
    ]
    return page_of(params, rows)


def mode(crm: Crm, params: Params) -> int:
    return WITH_LEADS if crm.leads else WITHOUT_LEADS


def currency(crm: Crm, params: Params) -> str:
    return CURRENCY


def categories(crm: Crm, params: Params) -> Page:
    if whole(params.get("entityTypeId")) != 2:
        gone()
    rows: list[Any] = [
        {
            "id": one["number"],
            "name": one["name"],
            "sort": one["sort"],
            "entityTypeId": 2,
            "isDefault": one["isDefault"],
        }
        for one in crm.categories()
    ]
    return page_of(params, rows, "categories")


def statuses(crm: Crm, params: Params) -> Page:
    wanted = members(params.get("filter"))
    rows: list[Any] = [
        {"ID": str(one["id"]), **{key: value for key, value in one.items() if key != "id"}}
        for one in crm.store.all("statuses")
        if all(one.get(key) == value for key, value in wanted.items())
    ]
    return page_of(params, in_order(rows, params.get("order"), "ID"))
