"""What every table is made of."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    ColumnClause,
    DateTime,
    Dialect,
    MetaData,
    String,
    Text,
    literal_column,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. SQLite keeps no zone, so it is stored as UTC and given its zone back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant must be aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Plain(TypeDecorator[str]):
    """Text, of at most ``length`` characters if that is given.

    PostgreSQL refuses NUL, and every database refuses halves of characters: they are replaced, both
    in what is stored and in what is looked for. What a CRM answers may hold them, or an address.
    """

    impl = Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(self.length) if self.length else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _UNSTORABLE.sub("\ufffd", value)


class Base(DeclarativeBase):
    """All tables of Formwire."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        str: Plain(),
    }


def constant(word: StrEnum) -> ColumnClause[str]:
    """A word of ours as a part of statements: one that never varies need not be handed over each time."""
    return literal_column(f"'{word}'", String())


def constants(words: Iterable[StrEnum]) -> list[ColumnClause[str]]:
    return [constant(word) for word in words]


def now() -> datetime:
    return datetime.now(UTC)


_CHANCE = secrets.SystemRandom()
_LETTERS = b"23456789abcdefghjkmnpqrstuvwxyz"
_LETTER_OF = bytes(_LETTERS[byte % len(_LETTERS)] for byte in range(256))
_UNEVEN = bytes(range(256 // len(_LETTERS) * len(_LETTERS), 256))  # else some came more often


def public_id() -> str:
    """20 characters, 99 random bits: nobody guesses another's address."""
    id = b""
    while len(id) < 20:
        id += _CHANCE.randbytes(40).translate(_LETTER_OF, _UNEVEN)
    return id[:20].decode()
