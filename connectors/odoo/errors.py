"""What Odoo's exceptions mean: told by their names, never by the status.

Plain Python errors that bad data causes arrive with status 500, and over JSON-RPC everything comes
with 200. A call is one transaction, so an exception that Odoo tells has undone it, unless it is one
that may come after the commit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.base import Json
from connectors.errors import (
    AuthError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    SettingsError,
    UnavailableError,
)


class NoRight(RejectedError):
    """The user of the API key may not do this, or not to this record."""


class NoSuchMethod(RejectedError):
    """The database has no such model, or the model no such method."""


NOT_LET_IN = frozenset(
    {
        "werkzeug.exceptions.Unauthorized",
        "odoo.exceptions.AccessDenied",
        "odoo.http.SessionExpiredException",
    }
)
REFUSALS: Mapping[str, str] = {
    "odoo.exceptions.ValidationError": "the CRM finds the record not valid",
    "odoo.exceptions.UserError": "the CRM refuses the record",
    "odoo.exceptions.RedirectWarning": "the CRM refuses the record",
    "werkzeug.exceptions.BadRequest": "the CRM cannot read the request",
    "werkzeug.exceptions.UnprocessableEntity": "the CRM does not know an argument of the call",
    **dict.fromkeys(
        (f"builtins.{name}" for name in ("ValueError", "TypeError", "KeyError", "AttributeError")),
        "a value does not fit its field",
    ),
}
"""Name of an exception to what it says of the record; repeating the call is pointless."""

# Classes 22 and 23 of PostgreSQL's errors: what was sent does not fit the database.
_BAD_DATA = frozenset(
    f"psycopg2.errors.{name}"
    for name in (
        "InvalidTextRepresentation NumericValueOutOfRange StringDataRightTruncation "
        "DatetimeFieldOverflow InvalidDatetimeFormat CharacterNotInRepertoire UntranslatableCharacter "
        "NotNullViolation UniqueViolation ForeignKeyViolation CheckViolation"
    ).split()
)

CONCURRENT = re.compile(r"could not serialize access|deadlock detected|could not obtain lock")
"""How PostgreSQL says that another transaction was in the way."""

_FIELD = re.compile(r"[Ii]nvalid field '(\w+)'|[Ww]rong value for [\w.]+\.(\w+)")


def meaning(
    name: str, message: str, place: str, lost: type[OutcomeUnknownError] | type[UnavailableError]
) -> ConnectorError:
    """The error that Odoo's exception ``name`` is. Its own words stay out: they may be personal."""
    if name in NOT_LET_IN:
        return AuthError(f"{place}: the API key is not accepted; it may have run out")
    if name == "odoo.exceptions.AccessError":
        return NoRight(f"{place}: the API key's user has no right to this")
    if name == "werkzeug.exceptions.NotFound":
        return NoSuchMethod(f"{place}: the CRM has no such model or method")
    if name == "odoo.exceptions.MissingError":
        return NotFoundError(f"{place}: the CRM has no such record")
    if name in REFUSALS:
        return RejectedError(f"{place}: {REFUSALS[name]}", field=field_in(message))
    if name in _BAD_DATA:
        return RejectedError(f"{place}: a value does not fit the database")
    if name.startswith("psycopg2.") and "database" in message and "does not exist" in message:
        return SettingsError(f"{place}: the server has no database of this name")
    if name.startswith("psycopg2.") or name == "odoo.exceptions.LockError":
        return UnavailableError(f"{place}: another transaction was in the way")
    return lost(f"{place}: the CRM fails with {_word(name)}")


def field_in(message: str) -> str | None:
    """Odoo's name of the field that a message is about, if it tells."""
    found = _FIELD.search(message)
    return next((name for name in found.groups() if name), None) if found else None


def exception_in(body: Json) -> tuple[str, str] | None:
    """Name and message of an exception as both transports write it; None when ``body`` is none."""
    if isinstance(body, dict) and isinstance(body.get("name"), str):
        return body["name"], str(body.get("message", ""))
    return None


def _word(name: str) -> str:
    return name if re.fullmatch(r"[\w.]{1,80}", name, re.ASCII) else "an unnamed error"
