"""What can go wrong when we talk to a CRM.

ConnectorError
├── SettingsError         the connection's settings are missing or malformed
├── AuthError             the CRM refuses our credentials
├── RejectedError         the CRM understood the record and refuses it
│   ├── ConflictError     a record with this identity exists already
│   └── NotFoundError     the record we point at is gone
├── RateLimitedError      too many calls; wait, then repeat
├── UnavailableError      not applied: the call never arrived, or it only read
└── OutcomeUnknownError   perhaps applied: look before you repeat

The last three may be repeated; the engine alone decides when.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Base of everything a connector raises. Its text holds no personal data and no secrets."""


class SettingsError(ConnectorError):
    """The connection's settings are missing or malformed."""


class AuthError(ConnectorError):
    """The CRM refuses our credentials, or the account is closed to us."""


class RejectedError(ConnectorError):
    """The CRM understood the record and refuses it.

    ``field`` is the canonical id of the offending field, when the CRM names one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class ConflictError(RejectedError):
    """A record with this identity exists already."""


class NotFoundError(RejectedError):
    """The record we point at is gone."""


class RateLimitedError(ConnectorError):
    """Too many calls. ``retry_after_s`` is the CRM's own wish, None when it names none."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnavailableError(ConnectorError):
    """Surely not applied: the call never arrived, or it only read."""


class OutcomeUnknownError(ConnectorError):
    """Perhaps applied: the answer to a write was lost or unreadable."""
