"""What one CRM account offers: fields, pipelines and stages, users, task types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from connectors.base import Kind


class FieldType(StrEnum):
    """How a field's value looks in a Record or Draft. Every value is plain JSON.

    text, long_text, url, phone, email  str
    number, money                       decimal in a str, such as "1500.5": no float ever touches money
    yes_no                              bool
    date                                "2026-12-01"
    datetime                            ISO 8601 with offset
    choice                              the option's id
    choices                             list of option ids
    user, pipeline, stage               the id
    messenger                           "telegram:@ada": an option's id and the address there
    opaque                              something only the CRM writes; never mapped
    """

    TEXT = "text"
    LONG_TEXT = "long_text"
    URL = "url"
    PHONE = "phone"
    EMAIL = "email"
    NUMBER = "number"
    MONEY = "money"
    YES_NO = "yes_no"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"
    USER = "user"
    PIPELINE = "pipeline"
    STAGE = "stage"
    MESSENGER = "messenger"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a choice field; also a user, a pipeline's stage or a task type in short form.

    ``former``, here as below, are names it had before, newest last: what was renamed keeps being
    found by them, as long as nothing else bears the name now.
    """

    id: str
    label: str
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one kind.

    ``id`` is stable within the account and is what plans and records carry. The ids
    ``name first_name last_name phone email budget responsible pipeline stage`` mean the same
    in every CRM; the rest are the vendor's. ``code`` is the vendor's other stable name, if any.
    ``many``: the value is a list, and writing adds to it. ``decimals``: digits a money or number
    field keeps, None for no limit.
    """

    id: str
    label: str
    type: FieldType
    code: str | None = None
    many: bool = False
    required: bool = False
    read_only: bool = False
    options: tuple[Option, ...] = ()
    decimals: int | None = None
    currency: str | None = None
    former: tuple[str, ...] = ()

    def option(self, named: str) -> Option | None:
        """The option with this id or, without regard to case, this label."""
        return _by_id_or_label(self.options, named)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a pipeline. ``closed`` stages are won or lost; ``incoming`` ones await acceptance."""

    id: str
    label: str
    closed: bool = False
    incoming: bool = False
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with its stages in order."""

    id: str
    label: str
    stages: tuple[Stage, ...]
    main: bool = False
    former: tuple[str, ...] = ()

    def stage(self, named: str) -> Stage | None:
        """The stage with this id or, without regard to case, this label."""
        return _by_id_or_label(self.stages, named)


@dataclass(frozen=True, slots=True)
class User:
    """Someone who can be responsible for a record."""

    id: str
    label: str
    email: str | None = None
    active: bool = True
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalog:
    """Everything a module may refer to, as one account offers it.

    ``time_zone`` is the account's IANA zone, if the CRM tells it. ``merges``: the CRM has a
    duplicate control of its own that our bundles can be left to. ``access_ends``: when what lets us
    in runs out by itself, if the CRM tells it.
    """

    fields: Mapping[Kind, tuple[Field, ...]]
    pipelines: tuple[Pipeline, ...] = ()
    users: tuple[User, ...] = ()
    task_types: tuple[Option, ...] = ()
    currency: str | None = None
    time_zone: str | None = None
    merges: bool = False
    access_ends: datetime | None = None

    def field(self, kind: Kind, named: str) -> Field | None:
        """The field of ``kind`` with this id, code or, without regard to case, this label."""
        exact, folded = self._fields_by_name.get(kind, ({}, {}))
        return exact.get(named) or folded.get(named.casefold())

    @cached_property
    def _fields_by_name(self) -> Mapping[Kind, tuple[Mapping[str, Field], Mapping[str, Field]]]:
        """Each kind's fields by id and code, and by what they are called in lower case."""
        return {kind: _by_name(fields) for kind, fields in self.fields.items()}

    def messenger(self, named: str) -> tuple[Field, Option] | None:
        """The contacts' field for addresses in this messenger, and the messenger's option there."""
        for field in self.fields.get(Kind.CONTACT, ()):
            if field.type is FieldType.MESSENGER and (option := field.option(named)):
                return field, option
        return None

    def pipeline(self, named: str) -> Pipeline | None:
        """The pipeline with this id or, without regard to case, this label."""
        return _by_id_or_label(self.pipelines, named)

    def user(self, named: str) -> User | None:
        """The user with this id, or, without regard to case, this e-mail or name."""
        folded = named.casefold()
        for user in self.users:
            if named == user.id or folded == (user.email or "").casefold():
                return user
        return _by_id_or_label(self.users, named)

    def task_type(self, named: str) -> Option | None:
        """The task type with this id or, without regard to case, this label."""
        return _by_id_or_label(self.task_types, named)


def _by_name(fields: Sequence[Field]) -> tuple[Mapping[str, Field], Mapping[str, Field]]:
    """What is earlier in ``fields`` comes first, and what a field was called comes last."""
    exact: dict[str, Field] = {}
    folded: dict[str, Field] = {}
    for field in fields:
        for name in (field.id, field.code):
            if name is not None:
                exact.setdefault(name, field)
        for name in (field.label, field.code):
            if name:
                folded.setdefault(name.casefold(), field)
    for field in fields:
        for name in field.former:
            folded.setdefault(name.casefold(), field)
    return exact, folded


_T = TypeVar("_T", Option, Stage, Pipeline, User)


def _was_called(thing: Option | Stage | Pipeline | User, folded: str) -> bool:
    return any(name.casefold() == folded for name in thing.former)


def _by_id_or_label(things: Sequence[_T], named: str) -> _T | None:
    for thing in things:
        if thing.id == named:
            return thing
    folded = named.casefold()
    for thing in things:
        if thing.label.casefold() == folded:
            return thing
    return next((thing for thing in things if _was_called(thing, folded)), None)
