"""Activities of v2; notes and participants of deals, which only v1 has.

Source: API v2, Activities; API v1, Notes, Deals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.pipedrive.simulator.account import OWNER
from connectors.pipedrive.simulator.bodies import read_body, read_members
from connectors.pipedrive.simulator.crm import Crm, crm
from connectors.pipedrive.simulator.dialect import answer, invalid, refuse
from connectors.pipedrive.simulator.lists import (
    in_order,
    known,
    page_of,
    page_of_v1,
    wanted_ids,
    whole_number,
)
from connectors.pipedrive.simulator.values import (
    Check,
    Mistake,
    day,
    flag,
    linked,
    made_of,
    several,
    text,
    user,
    varchar,
    whole,
)
from connectors.simulation import Record

ABOUT = {"deal_id": "deals", "person_id": "persons", "org_id": "organizations"}
FILTERS = ("owner_id", *ABOUT)
PAGING = ("ids", "done", "updated_since", "sort_by", "sort_direction", "limit", "cursor")


def _type(crm: Crm, value: Any) -> str:
    if not any(one["key_string"] == value for one in crm.store.all("activityTypes")):
        raise Mistake("there is no such type")
    return str(value)


def _minutes(crm: Crm, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise Mistake("Expected a time as HH:MM")
    return f"{value}:00"


CHECKS: Mapping[str, Check] = {
    "subject": varchar,
    "type": _type,
    "owner_id": user,
    "deal_id": linked("deals"),
    "org_id": linked("organizations"),
    "due_date": day,
    "due_time": _minutes,
    "duration": _minutes,
    "done": flag,
    "busy": flag,
    "note": text,
    "priority": whole,
    # person_id is read-only (pipedrive.readme.io, API v2 migration guide).
    "participants": several(made_of({"person_id": linked("persons")}, {"primary": flag})),
}

activities = Blueprint("activities", __name__)
notes = Blueprint("notes", __name__)


@activities.get("/activities")
def show_activities() -> Response:
    known(*FILTERS, *PAGING)
    store, ids = crm().store, wanted_ids()
    some = store.all("activities") if ids is None else [store.get("activities", id) for id in ids]
    wanted = {name: whole_number(name) for name in FILTERS if name in request.args}
    found = [
        one
        for one in some
        if one and not one["is_deleted"] and all(one[key] == id for key, id in wanted.items())
    ]
    return page_of(in_order(found, "update_time", "add_time", "due_date"), lambda one: one)


@activities.get("/activities/<int:id>")
def show_activity(id: int) -> Response:
    found = crm().store.get("activities", id)
    return answer(found) if found else refuse(404, "Entity was not found")


@activities.post("/activities")
def create_activity() -> Response:
    account = crm()
    found = read_members(account, read_body(), CHECKS)
    people = found.get("participants", [])
    primary = next((one["person_id"] for one in people if one["primary"]), None)
    now = account.moment()
    activity: Record = {
        "subject": account.store.all("activityTypes")[0]["name"],
        "type": "call",
        "owner_id": OWNER,
        "creator_user_id": OWNER,
        "is_deleted": False,
        "add_time": now,
        "update_time": now,
        "deal_id": None,
        "lead_id": None,
        "person_id": primary,
        "org_id": None,
        "project_id": None,
        "due_date": now[:10],
        "due_time": None,
        "duration": None,
        "busy": False,
        "done": False,
        "marked_as_done_time": None,
        "location": None,
        "participants": [],
        "priority": None,
        "note": None,
        **found,
    }
    return answer(account.store.add("activities", activity))


# --- v1 --------------------------------------------------------------------------------------


@notes.get("/notes")
def show_notes() -> Response:
    known(*ABOUT, "start", "limit", "sort")
    wanted = {name: whole_number(name) for name in ABOUT if name in request.args}
    found = [
        one
        for one in crm().store.all("notes")
        if one["active_flag"] and all(one[key] == id for key, id in wanted.items())
    ]
    key, _, direction = request.args.get("sort", "id ASC").partition(" ")
    if key not in ("id", "add_time", "update_time") or direction not in ("ASC", "DESC"):
        refuse(400, "Sort field is not allowed")
    found.sort(key=lambda one: (one[key], one["id"]), reverse=direction == "DESC")
    return page_of_v1(found, lambda one: one)


@notes.post("/notes")
def create_note() -> Response:
    account, body = crm(), read_body()
    found = read_members(
        account, body, {"content": text, **{key: linked(of) for key, of in ABOUT.items()}}
    )
    if "content" not in found or not ABOUT.keys() & found.keys():
        invalid("one of deal_id, person_id, org_id and the content are required")
    now = account.moment_v1()
    note: Record = {
        "active_flag": True,
        "add_time": now,
        "update_time": now,
        "lead_id": None,
        **dict.fromkeys(ABOUT),
        **found,
        "content": _cleaned(found["content"]),
        "last_update_user_id": None,
        "user_id": OWNER,
        **{f"pinned_to_{kind}_flag": False for kind in ("deal", "organization", "person")},
    }
    return answer(account.store.add("notes", note))


def _cleaned(content: str) -> str:
    """What the editor makes of a note: line breaks get a slash, scripts go."""
    harmless = re.sub(r"(?is)<script.*?</script>", "", content)
    return re.sub(r"(?i)<br\s*/?>", "<br />", harmless)


@notes.get("/deals/<int:id>/participants")
def show_participants(id: int) -> Response:
    known("start", "limit")
    account = crm()
    deal = account.live("deals", id) or refuse(404, "Deal not found")
    return page_of_v1(_participants(account, deal), lambda one: _shown(account, one), flat=True)


@notes.post("/deals/<int:id>/participants")
def add_participant(id: int) -> Response:
    account, body = crm(), read_body()
    deal = account.live("deals", id) or refuse(404, "Deal not found")
    found = read_members(account, body, {"person_id": linked("persons")})
    if "person_id" not in found:
        invalid("person_id: is required")
    if any(one["person_id"] == found["person_id"] for one in _participants(account, deal)):
        refuse(400, "Person is a participant already")
    participant = {"deal_id": id, **found, "add_time": account.moment_v1()}
    return answer(_shown(account, account.store.add("participants", participant)))


def _participants(crm: Crm, deal: Record) -> list[Record]:
    """The main person of a deal is one of them."""
    main = {"id": 0, "person_id": deal["person_id"], "add_time": crm.moment_v1()}
    others = [one for one in crm.store.all("participants") if one["deal_id"] == deal["id"]]
    return [*([main] if deal["person_id"] else []), *others]


def _shown(crm: Crm, participant: Record) -> dict[str, Any]:
    person = crm.store.get("persons", participant["person_id"]) or {}
    return {
        "id": participant["id"],
        "add_time": participant["add_time"],
        "active_flag": True,
        "person_id": {
            "value": participant["person_id"],
            "name": person.get("name"),
            "email": person.get("emails"),
            "phone": person.get("phones"),
        },
    }
