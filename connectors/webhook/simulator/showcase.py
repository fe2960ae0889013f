"""What people see of the office: a board per pipeline, the records, and every event as it came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.simulation import Board, Card, Overview, Record, Sheet, Shelf
from connectors.webhook.simulator.office import ENTITIES, EVENTS, Office

MOST_CARDS = 50
FRESH_S = 60
LABELS = {
    "contacts": "Contacts",
    "companies": "Companies",
    "deals": "Deals",
    "tasks": "Tasks",
    "notes": "Notes",
    EVENTS: "Events as they came",
}
KINDS = {entity: kind.capitalize() for kind, entity in ENTITIES.items()} | {EVENTS: "Event"}
SHOWN_APART = frozenset({"id", "tags", "created_at", "at"})


class ReceiverShowcase:
    """The pages' view of the office."""

    label = "Demo receiver of webhooks"
    record_paths: Sequence[str] = ()

    def __init__(self, office: Office) -> None:
        self._office = office

    def overview(self) -> Overview:
        store = self._office.store
        deals = store.all("deals")
        boards = tuple(
            Board(
                pipeline,
                tuple(
                    self._shelf("deals", _in_stage(deals, pipeline, stage, stages[0]), stage)
                    for stage in stages
                ),
            )
            for pipeline, stages in self._office.pipelines.items()
        )
        others = [entity for entity in LABELS if entity != "deals"]
        return Overview(boards, tuple(self._shelf(name, store.all(name)) for name in others))

    def sheet(self, entity: str, id: int) -> Sheet | None:
        record = self._office.store.get(entity, id) if entity in KINDS else None
        if record is None:
            return None
        return Sheet(
            kind=f"{KINDS[entity]} {id}",
            title=_title(entity, record),
            rows=tuple(_rows(record)),
            tags=tuple(record.get("tags") or ()),
            shelves=tuple(self._around(entity, id)),
        )

    def _around(self, entity: str, id: int) -> Iterator[Shelf]:
        for other in ENTITIES.values():
            linked = self._office.store.links((entity, id), other)
            records = [self._office.store.get(other, one) for one in linked]
            if records:
                yield self._shelf(other, [one for one in records if one])

    def _shelf(self, entity: str, records: Sequence[Record], label: str = "") -> Shelf:
        newest = records[: -MOST_CARDS - 1 : -1]
        cards = tuple(self._card(entity, record) for record in newest)
        return Shelf(label or LABELS[entity], cards, len(records))

    def _card(self, entity: str, record: Record) -> Card:
        at = record.get("created_at") or record.get("at") or 0
        moment = datetime.fromtimestamp(at, UTC).strftime("%d.%m.%Y %H:%M")
        shown = ("email", "phone", "budget", "due", "responsible", "webhook_id")
        lines = [str(record[name]) for name in shown if record.get(name)]
        return Card(
            title=_title(entity, record),
            url=f"/{entity}/{record['id']}",
            lines=(*lines, moment),
            tags=tuple(record.get("tags") or ()),
            fresh=self._office.now() - at < FRESH_S,
        )


def _in_stage(deals: Sequence[Record], pipeline: str, stage: str, first: str) -> list[Record]:
    """A deal that names no place is in the first stage of the first pipeline."""
    return [
        deal
        for deal in deals
        if (deal.get("pipeline") or "Sales") == pipeline and (deal.get("stage") or first) == stage
    ]


def _title(entity: str, record: Record) -> str:
    if entity == EVENTS:
        event = record["event"]
        return str(event.get("type") or "event") if isinstance(event, dict) else "event"
    return str(record.get("name") or record.get("text") or f"{KINDS[entity]} {record['id']}")


def _rows(record: Record) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if name not in SHOWN_APART and value not in (None, "", [], {}):
            yield name.replace("_", " "), _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=2)
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)
