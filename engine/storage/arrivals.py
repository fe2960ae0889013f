"""What a post asks of the database before it is answered: a website waits for each of these statements.

So they are prepared, and make rows, not objects that are watched for changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)

from engine.storage.base import Base
from engine.storage.models import Event, Form, Module, Revision, Run, RunIdentity, Submission
from engine.storage.prepared import Prepared, Row


def _table(of: type[Base]) -> Table:
    table = of.__table__
    assert isinstance(table, Table)
    return table


_FORM, _MODULE, _REVISION = _table(Form), _table(Module), _table(Revision)
_SUBMISSION, _RUN, _IDENTITY = _table(Submission), _table(Run), _table(RunIdentity)
_EVENT = _table(Event)


class StoredForm(Protocol):
    """A form, be it an object of the session or a row. ``config`` is its document or that one's text."""

    @property
    def id(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def config(self) -> dict[str, Any] | str: ...
    @property
    def sender_secret(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class FormRow:
    """A form as it was when it was read. ``config`` is its document's text; ``submissions`` the last
    number given to one."""

    id: int
    key: str
    name: str
    enabled: bool
    config: str
    sender_secret: bytes | None
    submissions: int


_ANY_FORM = select(
    _FORM.c.id,
    _FORM.c.key,
    _FORM.c.name,
    _FORM.c.enabled,
    cast(_FORM.c.config, Text),
    _FORM.c.sender_secret,
    _FORM.c.submissions,
)
_FORM_AT = Prepared(_ANY_FORM.where(_FORM.c.key == bindparam("key")))
_LOCKED_FORM = Prepared(
    _ANY_FORM.where(_FORM.c.id == bindparam("id")).with_for_update(key_share=True)
)


def form_at(reader: Engine, key: str) -> FormRow | None:
    return _form(_FORM_AT.seen(reader, {"key": key}))


def locked_form(connection: Connection, id: int) -> FormRow | None:
    """The form as it is now, which nobody else changes before this transaction ends."""
    return _form(_LOCKED_FORM.row(connection, {"id": id}))


def _form(row: Row | None) -> FormRow | None:
    if row is None:
        return None
    id, key, name, enabled, config, sender_secret, submissions = row
    return FormRow(id, key, name, bool(enabled), config, sender_secret, submissions)


_NUMBERED = Prepared(
    update(_FORM).where(_FORM.c.id == bindparam("form")).values(submissions=bindparam("to"))
)


def next_number(connection: Connection, form: FormRow) -> int:
    """The number of the form's next submission. Its row must be locked."""
    number = form.submissions + 1
    _NUMBERED.run(connection, {"form": form.id, "to": number})
    return number


_UNDER_KEY = Prepared(
    select(_SUBMISSION.c.id).where(
        _SUBMISSION.c.form_id == bindparam("form"), _SUBMISSION.c.idem_key == bindparam("key")
    )
)


def submission_under(connection: Connection, form_id: int, idem_key: str) -> int | None:
    """The submission with this key."""
    row = _UNDER_KEY.row(connection, {"form": form_id, "key": idem_key})
    return row[0] if row else None


class LiveModule(NamedTuple):
    """An enabled module with its live revision. ``document`` is that one's text."""

    id: int
    connection_id: int
    revision_id: int
    document: str


_newest = _REVISION.alias()
_LIVE_MODULES = Prepared(
    select(
        _MODULE.c.id,
        _MODULE.c.connection_id,
        _REVISION.c.id,
        cast(_REVISION.c.document, Text),
    )
    .join_from(_MODULE, _REVISION, _REVISION.c.module_id == _MODULE.c.id)
    .where(
        _MODULE.c.form_id == bindparam("form"),
        _MODULE.c.enabled,
        _REVISION.c.number
        == select(func.max(_newest.c.number))
        .where(_newest.c.module_id == _MODULE.c.id)
        .scalar_subquery(),
    )
    .order_by(_MODULE.c.id)
)


def live_modules(connection: Connection, form_id: int) -> Sequence[LiveModule]:
    """What new submissions of the form run through."""
    return [LiveModule(*row) for row in _LIVE_MODULES.rows(connection, {"form": form_id})]


_ADD_SUBMISSION = Prepared(insert(_SUBMISSION).returning(_SUBMISSION.c.id))
_ADD_RUN = Prepared(insert(_RUN).returning(_RUN.c.id))
_ADD_IDENTITY, _ADD_EVENT = Prepared(insert(_IDENTITY)), Prepared(insert(_EVENT))


def add_submission(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a submission with these columns; its id."""
    return _added(connection, _ADD_SUBMISSION, values)


def add_run(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a run with these columns; its id."""
    return _added(connection, _ADD_RUN, values)


def add_run_identities(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        _ADD_IDENTITY.run(connection, *rows)


def add_arrival(connection: Connection, submission_id: int, message: str) -> None:
    """Begin a submission's timeline."""
    _ADD_EVENT.run(
        connection, {"submission_id": submission_id, "type": "received", "message": message}
    )


def _added(connection: Connection, statement: Prepared, values: Mapping[str, Any]) -> int:
    row = statement.row(connection, values)
    assert row is not None
    id: int = row[0]
    return id
