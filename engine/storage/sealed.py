"""The columns whose content is encrypted, and sealing them anew when the key has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from engine.storage.database import Database
from engine.storage.model_channels import Channel
from engine.storage.model_people import SecondStep
from engine.storage.models import Connection, Form
from engine.storage.secrets import SecretsUnreadable, Vault

SEALED: tuple[InstrumentedAttribute, ...] = (
    Connection.settings,
    Connection.grant,
    Channel.secret,
    SecondStep.secret,
    Form.sender_secret,
)
"""Every column that a `Vault` seals. A test finds those that are missing here."""

_SLICE = 200


@dataclass(slots=True)
class Resealed:
    """What became of a column's secrets. ``unreadable`` are the ids of rows that no key opens."""

    column: str
    anew: int = 0
    already: int = 0
    unreadable: tuple[int, ...] = ()


def seal_anew(database: Database, vault: Vault) -> Iterator[Resealed]:
    """Seal every secret with the vault's first key, column by column.

    Each row in a transaction of its own that changes nothing when somebody changed the secret
    meanwhile: so it may run beside everything else, be stopped anywhere and begun again.
    """
    for column in SEALED:
        told = Resealed(f"{column.class_.__tablename__}.{column.key}")
        for id, sealed in _secrets(database, column):
            try:
                anew = vault.sealed_anew(sealed)
            except SecretsUnreadable:
                told.unreadable += (id,)
                continue
            if anew is None:
                told.already += 1
            else:
                told.anew += _exchange(database, column, id, sealed, anew)
        yield told


def _secrets(database: Database, column: InstrumentedAttribute) -> Iterator[tuple[int, bytes]]:
    id = column.class_.id
    last = 0
    while True:
        with database.read() as session:
            wanted = select(id, column).where(id > last, column.is_not(None), column != b"")
            rows = session.execute(wanted.order_by(id).limit(_SLICE)).all()
        for row in rows:
            yield row[0], row[1]
        if len(rows) < _SLICE:
            return
        last = rows[-1][0]


def _exchange(
    database: Database, column: InstrumentedAttribute, id: int, old: bytes, new: bytes
) -> int:
    """How many rows were changed: none when ``old`` is not there any more."""
    table = column.class_
    with database.write() as session:
        changed = session.execute(
            update(table).where(table.id == id, column == old).values({column: new})
        )
    return changed.rowcount  # type: ignore[attr-defined]  # an update's result has it
