"""Odoo's exceptions, by the names under which its API tells them."""

from __future__ import annotations

STATUSES = {
    "odoo.exceptions.ValidationError": 422,
    "odoo.exceptions.UserError": 422,
    "odoo.exceptions.AccessError": 403,
    "odoo.exceptions.AccessDenied": 403,
    "odoo.exceptions.MissingError": 404,
    "odoo.exceptions.LockError": 409,
    "werkzeug.exceptions.NotFound": 404,
    "werkzeug.exceptions.Unauthorized": 401,
    "werkzeug.exceptions.UnprocessableEntity": 422,
}
"""What is not among them, such as Python's own errors, is answered with 500."""


class OdooError(Exception):
    """An exception inside Odoo; its call is rolled back."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message

    @property
    def status(self) -> int:
        return STATUSES.get(self.name, 500)

    @property
    def is_business(self) -> bool:
        """Whether it is a UserError or one of its kinds, which imports tell row by row."""
        return self.name.startswith("odoo.exceptions.")


def value_error(message: str) -> OdooError:
    return OdooError("builtins.ValueError", message)


def no_field(field: str, model: str) -> OdooError:
    return value_error(f"Invalid field {field!r} in {model!r}")


def not_valid(message: str) -> OdooError:
    return OdooError("odoo.exceptions.ValidationError", message)


def no_access(message: str) -> OdooError:
    return OdooError("odoo.exceptions.AccessError", message)


def missing(model: str, id: int) -> OdooError:
    told = f"Record does not exist or has been deleted.\n(Record: {model}({id},), User: 2)"
    return OdooError("odoo.exceptions.MissingError", told)


def not_found(message: str) -> OdooError:
    return OdooError("werkzeug.exceptions.NotFound", message)
