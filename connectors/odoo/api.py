"""Odoo's generic methods, as far as Formwire calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Json
from connectors.errors import OutcomeUnknownError, RejectedError, UnavailableError
from connectors.odoo.errors import CONCURRENT
from connectors.odoo.transport import Transport

PAGE_SIZE = 500
MOST_PAGES = 40

Item = Mapping[str, Any]
"""One record as search_read gives it: a many2one as [id, name], what is empty as false."""
Domain = list[Json]
Context = Mapping[str, Json]

ARCHIVED_TOO: Context = {"active_test": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """What Odoo has against one row. ``field`` is Odoo's name, None when it names none."""

    row: int
    field: str | None


class LoadRefused(RejectedError):
    """Odoo refuses a load, and so all of its rows, because of ``problems``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        named = sorted({problem.field for problem in problems if problem.field})
        about = f" because of {', '.join(named)}" if named else ""
        super().__init__(f"the CRM refuses the record{about}")
        self.problems = tuple(problems)


class Api:
    """One database."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def user_id(self) -> int:
        return self._transport.user_id()

    def user_context(self) -> Item:
        """The user's language and time zone, each false when not set."""
        context = self._read("res.users", "context_get", {})
        if not isinstance(context, dict):
            raise UnavailableError("res.users/context_get: the answer is no context")
        return context

    def fields(self, model: str, context: Context) -> Mapping[str, Item]:
        """A model's fields by name."""
        attributes = ["type", "string", "required", "readonly", "selection", "relation", "store"]
        found = self._read(model, "fields_get", {"attributes": attributes, "context": context})
        if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
            raise UnavailableError(f"{model}/fields_get: the answer holds no fields")
        return found

    def records(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: str = "id",
        context: Context | None = None,
    ) -> list[Item]:
        """Return every record that the domain describes. Archived ones only as ``context`` says."""
        found: list[Item] = []
        for page in range(MOST_PAGES):
            asked = {"domain": domain, "fields": list(fields), "order": order, "limit": PAGE_SIZE}
            asked |= {"offset": page * PAGE_SIZE, "context": context or {}}
            items = self._read(model, "search_read", asked)
            if not isinstance(items, list) or not all(_is_item(item) for item in items):
                raise UnavailableError(f"{model}/search_read: the answer holds no records")
            found += items
            if len(items) < PAGE_SIZE:
                return found
        raise RejectedError(f"{model}: more than {MOST_PAGES * PAGE_SIZE} records match")

    def external_ids(self, model: str, ids: Sequence[int]) -> dict[str, int]:
        """Return the records among ``ids`` that have an external id, by it."""
        found: dict[str, int] = {}
        for start in range(0, len(ids), PAGE_SIZE):
            some = list(ids[start : start + PAGE_SIZE])
            names = self._read(model, "get_external_id", {"ids": some})
            if not isinstance(names, dict):
                raise UnavailableError(f"{model}/get_external_id: the answer holds no ids")
            found |= {str(name): int(id) for id, name in names.items() if name}
        return found

    def load(
        self, model: str, columns: Sequence[str], rows: Sequence[Sequence[str]], context: Context
    ) -> list[int]:
        """Create or change one record for each row, all or none, and return their ids in order.

        Columns are named as in an import: ``id`` is the external id by which a second load finds
        what the first has made, ``.id`` the database's, ``x/.id`` a reference by that. An empty
        cell empties the field. Raises LoadRefused and other ConnectorErrors.
        """
        named = {"fields": list(columns), "data": [list(row) for row in rows], "context": context}
        answer = self._transport.call(model, "load", named, writes=True)
        if not isinstance(answer, dict):
            raise OutcomeUnknownError(f"{model}/load: the answer is none")
        _refuse(model, answer.get("messages"))
        ids = answer.get("ids")
        if not isinstance(ids, list) or len(ids) != len(rows) or not all(map(_is_id, ids)):
            raise OutcomeUnknownError(f"{model}/load: the answer says nothing about the records")
        return ids

    def _read(self, model: str, method: str, named: Mapping[str, Json]) -> Json:
        return self._transport.call(model, method, named, writes=False)


def _refuse(model: str, messages: Json) -> None:
    """Raise what the errors among the messages of a load mean: nothing of it was saved."""
    listed = messages if isinstance(messages, list) else []
    errors = [one for one in listed if isinstance(one, dict) and one.get("type") == "error"]
    if not errors:
        return
    if any(CONCURRENT.search(str(error.get("message", ""))) for error in errors):
        # Seen on Odoo 19: of six equal loads at once, five ended so, with status 200.
        raise UnavailableError(f"{model}/load: another transaction was in the way")
    raise LoadRefused([_problem(error) for error in errors])


def _problem(error: Item) -> Problem:
    rows = error.get("rows")
    place = rows.get("from") if isinstance(rows, dict) else error.get("record")
    field = error.get("field")
    field = field[0] if isinstance(field, list) and field else field
    return Problem(
        place if isinstance(place, int) else -1, field if isinstance(field, str) else None
    )


def _is_item(item: Json) -> bool:
    return isinstance(item, dict) and _is_id(item.get("id"))


def _is_id(id: Json) -> bool:
    return isinstance(id, int) and not isinstance(id, bool)
