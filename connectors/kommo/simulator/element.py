"""The body of a write: an array of objects, each with what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import request

from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.dialect import refuse

T = TypeVar("T")

LARGEST_WRITE = 250
LATEST = 2**32  # seconds; no calendar here goes further
DETAILS = {
    "NotSupportedChoice": "The value you selected is not a valid choice.",
    "InvalidType": "This value should be of another type.",
    "FieldMissing": "This field is missing.",
}


@dataclass(slots=True)
class Element:
    """One object of a write. ``path`` leads to it from its array element; mistakes are shared."""

    body: Mapping[str, Any]
    request_id: str
    path: str = ""
    mistakes: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, code: str, key: str, detail: str = "") -> None:
        """Remember a mistake at ``key``."""
        path = f"{self.path}{key}"
        self.mistakes.append({"code": code, "path": path, "detail": detail or DETAILS[code]})

    def child(self, key: str, body: Any) -> Element:
        """The object found at ``key``."""
        found = Element({}, self.request_id, f"{self.path}{key}.", self.mistakes)
        if isinstance(body, Mapping):
            found.body = body
        else:
            self.refuse("InvalidType", key)
        return found

    def embedded(self, key: str) -> list[Element]:
        """The objects of ``_embedded.key``, none when it is absent."""
        listed = self._embedded().get(key)
        return self.children(f"_embedded.{key}", listed) if listed is not None else []

    def children(self, key: str, listed: Any) -> list[Element]:
        """The objects of the array ``listed``, found at ``key``."""
        if not isinstance(listed, list):
            self.refuse("InvalidType", key)
            return []
        return [self.child(f"{key}.{place}", body) for place, body in enumerate(listed)]

    def embeds(self, key: str) -> bool:
        """Whether ``_embedded.key`` is there, be it null."""
        return key in self._embedded()

    def _embedded(self) -> Mapping[str, Any]:
        embedded = self.body.get("_embedded")
        return embedded if isinstance(embedded, Mapping) else {}

    def require(self, *keys: str) -> None:
        """Remember every key that is absent."""
        for key in keys:
            if self.body.get(key) is None:
                self.refuse("FieldMissing", key)


def read_text(crm: Crm, element: Element, key: str) -> str | None:
    return _typed(element, key, str)


def read_whole(crm: Crm, element: Element, key: str) -> int | None:
    return _typed(element, key, int)


def read_moment(crm: Crm, element: Element, key: str) -> int | None:
    """A time in Unix seconds."""
    moment = _typed(element, key, int)
    if moment is not None and not 0 <= moment < LATEST:
        element.refuse("InvalidType", key)
    return moment


def read_flag(crm: Crm, element: Element, key: str) -> bool | None:
    value = element.body[key]
    if not isinstance(value, bool):
        element.refuse("InvalidType", key)
    return value is True


def read_price(crm: Crm, element: Element, key: str) -> int | float | None:
    """Decimals are for accounts with minor units only. Source: developers.kommo.com, Leads."""
    value = element.body[key]
    if crm.minor_units and isinstance(value, float):
        return value
    return _typed(element, key, int)


def read_user(crm: Crm, element: Element, key: str) -> int | None:
    return _known(element, key, _typed(element, key, int), crm, "users")


def read_author(crm: Crm, element: Element, key: str) -> int | None:
    """A user, or 0 for a robot."""
    return 0 if element.body[key] == 0 else read_user(crm, element, key)


def read_task_type(crm: Crm, element: Element, key: str) -> int | None:
    return _known(element, key, _typed(element, key, int), crm, "task_types")


def read_elements(limit: int = LARGEST_WRITE) -> list[Element]:
    """The request's array. Ends the request when it is none, empty or longer than ``limit``."""
    body = request.get_json(force=True, silent=True)
    if not body:
        refuse(400, "Request data can not be empty")
    if not isinstance(body, list):
        refuse(400, "Request data should be an array")
    if len(body) > limit:
        refuse(422, f"Limit {limit} per page")
    return [_element(item, place) for place, item in enumerate(body)]


def read_element() -> Element:
    """The request's single object."""
    body = request.get_json(force=True, silent=True)
    if not body:
        refuse(400, "Request data can not be empty")
    if not isinstance(body, dict):
        refuse(400, "Request data should be an object")
    return _element(body, 0)


def settle(elements: Sequence[Element]) -> None:
    """End the request if any element has a mistake: nothing of the array is applied then."""
    refused = [
        {"request_id": element.request_id, "errors": element.mistakes}
        for element in elements
        if element.mistakes
    ]
    if refused:
        refuse(400, "Request validation failed", **{"validation-errors": refused})


def _element(body: Any, place: int) -> Element:
    if not isinstance(body, dict):
        element = Element({}, str(place))
        element.refuse("InvalidType", str(place))
        return element
    return Element(body, str(body.get("request_id", place)))


def _typed(element: Element, key: str, wanted: type[T]) -> T | None:
    value = element.body[key]
    if isinstance(value, wanted) and not isinstance(value, bool):
        return value
    element.refuse("InvalidType", key, f"This value should be of type {wanted.__name__}.")
    return None


def _known(element: Element, key: str, id: int | None, crm: Crm, entity: str) -> int | None:
    if id is not None and crm.store.get(entity, id) is None:
        element.refuse("NotSupportedChoice", key)
    return id
