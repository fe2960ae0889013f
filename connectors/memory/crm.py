"""A CRM in a dict, and what can go wrong on the way to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from threading import RLock

from connectors.base import Effect, Fields, Json, Kind, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from connectors.memory.account import CATALOG
from connectors.phones import same_number


class Accident(StrEnum):
    """What can befall one call of the connector."""

    REFUSE = "refuse"
    NOT_APPLIED = "not applied"
    RATE_LIMIT = "rate limit"
    UNAUTHORISED = "unauthorised"
    LOSE_REPLY = "lose reply"  # a write is applied, but nobody learns of it
    NEVER_ARRIVES = "never arrives"  # a write is not applied, and nobody knows

    def error(self, *, writes: bool) -> ConnectorError:
        match self:
            case Accident.REFUSE:
                return RejectedError("scripted refusal")
            case Accident.RATE_LIMIT:
                return RateLimitedError("scripted limit", retry_after_s=30)
            case Accident.UNAUTHORISED:
                return AuthError("scripted refusal of the credentials")
            case Accident.LOSE_REPLY | Accident.NEVER_ARRIVES if writes:
                return OutcomeUnknownError("scripted loss")
            case _:
                return UnavailableError("scripted failure")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the connector: its name, the kind it was about, how many inputs it had."""

    operation: str
    kind: Kind | None
    size: int


@dataclass(slots=True)
class _Scripted:
    operation: str
    accident: Accident
    skip: int
    item: int | None


class MemoryCrm:
    """What one account holds. Every method may be called from any thread.

    ``now`` is the CRM's clock; ``search_lag_s`` how long searches do not see a new record.
    """

    def __init__(
        self,
        catalog: Catalog = CATALOG,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        search_lag_s: float = 0.0,
    ) -> None:
        self.catalog = catalog
        self.calls: list[Call] = []
        self.lock = RLock()
        self.now = now
        self.search_lag_s = search_lag_s
        self.effects: dict[Kind, Effect] = {}  # what is not as sure as Effect.MARKED
        self.keeps_markers = True
        self._records: dict[Ref, Record] = {}
        self._markers: dict[Ref, str] = {}
        self._numbers = count(1)
        self._script: list[_Scripted] = []

    def befall(
        self, operation: str, accident: Accident, *, skip: int = 0, item: int | None = None
    ) -> None:
        """Let an accident happen to one call of ``operation``, a method name such as ``create``.

        The first ``skip`` calls are spared. With ``item`` only that input of a write is hit.
        """
        with self.lock:
            self._script.append(_Scripted(operation, accident, skip, item))

    def calm(self) -> bool:
        """Forget the accidents to come; say whether there were none."""
        with self.lock:
            none_left = not self._script
            self._script.clear()
            return none_left

    def records(self, kind: Kind) -> list[Record]:
        """The records of ``kind``, oldest first."""
        with self.lock:
            return [record for record in self._records.values() if record.kind is kind]

    def get(self, ref: Ref) -> Record | None:
        with self.lock:
            return self._records.get(ref)

    def mark(self, ref: Ref, marker: str) -> None:
        """Keep the key of the step that wrote this record."""
        self._markers[ref] = marker

    def marker(self, ref: Ref) -> str:
        """The key of the step that wrote the record."""
        return self._markers[ref]

    def delete(self, ref: Ref) -> None:
        """Remove a record, as a person would."""
        with self.lock:
            del self._records[ref]
            for other in self._records.values():
                if ref in other.links:
                    self._put(replace(other, links=tuple(r for r in other.links if r != ref)))

    def settled(self, record: Record) -> bool:
        """Whether searches see the record already."""
        age = self.now() - (record.created_at or self.now())
        return age >= timedelta(seconds=self.search_lag_s)

    def begin(self, operation: str, kind: Kind | None, size: int) -> dict[int, Accident]:
        """Note a call, and return which of its inputs meet an accident."""
        with self.lock:
            self.calls.append(Call(operation, kind, size))
            for scripted in self._script:
                if scripted.operation != operation:
                    continue
                if scripted.skip:
                    scripted.skip -= 1
                    break
                self._script.remove(scripted)
                hit = range(max(size, 1)) if scripted.item is None else [scripted.item]
                return dict.fromkeys(hit, scripted.accident)
        return {}

    def add(
        self,
        kind: Kind,
        fields: Fields,
        *,
        tags: Sequence[str] = (),
        links: Sequence[Ref] = (),
        marker: str = "",
    ) -> Record:
        """Create a record. Raises RejectedError."""
        with self.lock:
            self.check(kind, fields)
            for link in links:
                self.existing(link)
            placed = self._placed(fields) if kind is Kind.DEAL else dict(fields)
            ref = Ref(kind, str(next(self._numbers)))
            now = self.now()
            record = Record(
                kind,
                ref.id,
                {id: value for id, value in placed.items() if value not in (None, [])},
                tags=tuple(dict.fromkeys(tags)),
                created_at=now,
                updated_at=now,
                closed=kind is Kind.DEAL and self._closed(placed),
            )
            self._put(record)
            self.mark(ref, marker)
            for link in links:
                self.connect(ref, link)
            return self._records[ref]

    def change(self, ref: Ref, fields: Fields, tags: Sequence[str] = ()) -> Record:
        """Change a record. Raises RejectedError."""
        with self.lock:
            record = self.existing(ref)
            self.check(ref.kind, fields)
            merged = dict(record.fields)
            for id, value in fields.items():
                field = self.field(ref.kind, id)
                if value is None:
                    merged.pop(id, None)
                elif field and field.many:
                    merged[id] = _added(field, merged.get(id, []), value)
                else:
                    merged[id] = value
            changed = replace(
                record,
                fields=merged,
                tags=tuple(dict.fromkeys((*record.tags, *tags))),
                updated_at=self.now(),
                closed=ref.kind is Kind.DEAL and self._closed(merged),
            )
            self._put(changed)
            return changed

    def connect(self, source: Ref, target: Ref) -> None:
        """Link two records. A task or note is not told by what it is about. Raises RejectedError."""
        with self.lock:
            for here, there in ((source, target), (target, source)):
                record = self.existing(here)
                if there not in record.links and there.kind not in (Kind.TASK, Kind.NOTE):
                    self._put(replace(record, links=(*record.links, there)))

    def _put(self, record: Record) -> None:
        self._records[record.ref] = record

    def existing(self, ref: Ref) -> Record:
        """The record at ``ref``. Raises NotFoundError."""
        if ref not in self._records:
            raise NotFoundError(f"there is no such {ref.kind}")
        return self._records[ref]

    def field(self, kind: Kind, id: str) -> Field | None:
        """The field with this very id."""
        return next((one for one in self.catalog.fields.get(kind, ()) if one.id == id), None)

    def check(self, kind: Kind, fields: Fields) -> None:
        """Raise RejectedError, naming the field, unless these could be written."""
        if kind not in self.catalog.fields:
            return
        for id, value in fields.items():
            field = self.field(kind, id)
            if field is None or field.read_only:
                raise RejectedError("there is no such field to write", field=id)
            if value is not None and not self._fits(field, value):
                raise RejectedError("the value does not fit the field", field=id)

    def _fits(self, field: Field, value: Json) -> bool:
        if field.type is FieldType.CHOICES:
            return {option.id for option in field.options} >= set(value)
        if field.type is FieldType.MESSENGER:
            return all(field.option(one.partition(":")[0]) for one in value)
        if field.many:
            return isinstance(value, list)
        match field.type:
            case FieldType.YES_NO:
                return isinstance(value, bool)
            case FieldType.CHOICE:
                return any(option.id == value for option in field.options)
            case FieldType.USER:
                return any(user.id == value for user in self.catalog.users)
            case FieldType.PIPELINE:
                return any(pipeline.id == value for pipeline in self.catalog.pipelines)
            case FieldType.STAGE:
                return any(stage.id == value for p in self.catalog.pipelines for stage in p.stages)
            case _:
                return isinstance(value, str)

    def _placed(self, fields: Fields) -> dict[str, Json]:
        """A deal without pipeline or stage goes where the CRM puts it."""
        pipelines = self.catalog.pipelines
        stage = fields.get("stage")
        fitting = [
            one
            for one in pipelines
            if fields.get("pipeline") in (one.id, None) and (not stage or one.stage(stage))
        ]
        if not fitting:
            raise RejectedError("the pipeline has no such stage", field="stage")
        pipeline = fitting[0]
        first = next(one for one in pipeline.stages if not one.incoming)
        return {**fields, "pipeline": pipeline.id, "stage": stage or first.id}

    def _closed(self, fields: Fields) -> bool:
        pipeline = self.catalog.pipeline(fields["pipeline"])
        stage = pipeline.stage(fields["stage"]) if pipeline else None
        return stage is not None and stage.closed


def same(field: Field | None, wanted: str, there: Json) -> bool:
    if field and field.type is FieldType.PHONE:
        return same_number(wanted, str(there))
    if field and field.type in (FieldType.EMAIL, FieldType.MESSENGER):
        return wanted.casefold() == str(there).casefold()
    return bool(wanted == there)


def _added(field: Field, before: Sequence[str], new: Sequence[str]) -> list[str]:
    values = list(before)
    for value in new:
        if not any(same(field, value, there) for there in values):
            values.append(value)
    return values
