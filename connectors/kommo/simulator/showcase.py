"""What people see of the account: a board per pipeline, and a sheet per record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.kommo.simulator.account import CURRENCY, ENTITIES, NAME, ZONE
from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.fields import value_text
from connectors.simulation import Board, Card, Overview, Record, Sheet, Shelf

MOST_CARDS = 50
FRESH_S = 60
KINDS = {
    "leads": "Deal",
    "contacts": "Contact",
    "companies": "Company",
    "tasks": "Task",
    "notes": "Note",
}
LABELS = {
    "leads": "Deals",
    "contacts": "Contacts",
    "companies": "Companies",
    "tasks": "Tasks",
    "notes": "Notes",
}
MOMENTS = frozenset({"created_at", "updated_at", "closed_at", "complete_till"})
USERS = frozenset({"responsible_user_id", "created_by", "updated_by"})
SHOWN_FIRST = ("pipeline_id", "status_id", "price", "responsible_user_id")
SHOWN_APART = frozenset({"name", "tags", "custom_fields_values", "account_id"})


class KommoShowcase:
    """The pages' view of one account."""

    label = NAME
    record_paths: Sequence[str] = tuple(
        f"/<any({entity}):entity>/detail/<int:id>" for entity in ENTITIES
    )

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def overview(self) -> Overview:
        store = self._crm.store
        leads: dict[tuple[int, int], list[Record]] = {}
        for lead in store.all("leads"):
            leads.setdefault((lead["pipeline_id"], lead["status_id"]), []).append(lead)
        boards = tuple(self._board(line, leads) for line in store.all("leads/pipelines"))
        others = ("contacts", "companies", "tasks", "notes")
        return Overview(boards, tuple(self._shelf(kind, store.all(kind)) for kind in others))

    def sheet(self, entity: str, id: int) -> Sheet | None:
        record = self._crm.store.get(entity, id) if entity in KINDS else None
        if record is None:
            return None
        return Sheet(
            kind=f"{KINDS[entity]} {id}",
            title=self._title(entity, record),
            rows=tuple(self._rows(record)),
            tags=_tags(record),
            shelves=tuple(self._around(entity, record)),
        )

    def _board(self, pipeline: Record, leads: Mapping[tuple[int, int], list[Record]]) -> Board:
        stages = []
        for status in pipeline["statuses"]:
            here = leads.get((pipeline["id"], status["id"]), [])
            worth = sum(lead["price"] or 0 for lead in here)
            total = f"{worth:,} {CURRENCY}" if worth else ""
            stages.append(self._shelf("leads", here, label=status["name"], total=total))
        return Board(pipeline["name"], tuple(stages))

    def _shelf(
        self, entity: str, records: Sequence[Record], label: str = "", total: str = ""
    ) -> Shelf:
        newest = records[: -MOST_CARDS - 1 : -1]
        cards = tuple(self._card(entity, record) for record in newest)
        return Shelf(label or LABELS[entity], cards, len(records), total)

    def _card(self, entity: str, record: Record) -> Card:
        return Card(
            title=self._title(entity, record),
            url=_url(entity, record["id"]),
            lines=tuple(line for line in self._lines(entity, record) if line),
            tags=_tags(record),
            fresh=self._crm.now() - record["created_at"] < FRESH_S,
        )

    def _title(self, entity: str, record: Record) -> str:
        if entity == "tasks":
            return record["text"] or "Task"
        if entity == "notes":
            return str(record["params"].get("text") or record["note_type"])
        return record["name"] or f"{KINDS[entity]} #{record['id']}"

    def _lines(self, entity: str, record: Record) -> Iterable[str]:
        if entity == "leads":
            linked = self._crm.store.links(("leads", record["id"]), "contacts")
            people = [self._crm.store.get("contacts", id) for id in linked]
            yield ", ".join(person["name"] for person in people if person)
            yield f"{record['price']:,} {CURRENCY}" if record["price"] else ""
            yield (
                f"from {record['metadata'].get('form_name', 'a call')}"
                if record["metadata"]
                else ""
            )
        elif entity in ("contacts", "companies"):
            yield from self._reach(record)
        elif record["entity_type"]:
            parent = self._crm.store.get(record["entity_type"], record["entity_id"])
            yield self._title(record["entity_type"], parent) if parent else "of a deleted record"
        if entity == "tasks":
            done = "done" if record["is_completed"] else "due"
            yield f"{self._task_type(record)}, {done} {self._moment(record['complete_till'])}"
        yield f"{self._user(record['responsible_user_id'])}, {self._moment(record['created_at'])}"

    def _reach(self, record: Record) -> Iterable[str]:
        for field in record["custom_fields_values"] or ():
            if field["field_type"] == "multitext":
                yield ", ".join(value["value"] for value in field["values"])

    def _rows(self, record: Record) -> Iterable[tuple[str, str]]:
        known = {key for key, value in record.items() if value not in (None, "", [])} - SHOWN_APART
        first = [key for key in SHOWN_FIRST if key in known]
        rest = [key for key in record if key in known and key not in first]
        yield from (self._row(record, key) for key in first)
        for field in record.get("custom_fields_values") or ():
            yield field["field_name"], "\n".join(self._values(field))
        yield from (self._row(record, key) for key in rest)

    def _row(self, record: Record, key: str) -> tuple[str, str]:
        label = key.removesuffix("_id").replace("_", " ")
        return label, self._plain(record, key, record[key])

    def _values(self, field: Record) -> Iterable[str]:
        for value in field["values"]:
            kind = f" ({value['enum_code']})" if value.get("enum_code") else ""
            if field["field_type"] in ("date", "birthday"):
                yield self._moment(value["value"]).partition(" ")[0]
            elif field["field_type"] == "date_time":
                yield self._moment(value["value"])
            else:
                yield f"{value_text(value)}{kind}"

    def _plain(self, record: Record, key: str, value: Any) -> str:
        if key in MOMENTS:
            return self._moment(value)
        if key in USERS:
            return self._user(value)
        if key in ("pipeline_id", "status_id"):
            return self._stage(record, key)
        if key == "source_id":
            source = self._crm.store.get("sources", value)
            return str(source["name"] if source else value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Mapping):
            return "\n".join(f"{name}: {part}" for name, part in value.items())
        return str(value)

    def _stage(self, record: Record, key: str) -> str:
        pipeline = self._crm.pipeline(record["pipeline_id"])
        if pipeline is None:
            return str(record[key])
        if key == "pipeline_id":
            return str(pipeline["name"])
        names = {status["id"]: status["name"] for status in pipeline["statuses"]}
        return str(names.get(record[key], record[key]))

    def _around(self, entity: str, record: Record) -> Iterable[Shelf]:
        store, here = self._crm.store, (entity, record["id"])
        for kind in ("leads", "contacts", "companies"):
            linked = [store.get(kind, id) for id in store.links(here, kind)]
            if linked:
                yield self._shelf(kind, [one for one in linked if one])
        if entity in ("tasks", "notes"):
            subject = record["entity_type"]
            about = store.get(subject, record["entity_id"]) if subject else None
            yield self._shelf(subject or "leads", [about] if about else [], label="About")
        else:
            for kind in ("tasks", "notes"):
                yield self._shelf(kind, store.about(here, kind))

    def _task_type(self, task: Record) -> str:
        found = self._crm.store.get("task_types", task["task_type_id"])
        return str(found["name"]) if found else "Task"

    def _user(self, id: int) -> str:
        user = self._crm.store.get("users", id)
        return str(user["name"]) if user else "Robot"

    def _moment(self, at: int) -> str:
        return datetime.fromtimestamp(at, UTC).astimezone(ZONE).strftime("%d.%m.%Y %H:%M")


def _tags(record: Record) -> tuple[str, ...]:
    return tuple(tag["name"] for tag in record.get("tags", ()))


def _url(entity: str, id: int) -> str:
    """Kommo's own address of a record, where it has one."""
    return f"/{entity}/{id}" if entity in ("tasks", "notes") else f"/{entity}/detail/{id}"
