"""One call is one transaction: what it writes is kept aside until it ends well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.odoo.simulator.failures import missing, no_access, not_found
from connectors.odoo.simulator.fields import ADMINISTRATORS_ONLY, Field, Fields
from connectors.simulation import Record, Store

MOMENT = "%Y-%m-%d %H:%M:%S"
_Pending = dict[tuple[str, int], Record | None]


@dataclass(slots=True)
class Transaction:
    """The database as one call sees it. ``uid``: in whose name it acts; None stands for deleted."""

    store: Store
    models: Mapping[str, Fields]
    uid: int
    context: Mapping[str, Any]
    now: Callable[[], float]
    admin: bool
    pending: _Pending = field(default_factory=dict)

    def fields(self, model: str) -> Fields:
        """Raises OdooError when there is no such model."""
        if model not in self.models:
            raise not_found(f"the model {model!r} does not exist")
        return self.models[model]

    def field(self, model: str, name: str) -> Field | None:
        return self.fields(model).get(name)

    def may_read(self, model: str) -> None:
        if model in ADMINISTRATORS_ONLY and not self.admin:
            raise no_access(f"You are not allowed to access {model!r} records.")

    def moment(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).strftime(MOMENT)

    def get(self, model: str, id: int) -> Record | None:
        key = (model, id)
        return self.pending[key] if key in self.pending else self.store.get(model, id)

    def existing(self, model: str, id: int) -> Record:
        record = self.get(model, id)
        if record is None:
            raise missing(model, id)
        return record

    def all(self, model: str) -> list[Record]:
        """Every record of the model, oldest first."""
        mine = {id: record for (of, id), record in self.pending.items() if of == model}
        there = [mine.get(one["id"], one) for one in self.store.all(model)]
        stored = {one["id"] for one in self.store.all(model)} if mine else set()
        new = [record for id, record in mine.items() if id not in stored]
        return [record for record in (*there, *new) if record is not None]

    def add(self, model: str, record: Record) -> Record:
        mine = [id for of, id in self.pending if of == model]
        id = max([self.store.next_id(model), *(id + 1 for id in mine)])
        logged = {"create_date": self.moment(), "create_uid": self.uid}
        self.pending[model, id] = self._written({**record, **logged, "id": id})
        return {**record, "id": id}

    def replace(self, model: str, record: Record) -> None:
        self.pending[model, record["id"]] = self._written(record)

    def delete(self, model: str, id: int) -> None:
        self.pending[model, id] = None

    def savepoint(self) -> _Pending:
        return dict(self.pending)

    def roll_back(self, to: _Pending) -> None:
        self.pending = dict(to)

    def commit(self) -> None:
        for (model, id), record in self.pending.items():
            there = self.store.get(model, id)
            if record is None:
                if there is not None:
                    self.store.delete(model, id)
            elif there is None:
                self.store.add(model, record)
            elif there != record:
                self.store.replace(model, record)
        self.pending = {}

    def external_ids(self) -> dict[str, tuple[str, int, int]]:
        """External id to model, record's id, and the id of the row that says so."""
        return {
            f"{row['module']}.{row['name']}": (row["model"], row["res_id"], row["id"])
            for row in self.all("ir.model.data")
        }

    def _written(self, record: Record) -> Record:
        return {**record, "write_date": self.moment(), "write_uid": self.uid}
