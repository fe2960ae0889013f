"""What people see of the account: a board per pipeline, and a sheet per record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.pipedrive.simulator.account import CURRENCY, NAME, ZONE
from connectors.pipedrive.simulator.crm import Crm
from connectors.pipedrive.simulator.fields import LISTS
from connectors.simulation import Board, Card, Overview, Record, Sheet, Shelf

MOST_CARDS = 50
FRESH_S = 60
# Pipedrive's own addresses name one record.
PAGES = {"deal": "deals", "person": "persons", "organization": "organizations"} | {
    "activity": "activities",
    "note": "notes",
}
PAGE_OF = {entity: page for page, entity in PAGES.items()}
LABELS = {
    "deals": "Deals",
    "persons": "People",
    "organizations": "Organizations",
    "activities": "Activities",
    "notes": "Notes",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?")
LINKS = {"person_id": "persons", "org_id": "organizations", "deal_id": "deals"}
USERS = frozenset({"owner_id", "user_id", "creator_user_id"})
SHOWN_APART = frozenset({"name", "title", "subject", "label_ids", "custom_fields"})
SHOWN_NEVER = frozenset({"is_deleted", "active_flag", "visible_to", "participants", "priority"})


class PipedriveShowcase:
    """The pages' view of one account."""

    label = NAME
    record_paths: Sequence[str] = ()  # they are the simulation's own: /deal/1

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def overview(self) -> Overview:
        deals: dict[tuple[str, int], list[Record]] = {}
        for deal in self._all("deals"):
            closed = deal["status"] != "open"
            place = deal["pipeline_id"] if closed else deal["stage_id"]
            deals.setdefault((deal["status"], place), []).append(deal)
        boards = tuple(self._board(line, deals) for line in self._crm.store.all("pipelines"))
        others = ("persons", "organizations", "activities", "notes")
        return Overview(boards, tuple(self._shelf(one, self._all(one)) for one in others))

    def sheet(self, entity: str, id: int) -> Sheet | None:
        kind = PAGES.get(entity, "")
        record = self._crm.store.get(kind, id) if kind else None
        if record is None:
            return None
        return Sheet(
            kind=f"{entity.capitalize()} {id}",
            title=self._title(kind, record),
            rows=tuple(self._rows(kind, record)),
            tags=self._tags(kind, record),
            shelves=tuple(self._around(kind, record)),
        )

    def _all(self, entity: str) -> list[Record]:
        return [one for one in self._crm.store.all(entity) if not one.get("is_deleted")]

    def _board(self, pipeline: Record, deals: Mapping[tuple[str, int], list[Record]]) -> Board:
        id = pipeline["id"]
        shelves = [
            self._stage(stage["name"], deals.get(("open", stage["id"]), []))
            for stage in self._crm.stages(id)
        ]
        closed = [
            self._stage(one.capitalize(), deals.get((one, id), [])) for one in ("won", "lost")
        ]
        return Board(pipeline["name"], (*shelves, *closed))

    def _stage(self, label: str, deals: list[Record]) -> Shelf:
        worth = sum(deal["value"] or 0 for deal in deals)
        return self._shelf("deals", deals, label, f"{worth:,} {CURRENCY}" if worth else "")

    def _shelf(
        self, entity: str, records: Sequence[Record], label: str = "", total: str = ""
    ) -> Shelf:
        newest = records[: -MOST_CARDS - 1 : -1]
        cards = tuple(self._card(entity, record) for record in newest)
        return Shelf(label or LABELS[entity], cards, len(records), total)

    def _card(self, entity: str, record: Record) -> Card:
        age_s = self._crm.now() - datetime.fromisoformat(_aware(record["add_time"])).timestamp()
        return Card(
            title=self._title(entity, record),
            url=f"/{PAGE_OF[entity]}/{record['id']}",
            lines=tuple(line for line in self._lines(entity, record) if line),
            tags=self._tags(entity, record),
            fresh=age_s < FRESH_S,
        )

    def _title(self, entity: str, record: Record) -> str:
        if entity == "notes":
            return _plain(record["content"]) or "Note"
        named = record.get("title") or record.get("name") or record.get("subject")
        return str(named or f"{PAGE_OF[entity].capitalize()} {record['id']}")

    def _lines(self, entity: str, record: Record) -> Iterable[str]:
        if entity == "deals":
            yield f"{record['value']:,} {record['currency']}" if record["value"] else ""
        for key in ("phones", "emails"):
            yield ", ".join(one["value"] for one in record.get(key) or ())
        for key, other in LINKS.items():
            found = self._crm.store.get(other, record.get(key) or 0)
            yield self._title(other, found) if found else ""
        if entity == "activities":
            yield f"{self._type(record['type'])}, {'done' if record['done'] else 'due'} {_due(record)}"
        owner = self._user(record.get("owner_id") or record.get("user_id") or 0)
        yield f"{owner}, {_moment(record['add_time'])}"

    def _tags(self, entity: str, record: Record) -> tuple[str, ...]:
        field = self._crm.field(entity, "label_ids") if entity in LISTS else None
        options = {one["id"]: one["label"] for one in (field or {}).get("options") or ()}
        return tuple(str(options.get(id, id)) for id in record.get("label_ids") or ())

    def _rows(self, entity: str, record: Record) -> Iterable[tuple[str, str]]:
        custom = self._crm.custom_fields(entity) if entity in LISTS else {}
        for code, value in record.get("custom_fields", {}).items():
            if value is not None and code in custom:
                yield custom[code]["field_name"], self._custom(custom[code], value)
        for key, value in record.items():
            if value not in (None, "", []) and key not in SHOWN_APART | SHOWN_NEVER:
                yield key.removesuffix("_id").replace("_", " "), self._value(key, value)

    def _custom(self, field: Record, value: Any) -> str:
        if field["field_type"] in ("enum", "set"):
            options = {one["id"]: one["label"] for one in field["options"] or ()}
            chosen = value if isinstance(value, list) else [value]
            return ", ".join(str(options.get(one, one)) for one in chosen)
        if field["field_type"] in ("people", "org"):
            entity = "persons" if field["field_type"] == "people" else "organizations"
            return self._value("person_id" if entity == "persons" else "org_id", value)
        return self._user(value) if field["field_type"] == "user" else self._value("", value)

    def _value(self, key: str, value: Any) -> str:
        if key in USERS:
            return self._user(value)
        if key in LINKS or key in ("pipeline_id", "stage_id"):
            entity = LINKS.get(key) or f"{key.removesuffix('_id')}s"
            found = self._crm.store.get(entity, value)
            return str((found or {}).get("name") or (found or {}).get("title") or value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Mapping):
            return "\n".join(str(one) for one in value.values() if one is not None)
        if isinstance(value, list):
            return "\n".join(str(one.get("value", one)) for one in value)
        text = str(value)
        return _moment(text) if MOMENT.fullmatch(text) else _plain(text)

    def _around(self, entity: str, record: Record) -> Iterable[Shelf]:
        for key, other in LINKS.items():
            found = self._crm.store.get(other, record.get(key) or 0)
            if found:
                yield self._shelf(other, [found])
        if entity == "deals":
            taking_part = [
                person
                for one in self._crm.store.all("participants")
                if one["deal_id"] == record["id"]
                and (person := self._crm.store.get("persons", one["person_id"]))
            ]
            if taking_part:
                yield self._shelf("persons", taking_part, "Participants")
        own = next((key for key, other in LINKS.items() if other == entity), "")
        for other in ("deals", "persons", "activities", "notes") if own else ():
            about = [one for one in self._all(other) if one.get(own) == record["id"]]
            if about and other != entity:
                yield self._shelf(other, about)

    def _type(self, key: str) -> str:
        types = self._crm.store.all("activityTypes")
        return next((one["name"] for one in types if one["key_string"] == key), key)

    def _user(self, id: int) -> str:
        user = self._crm.store.get("users", id)
        return str(user["name"]) if user else "Nobody"


def _aware(text: str) -> str:
    return text if text.endswith("Z") else f"{text.replace(' ', 'T')}Z"


def _moment(text: str) -> str:
    return datetime.fromisoformat(_aware(text)).astimezone(ZONE).strftime("%d.%m.%Y %H:%M")


def _due(activity: Record) -> str:
    """When an activity is due: its time, if it has one, is in UTC."""
    if activity["due_date"] and activity["due_time"]:
        return _moment(f"{activity['due_date']} {activity['due_time']}")
    return str(activity["due_date"] or "some day")


def _plain(markup: str) -> str:
    lines = re.sub(r"(?i)<br\s*/?>", "\n", markup)
    return html.unescape(re.sub(r"<[^>]*>", "", lines))
