"""One simulated database, and how a call is carried out in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app

from connectors.odoo.simulator.account import GRACE
from connectors.odoo.simulator.failures import OdooError, no_access, not_found
from connectors.odoo.simulator.fields import Fields, models_of
from connectors.odoo.simulator.loading import refused
from connectors.odoo.simulator.methods import METHODS, ON_RECORDS
from connectors.odoo.simulator.transaction import Transaction
from connectors.simulation import Store


@dataclass(slots=True)
class Database:
    """The records, who may come in, and the clock in Unix seconds.

    ``admin``: the key's user has administrator rights. ``collisions``: how many loads to come find
    another transaction in their way.
    """

    store: Store
    version: int
    key: str
    admin: bool
    now: Callable[[], float]
    collisions: int = 0

    @property
    def models(self) -> Mapping[str, Fields]:
        return models_of(self.version)

    def lets_in(self, key: str) -> bool:
        """Whether the API key is there and has not run out."""
        today = self._transaction({}).moment()
        return key == self.key and any(
            not row["expiration_date"] or row["expiration_date"] > today
            for row in self.store.all("res.users.apikeys")
        )

    def run(self, model: str, method: str, arguments: Mapping[str, Any]) -> Any:
        """Carry out one call, whole or not at all. Raises OdooError."""
        named = dict(arguments)
        context = named.pop("context", None) or {}
        tr = self._transaction(context)
        tr.fields(model)
        if method.startswith("_"):
            raise no_access(
                f"Private methods (such as {model}.{method}) cannot be called remotely."
            )
        if method not in METHODS:
            raise not_found(f"The method {model}.{method} does not exist")
        call = METHODS[method]
        if method in ON_RECORDS:
            named.setdefault("ids", [])
        try:
            inspect.signature(call).bind(tr, model, **named)
        except TypeError as error:
            raise OdooError("builtins.TypeError", f"{model}.{method}() {error}") from error
        if method == "load" and self.collisions:
            self.collisions -= 1
            return refused(len(named["data"]))
        result = call(tr, model, **named)
        tr.commit()
        return result

    def named(self, method: str, positional: list[Any]) -> dict[str, Any]:
        """Positional arguments of a method by the names it has for them. Raises OdooError."""
        if method not in METHODS:
            return {}
        names = list(inspect.signature(METHODS[method]).parameters)[2:]
        if len(positional) > len(names):
            raise OdooError("builtins.TypeError", f"{method}() takes fewer arguments")
        return dict(zip(names, positional, strict=False))

    def _transaction(self, context: Mapping[str, Any]) -> Transaction:
        return Transaction(self.store, self.models, GRACE, context, self.now, self.admin)


def database() -> Database:
    """The database that the request is about."""
    return cast(Database, current_app.extensions["odoo"])
