"""What deals are made of, and where they stand.

Where a deal without a stage lands is not documented; the first stage of the first pipeline is the
common report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.pipedrive.simulator.account import CURRENCY, OWNER
from connectors.pipedrive.simulator.crm import Crm
from connectors.pipedrive.simulator.dialect import invalid
from connectors.pipedrive.simulator.values import (
    Check,
    Mistake,
    currency,
    day,
    flag,
    linked,
    number,
    text,
    user,
    varchar,
    whole,
)
from connectors.simulation import Record

STATUSES = ("open", "won", "lost")


def _status(crm: Crm, value: Any) -> str:
    if value not in STATUSES:
        raise Mistake("Expected open, won or lost")
    return str(value)


def _of(entity: str) -> Check:
    def check(crm: Crm, value: Any) -> int:
        if crm.store.get(entity, whole(crm, value)) is None:
            raise Mistake("there is none of this id")
        return int(value)

    return check


CHECKS: Mapping[str, Check] = {
    "title": varchar,
    "owner_id": user,
    "person_id": linked("persons"),
    "org_id": linked("organizations"),
    "pipeline_id": _of("pipelines"),
    "stage_id": _of("stages"),
    "value": number,
    "currency": currency,
    "status": _status,
    "probability": number,
    "lost_reason": text,
    "visible_to": whole,
    "expected_close_date": day,
    "is_archived": flag,
}
NULLABLE = frozenset({"person_id", "org_id", "probability", "lost_reason", "expected_close_date"})
_COMPUTED = ("channel", "channel_id", "origin_id", "source_lead_id", "arr", "mrr", "acv")


def blank_deal(crm: Crm) -> dict[str, Any]:
    """A new deal before anything was said of it."""
    now = crm.moment()
    return {
        "title": "",
        "owner_id": OWNER,
        "person_id": None,
        "org_id": None,
        "pipeline_id": None,
        "stage_id": None,
        "value": 0,
        "currency": CURRENCY,
        "add_time": now,
        "update_time": now,
        "stage_change_time": None,
        "is_deleted": False,
        "is_archived": False,
        "status": "open",
        "probability": None,
        "lost_reason": None,
        "visible_to": 3,
        "close_time": None,
        "won_time": None,
        "lost_time": None,
        "expected_close_date": None,
        "label_ids": [],
        "origin": "API",
        **dict.fromkeys(_COMPUTED),
    }


def placed(
    crm: Crm, before: Record, after: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, Any]:
    """The deal in its stage and status. Ends the request when they do not fit."""
    deal = {**after, **_place(crm, before, found)}
    if deal["status"] != "lost" and deal["lost_reason"] is not None:
        invalid("lost_reason: can only be set if the deal is lost")
    if deal["status"] != before["status"]:
        now = crm.moment()
        deal |= {"close_time": None, "won_time": None, "lost_time": None}
        if deal["status"] != "open":
            deal |= {"close_time": now, f"{deal['status']}_time": now}
    return deal


def _place(crm: Crm, before: Record, found: Mapping[str, Any]) -> dict[str, Any]:
    stage = crm.store.get("stages", found["stage_id"]) if "stage_id" in found else None
    pipeline = found.get("pipeline_id")
    if stage:
        if pipeline not in (None, stage["pipeline_id"]):
            invalid("stage_id: is not in this pipeline")
        place = {"pipeline_id": stage["pipeline_id"], "stage_id": stage["id"]}
    elif pipeline not in (None, before["pipeline_id"]):
        place = {"pipeline_id": pipeline, "stage_id": crm.stages(int(pipeline))[0]["id"]}
    elif before["stage_id"] is None:
        first = crm.store.all("pipelines")[0]["id"]
        place = {"pipeline_id": first, "stage_id": crm.stages(first)[0]["id"]}
    else:
        return {}
    moved = before["stage_id"] is not None and place["stage_id"] != before["stage_id"]
    return {**place, **({"stage_change_time": crm.moment()} if moved else {})}
