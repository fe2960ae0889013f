"""Labels, which are our tags: options of a field, made when the first record needs them."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from connectors.base import Kind
from connectors.catalog import Catalog
from connectors.errors import AuthError, OutcomeUnknownError, RejectedError, UnavailableError
from connectors.pipedrive.api import Api, Item
from connectors.pipedrive.catalog import FIELD_PATHS, LABELS
from connectors.pipedrive.mapping import field_called


class Labels:
    """An account's labels of one kind of record. Thread-safe.

    The catalog may be older than the newest labels, so the account is asked before one is made, and
    about ids that the catalog does not know.
    """

    def __init__(self, api: Api, kind: Kind, catalog: Catalog) -> None:
        self._api = api
        self._path = f"{FIELD_PATHS[kind]}/{LABELS}"
        self._lock = Lock()
        field = field_called(kind, LABELS, catalog)
        options = field.options if field else ()
        self._names = {int(one.id): one.label for one in options if one.id.isdigit()}
        self._asked = False

    def names(self, ids: Sequence[int]) -> list[str]:
        """What the labels with these ids are called; those that nobody knows are left out."""
        with self._lock:
            if not self._asked and any(id not in self._names for id in ids):
                self._ask()
            return [self._names[id] for id in ids if id in self._names]

    def ids(self, names: Sequence[str]) -> list[int]:
        """The labels' ids; labels that are missing are made. Raises ConnectorError."""
        with self._lock:
            if any(self._id(name) is None for name in names):
                self._ask()
                self._make([name for name in names if self._id(name) is None])
            found = (self._id(name) for name in names)
            return list(dict.fromkeys(id for id in found if id is not None))

    def _id(self, name: str) -> int | None:
        folded = name.casefold()
        return next((id for id, one in self._names.items() if one.casefold() == folded), None)

    def _ask(self) -> None:
        field = self._api.read(self._path)
        self._keep(field.get("options") or [] if isinstance(field, dict) else [])
        self._asked = True

    def _make(self, names: Sequence[str]) -> None:
        missing = {name.casefold(): name for name in names}
        if not missing:
            return
        try:
            made = self._api.add(
                f"{self._path}/options", [{"label": name} for name in missing.values()]
            )
        except (AuthError, RejectedError) as error:
            # Who may write records may not be allowed to change what fields offer.
            raise RejectedError(
                "a tag is none of the account's labels, and the CRM does not let us add it: "
                "add it there, or connect with the token of an administrator"
            ) from error
        except OutcomeUnknownError as error:
            # No record was sent; whether the label was made is asked for before the next is.
            raise UnavailableError("the CRM did not say whether it made a label") from error
        self._keep(made)

    def _keep(self, options: Sequence[Item]) -> None:
        self._names |= {int(option["id"]): str(option["label"]) for option in options}
