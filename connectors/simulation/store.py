"""A small CRM in memory: records by entity and id, the links between them, and their truth log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any, TypeAlias

from connectors.simulation.search import TextIndex
from connectors.simulation.truth import Action, Event, Origin, TruthLog

Record: TypeAlias = Mapping[str, Any]
"""One record in the vendor's own shape. It is replaced, never changed in place: readers share it."""
Address: TypeAlias = tuple[str, int]
"""Entity and id."""


@dataclass(slots=True)
class _Table:
    """The records of one entity. ``born`` is when each was created, whatever it says itself."""

    next_id: int = 1
    records: dict[int, Record] = field(default_factory=dict)
    born: dict[int, float] = field(default_factory=dict)
    texts: TextIndex = field(default_factory=TextIndex)


class Store:
    """What one simulated account holds. Every method may be called from any thread.

    ``seed``: the records it starts with, never logged. ``first_ids``: where an entity's id sequence
    begins. ``text_of``: what a record is found by. ``subject_of``: the record that a task or note
    is about. ``search_lag_s``: how long a new record stays unseen by searches.
    """

    def __init__(
        self,
        *,
        seed: Mapping[str, Sequence[Record]] | None = None,
        first_ids: Mapping[str, int] | None = None,
        text_of: Callable[[str, Record], str] = lambda entity, record: "",
        subject_of: Callable[[str, Record], Address | None] = lambda entity, record: None,
        path: Path | None = None,
        search_lag_s: float = 0.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.lock = RLock()
        self.search_lag_s = search_lag_s
        self._seed = seed or {}
        self._first_ids = first_ids or {}
        self._text_of = text_of
        self._subject_of = subject_of
        self._now = now
        self._log = TruthLog(path)
        self._origin = Origin()
        self._tables: dict[str, _Table] = {}
        self._links: dict[Address, dict[Address, Record]] = {}
        self._about: dict[Address, dict[Address, None]] = {}
        self.load()

    @property
    def truth(self) -> Sequence[Event]:
        """Every applied mutation, oldest first."""
        return self._log.events

    def load(self) -> None:
        """Start over from the seed and the log file, as a restarted CRM does."""
        with self.lock:
            self._plant()
            for event in self._log.load():
                self._apply(event)

    def reset(self) -> None:
        """Go back to the seed and forget the log, on disk too."""
        with self.lock:
            self._log.clear()
            self._plant()

    @contextmanager
    def acting_for(self, origin: Origin) -> Iterator[None]:
        """Hold the store; what is changed meanwhile is logged as asked for by ``origin``."""
        with self.lock:
            self._origin = origin
            try:
                yield
            finally:
                self._origin = Origin()

    def add(self, entity: str, record: Record) -> Record:
        """Create a record under the next id, and return it with its ``id``."""
        with self.lock:
            id = self.next_id(entity)
            self._change(Action.CREATE, entity, id, {"id": id, **record})
            return self._table(entity).records[id]

    def replace(self, entity: str, record: Record) -> Record:
        """Let ``record`` stand in place of the one with its ``id``."""
        with self.lock:
            self._change(Action.CHANGE, entity, record["id"], record)
            return record

    def delete(self, entity: str, id: int) -> None:
        """Remove a record and its links."""
        self._change(Action.DELETE, entity, id, None)

    def link(self, source: Address, target: Address, **facts: Any) -> None:
        """Link two records, in both directions, or replace the facts of their link."""
        self._change(Action.LINK, *source, {"to": list(target), "facts": facts})

    def unlink(self, source: Address, target: Address) -> None:
        """Remove the link of two records, if there is one."""
        if target in self._links.get(source, ()):
            self._change(Action.UNLINK, *source, {"to": list(target)})

    def get(self, entity: str, id: int) -> Record | None:
        return self._table(entity).records.get(id)

    def next_id(self, entity: str) -> int:
        """The id that the next new record of ``entity`` will have."""
        return self._table(entity).next_id

    def all(self, entity: str) -> list[Record]:
        """The records of ``entity``, oldest first."""
        with self.lock:
            return list(self._table(entity).records.values())

    def count(self, entity: str) -> int:
        return len(self._table(entity).records)

    def search(self, entity: str, part: str) -> list[Record]:
        """The records whose text contains ``part``, by id. May not see the newest ones."""
        with self.lock:
            table = self._table(entity)
            return [table.records[id] for id in table.texts.find(part) if self.settled(entity, id)]

    def settled(self, entity: str, id: int) -> bool:
        """Whether searches see the record already."""
        if not self.search_lag_s:
            return True
        return self._now() - self._table(entity).born[id] >= self.search_lag_s

    def links(self, source: Address, entity: str) -> dict[int, Record]:
        """The records of ``entity`` linked with ``source``: id to the facts of the link."""
        with self.lock:
            found = self._links.get(source, {})
            return {id: facts for (other, id), facts in found.items() if other == entity}

    def about(self, subject: Address, entity: str) -> list[Record]:
        """The records of ``entity``, such as tasks, that are about ``subject``."""
        with self.lock:
            found = self._about.get(subject, {})
            return [self._table(other).records[id] for other, id in found if other == entity]

    def _plant(self) -> None:
        self._tables.clear()
        self._links.clear()
        self._about.clear()
        for entity, records in self._seed.items():
            for record in records:
                self._put(entity, record["id"], record, self._now() - self.search_lag_s)

    def _change(self, action: Action, entity: str, id: int, body: Any) -> None:
        with self.lock:
            sequence = len(self._log.events) + 1
            event = Event(sequence, self._now(), action, entity, id, body, self._origin)
            self._apply(event)
            self._log.append(event)

    def _apply(self, event: Event) -> None:
        here = (event.entity, event.id)
        match event.action:
            case Action.CREATE | Action.CHANGE:
                self._put(*here, event.body, event.at)
            case Action.DELETE:
                self._drop(here)
            case Action.LINK:
                there = (event.body["to"][0], event.body["to"][1])
                self._links.setdefault(here, {})[there] = event.body["facts"]
                self._links.setdefault(there, {})[here] = event.body["facts"]
            case Action.UNLINK:
                there = (event.body["to"][0], event.body["to"][1])
                del self._links[here][there], self._links[there][here]

    def _put(self, entity: str, id: int, record: Record, at: float) -> None:
        table = self._table(entity)
        if id in table.records:
            self._detach(entity, id)
        table.records[id] = record
        table.born.setdefault(id, at)
        table.next_id = max(table.next_id, id + 1)
        if text := self._text_of(entity, record):
            table.texts.put(id, text)
        if subject := self._subject_of(entity, record):
            self._about.setdefault(subject, {})[(entity, id)] = None

    def _drop(self, here: Address) -> None:
        entity, id = here
        self._detach(entity, id)
        table = self._table(entity)
        del table.records[id]
        table.texts.remove(id)
        for there in self._links.pop(here, {}):
            del self._links[there][here]

    def _detach(self, entity: str, id: int) -> None:
        if subject := self._subject_of(entity, self._table(entity).records[id]):
            del self._about[subject][(entity, id)]

    def _table(self, entity: str) -> _Table:
        if entity not in self._tables:
            self._tables[entity] = _Table(next_id=self._first_ids.get(entity, 1))
        return self._tables[entity]
