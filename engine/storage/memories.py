"""What deciding needs to know of earlier runs: whose turn it is, and what we last wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.base import Fields, Kind, Ref
from engine.storage.models import ModuleTurn, WrittenValue


def turns(session: Session, module_ids: Collection[int]) -> dict[int, int]:
    """How many turns each module's runs took so far."""
    rows = session.execute(
        select(ModuleTurn.module_id, ModuleTurn.taken).where(ModuleTurn.module_id.in_(module_ids))
    )
    return dict.fromkeys(module_ids, 0) | dict(rows.all())


def keep_turns(session: Session, taken: Mapping[int, int]) -> None:
    for module_id, turn in taken.items():
        session.merge(ModuleTurn(module_id=module_id, taken=turn))


def written(session: Session, connection_id: int, refs: Iterable[Ref]) -> dict[Ref, Fields]:
    """What we last wrote to the watched fields of these records."""
    ids = {ref.id for ref in refs}
    found: dict[Ref, dict[str, object]] = {}
    rows = session.scalars(
        select(WrittenValue).where(
            WrittenValue.connection_id == connection_id, WrittenValue.record_id.in_(ids)
        )
    )
    for row in rows:
        found.setdefault(Ref(Kind(row.kind), row.record_id), {})[row.field] = row.value["value"]
    return dict(found)


def keep_written(session: Session, connection_id: int, ref: Ref, fields: Fields) -> None:
    for field, value in fields.items():
        session.merge(
            WrittenValue(
                connection_id=connection_id,
                kind=ref.kind,
                record_id=ref.id,
                field=field,
                value={"value": value},
            )
        )
