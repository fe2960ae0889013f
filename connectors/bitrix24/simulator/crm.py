"""One simulated portal, as its methods see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from flask import current_app

from connectors.bitrix24.simulator.account import ENTITIES, ZONE
from connectors.bitrix24.simulator.dialect import refuse
from connectors.simulation import Address, Record, Store

Params = Mapping[str, Any]
"""The parameters of one method."""

BUCKETS, BUCKET_S = 10, 60


@dataclass(slots=True)
class RunTimes:
    """How long each method ran in the last ten minutes. ``limit_s`` 0 means no limit."""

    limit_s: float
    command_s: float
    buckets: dict[str, dict[int, float]] = field(default_factory=dict)

    def spend(self, method: str, now: float) -> tuple[float, int]:
        """Seconds so far and when the oldest bucket ends; refuses a method that ran for too long."""
        minute = int(now // BUCKET_S)
        recent = {
            at: spent for at, spent in self.buckets.get(method, {}).items() if at > minute - BUCKETS
        }
        if self.limit_s and sum(recent.values()) >= self.limit_s:
            refuse("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429)
        recent[minute] = recent.get(minute, 0.0) + self.command_s
        self.buckets[method] = recent
        return sum(recent.values()), (min(recent) + BUCKETS) * BUCKET_S


@dataclass(frozen=True, slots=True)
class Crm:
    """The portal's records, its access and its clock in Unix seconds.

    ``client_id`` and ``client_secret`` are those of the application that people may let in.
    ``leads``: whether the CRM works with leads; without, each becomes a deal at once.
    """

    store: Store
    webhook: str
    client_id: str
    client_secret: str
    leads: bool
    run_times: RunTimes
    now: Callable[[], float]

    def moment(self) -> str:
        """Now, as Bitrix24 writes it: where the portal is."""
        return datetime.fromtimestamp(int(self.now()), UTC).astimezone(ZONE).isoformat()

    def fields(self, entity: str) -> dict[str, Record]:
        """The fields of a kind of record by name."""
        return {one["name"]: one for one in self.store.all(f"{entity}/fields")}

    def dictionary(self, code: str) -> list[Record]:
        return [one for one in self.store.all("statuses") if one["ENTITY_ID"] == code]

    def categories(self) -> list[Record]:
        return self.store.all("categories")

    def stages(self, entity: str, category: int) -> list[Record]:
        """The stages of a pipeline in order; leads have but one pipeline."""
        if entity == "lead":
            return self.dictionary("STATUS")
        return self.dictionary(f"DEAL_STAGE_{category}" if category else "DEAL_STAGE")


def crm() -> Crm:
    """The portal that the request is about."""
    return cast(Crm, current_app.extensions["bitrix24"])


def entity_of(params: Params, key: str = "entityTypeId") -> str:
    """The kind of record that a number means."""
    entity = ENTITIES.get(whole(params.get(key)) or 0)
    if entity is None:
        refuse("NOT_FOUND", "Type not found")
    return entity


def required(params: Params, *keys: str) -> None:
    for key in keys:
        if params.get(key) in (None, ""):
            refuse("100", f"Could not find value for parameter {{{key}}}")


def whole(value: Any) -> int | None:
    """A whole number, which a query writes as a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.lstrip("-").isdecimal() else None


def subject_of(entity: str, record: Record) -> Address | None:
    """The record that a to-do or comment is about."""
    if entity not in ("activity", "comment"):
        return None
    kind, id = record["about"]
    return kind, id


def text_of(entity: str, record: Record) -> str:
    """What the search for duplicates looks through: phones and e-mails as they were typed."""
    values = record.get("fm", ()) if entity in ENTITIES.values() else ()
    return "\n".join(one["value"] for one in values)
