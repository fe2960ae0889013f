"""What people see of the portal: a board per pipeline, and a sheet per record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.bitrix24.simulator.account import CURRENCY, ENTITIES, NAME
from connectors.bitrix24.simulator.crm import Crm
from connectors.simulation import Board, Card, Overview, Record, Sheet, Shelf

MOST_CARDS = 50
FRESH_S = 60
LABELS = {
    "deal": "Deals",
    "lead": "Leads",
    "contact": "Contacts",
    "company": "Companies",
    "activity": "To-dos",
    "comment": "Comments",
}
KINDS = {**{name: name.capitalize() for name in LABELS}, "activity": "To-do"}
TAGS = "Tags"
APART = frozenset({"id", "title", "fm", "about", "stageSemanticId"})
SHOWN_FIRST = ("categoryId", "stageId", "opportunity", "assignedById")
EMPTY: tuple[Any, ...] = (None, "", [], "N")


class Bitrix24Showcase:
    """The pages' view of one portal."""

    label = NAME
    record_paths: Sequence[str] = (
        f"/crm/<any({', '.join(ENTITIES.values())}):entity>/details/<int:id>",
    )

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def overview(self) -> Overview:
        store = self._crm.store
        boards = [self._board("deal", one["name"], one["number"]) for one in self._crm.categories()]
        if self._crm.leads:
            boards.append(self._board("lead", "Leads", 0))
        others = ("contact", "company", "activity", "comment")
        return Overview(tuple(boards), tuple(self._shelf(kind, store.all(kind)) for kind in others))

    def sheet(self, entity: str, id: int) -> Sheet | None:
        record = self._crm.store.get(entity, id) if entity in KINDS else None
        if record is None:
            return None
        return Sheet(
            kind=f"{KINDS[entity]} {id}",
            title=self._title(entity, record),
            rows=tuple(self._rows(entity, record)),
            tags=self._tags(entity, record),
            shelves=tuple(self._around(entity, record)),
        )

    def _board(self, entity: str, label: str, category: int) -> Board:
        stages = []
        for status in self._crm.stages(entity, category):
            here = [
                one
                for one in self._crm.store.all(entity)
                if (one["stageId"], one.get("categoryId") or 0) == (status["STATUS_ID"], category)
            ]
            worth = sum(one["opportunity"] or 0 for one in here)
            total = f"{worth:,.0f} {CURRENCY}" if worth else ""
            stages.append(self._shelf(entity, here, label=status["NAME"], total=total))
        return Board(label, tuple(stages))

    def _shelf(
        self, entity: str, records: Sequence[Record], label: str = "", total: str = ""
    ) -> Shelf:
        newest = records[: -MOST_CARDS - 1 : -1]
        cards = tuple(self._card(entity, record) for record in newest)
        return Shelf(label or LABELS[entity], cards, len(records), total)

    def _card(self, entity: str, record: Record) -> Card:
        made = datetime.fromisoformat(str(record.get("createdTime") or record.get("created")))
        return Card(
            title=self._title(entity, record),
            url=_url(entity, record["id"]),
            lines=tuple(line for line in self._lines(entity, record, made) if line),
            tags=self._tags(entity, record),
            fresh=self._crm.now() - made.timestamp() < FRESH_S,
        )

    def _title(self, entity: str, record: Record) -> str:
        if entity == "contact":
            names = (str(record[key] or "") for key in ("name", "lastName"))
            found = " ".join(filter(None, names))
        else:
            key = {"activity": "description", "comment": "text"}.get(entity, "title")
            found = str(record[key] or "")
        return found or f"{KINDS[entity]} #{record['id']}"

    def _lines(self, entity: str, record: Record, made: datetime) -> Iterable[str]:
        if entity in ("deal", "lead"):
            linked = self._crm.store.links((entity, record["id"]), "contact")
            people = [self._crm.store.get("contact", id) for id in linked]
            yield ", ".join(self._title("contact", one) for one in people if one)
            yield f"{record['opportunity']:,.0f} {CURRENCY}" if record["opportunity"] else ""
        elif entity in ("contact", "company"):
            yield from (one["value"] for one in record["fm"])
        else:
            kind, id = record["about"]
            parent = self._crm.store.get(kind, id)
            yield self._title(kind, parent) if parent else "of a deleted record"
        if entity == "activity":
            yield f"due {_moment(datetime.fromisoformat(record['deadline']))}"
        user = record.get("assignedById") or record.get("responsible") or record.get("author")
        yield f"{self._user(user)}, {_moment(made)}"

    def _tags(self, entity: str, record: Record) -> tuple[str, ...]:
        names = [name for name, one in self._fields(entity).items() if one["title"] == TAGS]
        return tuple(tag for name in names for tag in record.get(name) or ())

    def _fields(self, entity: str) -> Mapping[str, Record]:
        return self._crm.fields(entity) if entity in ENTITIES.values() else {}

    def _rows(self, entity: str, record: Record) -> Iterable[tuple[str, str]]:
        for one in record.get("fm", ()):
            yield f"{one['typeId'].capitalize()} ({one['valueType'].lower()})", one["value"]
        fields = self._fields(entity)
        rest = [name for name in record if name not in SHOWN_FIRST]
        for name in (*(name for name in SHOWN_FIRST if name in record), *rest):
            value = record[name]
            if name in APART or value in EMPTY or (value == 0 and name != "categoryId"):
                continue
            shape = fields.get(name)
            label = shape["title"] if shape else name.capitalize()
            if label != TAGS:
                yield label, self._plain(entity, record, name, shape, value)

    def _plain(
        self, entity: str, record: Record, name: str, shape: Record | None, value: Any
    ) -> str:
        if isinstance(value, list):
            return "\n".join(self._plain(entity, record, name, shape, one) for one in value)
        type = shape["type"] if shape else ""
        if type in ("user", "employee") or name in ("responsible", "author"):
            return self._user(value)
        if name == "categoryId":
            found = {one["number"]: one["name"] for one in self._crm.categories()}
            return str(found.get(value, value))
        if type in ("crm_status", "enumeration") and shape:
            return self._option(entity, record, name, shape, value)
        if type in ("date", "datetime") or name in ("created", "deadline"):
            shown = _moment(datetime.fromisoformat(value))
            return shown.partition(" ")[0] if type == "date" else shown
        if type == "double":
            return f"{value:,.2f}".removesuffix(".00")
        return "yes" if value == "Y" else str(value)

    def _option(self, entity: str, record: Record, name: str, shape: Record, value: Any) -> str:
        if name == "stageId":
            rows = self._crm.stages(entity, record.get("categoryId") or 0)
        else:
            rows = self._crm.dictionary(shape.get("statusType", ""))
        found = {one["STATUS_ID"]: one["NAME"] for one in rows}
        found |= {one["ID"]: one["VALUE"] for one in shape.get("items", ())}
        return str(found.get(str(value), value))

    def _around(self, entity: str, record: Record) -> Iterable[Shelf]:
        store, here = self._crm.store, (entity, record["id"])
        if entity in ("activity", "comment"):
            kind, id = record["about"]
            about = store.get(kind, id)
            yield self._shelf(kind, [about] if about else [], label="About")
            return
        for kind in ENTITIES.values():
            linked = [store.get(kind, id) for id in store.links(here, kind)]
            if linked:
                yield self._shelf(kind, [one for one in linked if one])
        for kind in ("activity", "comment"):
            yield self._shelf(kind, store.about(here, kind))

    def _user(self, id: Any) -> str:
        user = self._crm.store.get("users", id)
        return str(user["NAME"]) if user else "Robot"


def _moment(at: datetime) -> str:
    return at.strftime("%d.%m.%Y %H:%M")


def _url(entity: str, id: int) -> str:
    """Bitrix24's own address of a record, where it has one."""
    return f"/crm/{entity}/details/{id}" if entity in ENTITIES.values() else f"/{entity}/{id}"
