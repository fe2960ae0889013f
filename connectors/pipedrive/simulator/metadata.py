"""What the account offers: fields with their options, pipelines, stages, users, activity types.

Source: API v2, DealFields, Pipelines, Stages; API v1, Users, ActivityTypes.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.pipedrive.simulator.account import COMPANY, COMPANY_ID, NAME, OWNER
from connectors.pipedrive.simulator.crm import Crm, crm
from connectors.pipedrive.simulator.dialect import answer, invalid, refuse
from connectors.pipedrive.simulator.fields import LISTS, SYNCED, field
from connectors.pipedrive.simulator.lists import in_order, known, page_of, whole_number
from connectors.simulation import Record

FIELDS = f"<any({','.join(LISTS.values())}):list_>"
PAGING = ("limit", "cursor")

metadata = Blueprint("metadata", __name__)
metadata_v1 = Blueprint("metadata_v1", __name__)


@metadata.get(f"/{FIELDS}")
def show_fields(list_: str) -> Response:
    known("include_fields", *PAGING)
    return page_of(_fields(crm(), list_), _shown)


@metadata.get(f"/{FIELDS}/<code>")
def show_field(list_: str, code: str) -> Response:
    return answer(_shown(_field(crm(), list_, code)))


@metadata.post(f"/{FIELDS}/<code>/options")
def add_options(list_: str, code: str) -> Response:
    account, body = crm(), request.get_json(silent=True)
    found = _field(account, list_, code)
    if found["field_type"] not in ("enum", "set"):
        refuse(400, "The field has no options")
    if not isinstance(body, list) or not body:
        invalid("body: Expected 'array'")
    for one in body:
        text = one.get("label") if isinstance(one, dict) else None
        if not isinstance(text, str) or not 1 <= len(text) <= 255 or one.keys() != {"label"}:
            invalid("label: Expected 'string' of 1 to 255 characters")
    options = found["options"] or []
    first = max((one["id"] for one in options), default=100 * found["id"]) + 1
    new = [{"id": id, "label": one["label"]} for id, one in enumerate(body, start=first)]
    account.store.replace(list_, {**found, "options": [*options, *new]})
    return answer(new, additional_data=None)


def _fields(crm: Crm, list_: str) -> list[Record]:
    synced: list[Record] = []
    if list_ == LISTS["persons"] and crm.contact_sync:
        synced = [
            field(1900 + at, *one, custom=False)  # the names and types of the table
            for at, one in enumerate(SYNCED)
        ]
    return [*crm.store.all(list_), *synced]


def _field(crm: Crm, list_: str, code: str) -> Record:
    found = next((one for one in crm.store.all(list_) if one["field_code"] == code), None)
    return found or refuse(404, "Field not found")


def _shown(field: Record) -> dict[str, Any]:
    return {key: value for key, value in field.items() if key != "id"}


@metadata.get("/pipelines")
def show_pipelines() -> Response:
    known("sort_by", "sort_direction", *PAGING)
    return page_of(in_order(crm().store.all("pipelines")), lambda one: one)


@metadata.get("/stages")
def show_stages() -> Response:
    known("pipeline_id", "sort_by", "sort_direction", *PAGING)
    wanted = whole_number("pipeline_id")
    stages = [one for one in crm().store.all("stages") if wanted in (None, one["pipeline_id"])]
    return page_of(in_order(stages, "order_nr"), lambda one: one)


# --- v1 --------------------------------------------------------------------------------------


@metadata_v1.get("/users")
def show_users() -> Response:
    return answer(crm().store.all("users"))


@metadata_v1.get("/users/me")
def show_me() -> Response:
    me = crm().store.get("users", OWNER) or {}
    company = {
        "company_id": COMPANY_ID,
        "company_name": NAME,
        "company_domain": COMPANY,
        "company_country": "UA",
        "company_industry": "Consulting",
        "language": {"language_code": "en", "country_code": "US"},
    }
    return answer({**me, **company})


@metadata_v1.get("/activityTypes")
def show_activity_types() -> Response:
    return answer(crm().store.all("activityTypes"))
