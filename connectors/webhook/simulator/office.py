"""What the simulated office makes of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.simulation import Record, Store

ENTITIES = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "task": "tasks",
    "note": "notes",
}
EVENTS = "events"
FIRST_IDS = {"contacts": 901, "companies": 77, "deals": 5001, "tasks": 301, "notes": 601}
ABOUT = ("contact", "company", "deal")
ADDED = ("tags", "phones", "emails")
"""Lists to which an update adds."""


class Refused(Exception):
    """The office does not take the event; with an HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Office:
    """Records, the events that made them, and the clock in Unix seconds.

    ``pipelines``: name to stages; a deal may be in no other.
    """

    def __init__(
        self, store: Store, pipelines: Mapping[str, tuple[str, ...]], now: Callable[[], float]
    ) -> None:
        self.store = store
        self.pipelines = pipelines
        self.now = now

    def take(self, id: str, event: Any) -> Mapping[str, Any]:
        """Carry the event out, once, and answer what it was answered the first time. Raises Refused."""
        known = self._named(EVENTS, "webhook_id", id)
        if known is None:
            answer = self._apply(id, event)
            known = {"webhook_id": id, "event": event, "answer": answer, "at": int(self.now())}
            self.store.add(EVENTS, known)
        answered: Mapping[str, Any] = known["answer"]
        return answered

    def _apply(self, id: str, event: Any) -> dict[str, Any]:
        """A body of another form than the usual one is kept as it is."""
        match event:
            case {"type": "link.created", "data": dict(data)}:
                self._link(data)
                return {}
            case {"type": str(type), "data": dict(data)}:
                kind, _, happened = type.partition(".")
            case _:
                return {}
        if kind not in ENTITIES or happened not in ("created", "updated") or kind not in data:
            raise Refused(422, "the type of the event is not known, or its record is missing")
        if happened == "updated":
            self._update(kind, data[kind])
            return {}
        if data[kind].get("id") != id:
            raise Refused(422, "the record's id must be the event's")
        return self._create(data)

    def _create(self, data: Mapping[str, Any]) -> dict[str, Any]:
        told = {kind: data[kind] for kind in ENTITIES if kind in data}
        keys = {record.get("id") for record in told.values()}
        for kind, record in told.items():
            self._check(kind, record, keys)
        made: dict[str, Record] = {}
        for kind, record in told.items():
            kept = {name: value for name, value in record.items() if name != "id"}
            made[kind] = self.store.add(
                ENTITIES[kind], {**kept, "key": record["id"], "created_at": int(self.now())}
            )
        for kind, record in told.items():
            for other in ABOUT:
                if target := record.get(f"{other}_id"):
                    there = self._record(other, target)
                    self.store.link(
                        (ENTITIES[kind], made[kind]["id"]), (ENTITIES[other], there["id"])
                    )
        return {kind: {"id": record["id"]} for kind, record in made.items()}

    def _check(self, kind: str, record: Mapping[str, Any], keys: set[Any]) -> None:
        if not record.get("id"):
            raise Refused(422, f"{kind}.id: missing")
        about = [other for other in ABOUT if record.get(f"{other}_id")]
        for other in about:
            if record[f"{other}_id"] not in keys:
                self._record(other, record[f"{other}_id"])
        if kind in ("task", "note") and (len(about) != 1 or not record.get("text")):
            raise Refused(422, f"{kind}: must have a text and be about one record")
        if kind == "deal":
            self._check_place(record)

    def _check_place(self, deal: Mapping[str, Any]) -> None:
        pipeline, stage = deal.get("pipeline"), deal.get("stage")
        stages = self.pipelines.get(pipeline or "Sales")
        if stages is None:
            raise Refused(422, "deal.pipeline: there is no such pipeline")
        if stage and stage not in stages:
            raise Refused(422, "deal.stage: there is no such stage")

    def _update(self, kind: str, told: Mapping[str, Any]) -> None:
        old = self._record(kind, told.get("id"))
        new = {name: value for name, value in told.items() if name not in ("id", *ADDED)}
        added = {
            name: None
            if told[name] is None
            else [
                *(old.get(name) or ()),
                *(v for v in told[name] if v not in (old.get(name) or ())),
            ]
            for name in ADDED
            if name in told
        }
        changed = {**old, **new, **added}
        if kind == "deal":
            self._check_place(changed)
        self.store.replace(ENTITIES[kind], changed)

    def _link(self, data: Mapping[str, Any]) -> None:
        ends = [
            (ENTITIES[kind], self._record(kind, record.get("id"))["id"])
            for kind, record in data.items()
            if kind in ABOUT and isinstance(record, Mapping)
        ]
        if len(ends) != 2:
            raise Refused(422, "a link has two ends")
        self.store.link(ends[0], ends[1])

    def _record(self, kind: str, id: Any) -> Record:
        """By our number, or by the id under which it was told."""
        entity = ENTITIES[kind]
        found = self.store.get(entity, int(id)) if str(id).isdecimal() else None
        if found is None:
            found = self._named(entity, "key", id)
        if found is None:
            raise Refused(404, f"{kind}: there is no such record")
        return found

    def _named(self, entity: str, name: str, value: Any) -> Record | None:
        found = self.store.search(entity, str(value))
        return next((one for one in found if one[name] == value), None)


def text_of(entity: str, record: Record) -> str:
    """The name that others gave the record."""
    return str(record["webhook_id" if entity == EVENTS else "key"])
