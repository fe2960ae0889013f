"""What people see of the account: a board per pipeline, and a sheet per record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from connectors.hubspot.simulator.account import (
    CURRENCY,
    NAME,
    PIPELINES,
    PORTAL,
    TYPE_IDS,
    ZONE,
)
from connectors.hubspot.simulator.crm import Crm
from connectors.simulation import Board, Card, Overview, Record, Sheet, Shelf

MOST_CARDS = 50
FRESH_S = 60
KINDS = {
    "deals": "Deal",
    "contacts": "Contact",
    "companies": "Company",
    "tasks": "Task",
    "notes": "Note",
}
LABELS = {
    "deals": "Deals",
    "contacts": "Contacts",
    "companies": "Companies",
    "tasks": "Tasks",
    "notes": "Notes",
}
_PAGES = {entity: number for number, entity in TYPE_IDS.items()}
_TAGS = "formwire_tags"
_BREAK, _TAG = re.compile(r"<br\s*/?>"), re.compile(r"<[^>]*>")


class HubSpotShowcase:
    """The pages' view of one account."""

    label = NAME
    record_paths: Sequence[str] = (
        f'/contacts/{PORTAL}/record/<any("0-1","0-2","0-3"):entity>/<int:id>',
    )

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def overview(self) -> Overview:
        store = self._crm.store
        deals: dict[tuple[str, str], list[Record]] = {}
        for deal in store.all("deals"):
            place = (deal["properties"]["pipeline"], deal["properties"]["dealstage"])
            deals.setdefault(place, []).append(deal)
        boards = tuple(self._board(line, deals) for line in PIPELINES)
        others = ("contacts", "companies", "tasks", "notes")
        return Overview(boards, tuple(self._shelf(one, store.all(one)) for one in others))

    def sheet(self, entity: str, id: int) -> Sheet | None:
        entity = TYPE_IDS.get(entity, entity)
        record = self._crm.store.get(entity, id) if entity in KINDS else None
        if record is None:
            return None
        return Sheet(
            kind=f"{KINDS[entity]} {id}",
            title=_title(entity, record),
            rows=tuple(self._rows(entity, record)),
            tags=_tags(record),
            shelves=tuple(self._around(entity, record)),
        )

    def _board(self, line: Record, deals: Mapping[tuple[str, str], list[Record]]) -> Board:
        stages = []
        for stage in line["stages"]:
            here = deals.get((line["id"], stage["id"]), [])
            worth = sum(float(deal["properties"].get("amount", 0)) for deal in here)
            total = f"{worth:,.0f} {CURRENCY}" if worth else ""
            stages.append(self._shelf("deals", here, label=stage["label"], total=total))
        return Board(line["label"], tuple(stages))

    def _shelf(
        self, entity: str, records: Sequence[Record], label: str = "", total: str = ""
    ) -> Shelf:
        cards = tuple(self._card(entity, one) for one in records[: -MOST_CARDS - 1 : -1])
        return Shelf(label or LABELS[entity], cards, len(records), total)

    def _card(self, entity: str, record: Record) -> Card:
        created = datetime.fromisoformat(record["createdAt"])
        lines = (*self._lines(entity, record), self._owner_and_time(record))
        return Card(
            title=_title(entity, record),
            url=_url(entity, record["id"]),
            lines=tuple(line for line in lines if line),
            tags=_tags(record),
            fresh=self._crm.now() - created.timestamp() < FRESH_S,
        )

    def _lines(self, entity: str, record: Record) -> Iterable[str]:
        properties = record["properties"]
        if entity == "deals":
            yield ", ".join(
                _title("contacts", one) for one in self._linked("deals", record, "contacts")
            )
            yield f"{properties['amount']} {CURRENCY}" if properties.get("amount") else ""
        elif entity in ("contacts", "companies"):
            for start in ("email", "phone", "mobilephone"):
                values = [text for name, text in properties.items() if name.startswith(start)]
                yield ", ".join(values)
        else:
            for other in ("contacts", "companies", "deals"):
                for one in self._linked(entity, record, other):
                    yield _title(other, one)
        if entity == "tasks":
            kind = self._plain("tasks", "hs_task_type", properties.get("hs_task_type", "TODO"))
            yield f"{kind}, due {_moment(properties['hs_timestamp'])}"

    def _owner_and_time(self, record: Record) -> str:
        owner = self._crm.owner(record["properties"].get("hubspot_owner_id", ""))
        who = f"{owner['firstName']}, " if owner else ""
        return f"{who}{_moment(record['createdAt'])}"

    def _rows(self, entity: str, record: Record) -> Iterable[tuple[str, str]]:
        for name, text in record["properties"].items():
            definition = self._crm.definition(entity, name)
            if definition and name != _TAGS:
                yield definition["label"], self._plain(entity, name, text)
        for label, key in (("Created", "createdAt"), ("Changed", "updatedAt")):
            yield label, _moment(record[key])

    def _plain(self, entity: str, name: str, text: str) -> str:
        definition = self._crm.definition(entity, name)
        if definition is None:
            return text
        if definition.get("referencedObjectType") == "OWNER":
            owner = self._crm.owner(text)
            return str(owner["firstName"]) if owner else text
        if name in ("pipeline", "dealstage"):
            places = [*PIPELINES, *(stage for line in PIPELINES for stage in line["stages"])]
            return next((str(one["label"]) for one in places if one["id"] == text), text)
        if definition["type"] == "datetime":
            return _moment(text)
        if definition["fieldType"] == "html":
            return _shown(text)
        labels = {one["value"]: one["label"] for one in definition["options"]}
        return ", ".join(labels.get(one, one) for one in text.split(";")) if labels else text

    def _linked(self, entity: str, record: Record, other: str) -> list[Record]:
        ids = self._crm.store.links((entity, record["id"]), other)
        found = (self._crm.store.get(other, id) for id in ids)
        return [one for one in found if one]

    def _around(self, entity: str, record: Record) -> Iterable[Shelf]:
        for other in KINDS:
            there = self._linked(entity, record, other)
            if there:
                yield self._shelf(other, there)


def _title(entity: str, record: Record) -> str:
    properties = record["properties"]
    match entity:
        case "contacts":
            names = (properties.get(name) for name in ("firstname", "lastname"))
            title = " ".join(filter(None, names)) or properties.get("email")
        case "companies":
            title = properties.get("name") or properties.get("domain")
        case "deals":
            title = properties.get("dealname")
        case "tasks":
            title = properties.get("hs_task_subject")
        case _:
            title = _shown(properties.get("hs_note_body", "")).partition("\n")[0]
    return str(title or f"{KINDS[entity]} {record['id']}")


def _shown(rich: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", rich)))


def _tags(record: Record) -> tuple[str, ...]:
    return tuple(one for one in record["properties"].get(_TAGS, "").split(";") if one)


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(ZONE).strftime("%d.%m.%Y %H:%M")


def _url(entity: str, id: int) -> str:
    """HubSpot's own address of a record, where it has one."""
    if entity in ("tasks", "notes"):
        return f"/{entity}/{id}"
    return f"/contacts/{PORTAL}/record/{_PAGES[entity]}/{id}"
