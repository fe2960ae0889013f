"""What the account offers: itself, owners, pipelines, properties.

Source: developers.hubspot.com, Account information, Owners, Pipelines and Properties guides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.hubspot.simulator.account import (
    CURRENCY,
    OPENED_AT,
    OWNERS,
    PIPELINES,
    PORTAL,
    TYPE_IDS,
    VERSION,
    ZONE,
)
from connectors.hubspot.simulator.crm import crm
from connectors.hubspot.simulator.dialect import GONE, VALIDATION, answer, refuse
from connectors.hubspot.simulator.properties import PROPERTIES
from connectors.simulation import Record

metadata = Blueprint("metadata", __name__)


@metadata.get(f"/account-info/{VERSION}/details")
def show_account() -> Response:
    offset = datetime.fromtimestamp(crm().now(), ZONE).strftime("%z")
    return answer(
        {
            "portalId": PORTAL,
            "accountType": "STANDARD",
            "timeZone": ZONE.key,
            "companyCurrency": CURRENCY,
            "additionalCurrencies": [],
            "utcOffset": f"{offset[:3]}:{offset[3:]}",
            "utcOffsetMilliseconds": int(offset[:3]) * 3_600_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
    )


@metadata.get(f"/crm/owners/{VERSION}")
def show_owners() -> Response:
    email = request.args.get("email")
    shown = [_owner(one) for one in OWNERS if email in (None, one["email"])]
    limit = min(max(1, request.args.get("limit", 100, type=int)), 500)
    start = request.args.get("after", 0, type=int)
    page: dict[str, Any] = {"results": shown[start : start + limit]}
    if start + limit < len(shown):
        page["paging"] = {"next": {"after": str(start + limit)}}
    return answer(page)


@metadata.get(f"/crm/pipelines/{VERSION}/<entity>")
def show_pipelines(entity: str) -> Response:
    if TYPE_IDS.get(entity, entity) != "deals":
        return answer({"results": []})
    return answer({"results": list(PIPELINES)})


@metadata.get(f"/crm/properties/{VERSION}/<entity>")
def show_properties(entity: str) -> Response:
    return answer({"results": list(_of(entity))})


@metadata.get(f"/crm/properties/{VERSION}/<entity>/<name>")
def show_property(entity: str, name: str) -> Response:
    found = next((one for one in _of(entity) if one["name"] == name), None)
    if found is None:
        refuse(404, f"Property does not exist: {name}", GONE)
    return answer(found)


def _of(entity: str) -> Sequence[Record]:
    name = TYPE_IDS.get(entity, entity)
    if name not in PROPERTIES:
        refuse(400, f"Unable to infer object type from: {entity}", VALIDATION)
    return PROPERTIES[name]


def _owner(owner: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **owner,
        "id": str(owner["id"]),
        "lastName": "",
        "type": "PERSON",
        "userIdIncludingInactive": owner["userId"],
        "createdAt": OPENED_AT,
        "updatedAt": OPENED_AT,
        "archived": False,
        "teams": [],
    }
