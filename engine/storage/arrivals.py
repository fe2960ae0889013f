"""What a post asks of the database before it is answered: a website waits for each of these statements.

So they are put together once, and make rows, not objects that are watched for changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Table, Text, bindparam, cast, func, insert, select, update

from engine.storage.base import Base
from engine.storage.models import Event, Form, Module, Revision, Run, RunIdentity, Submission


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
_FORM_AT = _ANY_FORM.where(_FORM.c.key == bindparam("key"))
_LOCKED_FORM = _ANY_FORM.where(_FORM.c.id == bindparam("id")).with_for_update(key_share=True)


def form_at(connection: Connection, key: str) -> FormRow | None:
    return _form(connection, _FORM_AT, {"key": key})


def locked_form(connection: Connection, id: int) -> FormRow | None:
    """The form as it is now, which nobody else changes before this transaction ends."""
    return _form(connection, _LOCKED_FORM, {"id": id})


def _form(connection: Connection, statement: Any, wanted: Mapping[str, Any]) -> FormRow | None:
    row = connection.execute(statement, wanted).first()
    return FormRow(*row) if row else None


_NUMBERED = update(_FORM).where(_FORM.c.id == bindparam("form")).values(submissions=bindparam("to"))


def next_number(connection: Connection, form: FormRow) -> int:
    """The number of the form's next submission. Its row must be locked."""
    number = form.submissions + 1
    connection.execute(_NUMBERED, {"form": form.id, "to": number})
    return number


_UNDER_KEY = select(_SUBMISSION.c.id).where(
    _SUBMISSION.c.form_id == bindparam("form"), _SUBMISSION.c.idem_key == bindparam("key")
)


def submission_under(connection: Connection, form_id: int, idem_key: str) -> int | None:
    """The submission with this key."""
    id: int | None = connection.scalar(_UNDER_KEY, {"form": form_id, "key": idem_key})
    return id


class LiveModule(NamedTuple):
    """An enabled module with its live revision. ``document`` is that one's text."""

    id: int
    connection_id: int
    revision_id: int
    document: str


_newest = _REVISION.alias()
_LIVE_MODULES = (
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
    return [LiveModule(*row) for row in connection.execute(_LIVE_MODULES, {"form": form_id})]


_ADD_SUBMISSION, _ADD_RUN = insert(_SUBMISSION), insert(_RUN)
_ADD_IDENTITY, _ADD_EVENT = insert(_IDENTITY), insert(_EVENT)


def add_submission(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a submission with these columns; its id."""
    return _added(connection, _ADD_SUBMISSION, values)


def add_run(connection: Connection, values: Mapping[str, Any]) -> int:
    """Store a run with these columns; its id."""
    return _added(connection, _ADD_RUN, values)


def add_run_identities(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(_ADD_IDENTITY, rows)


def add_arrival(connection: Connection, submission_id: int, message: str) -> None:
    """Begin a submission's timeline."""
    connection.execute(
        _ADD_EVENT, {"submission_id": submission_id, "type": "received", "message": message}
    )


def _added(connection: Connection, statement: Any, values: Mapping[str, Any]) -> int:
    result: Any = connection.execute(statement, values)
    id: int = result.inserted_primary_key[0]
    return id
