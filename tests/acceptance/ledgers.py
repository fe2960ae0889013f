"""How each simulated CRM writes down what is created there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from connectors.base import Kind

Body: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the records of one kind are kept, and how one is read.

    ``name``: a contact's e-mail, a company's or deal's name, a task's text. ``deal``: the id of the deal
    that a task or note is about; None where links tell it. ``holds``: which of the entity's records
    are of this kind.
    """

    entity: str
    name: Callable[[Body], str]
    deal: Callable[[Body], int] | None = None
    holds: Callable[[Body], bool] = lambda _body: True


def _kommo_email(contact: Body) -> str:
    (values,) = [
        one["values"] for one in contact["custom_fields_values"] if one["field_code"] == "EMAIL"
    ]
    return str(values[0]["value"])


def _of(name: str) -> Callable[[Body], Any]:
    return lambda body: body[name]


def _property(name: str) -> Callable[[Body], str]:
    return lambda body: str(body["properties"][name])


def _first(name: str, **having: str) -> Callable[[Body], str]:
    """The first value of a list of them."""
    return lambda body: next(
        str(one["value"]) for one in body[name] if having.items() <= one.items()
    )


def _nameless(_body: Body) -> str:
    return ""


_KOMMO: Mapping[Kind, Shelf] = {
    Kind.CONTACT: Shelf("contacts", _kommo_email),
    Kind.COMPANY: Shelf("companies", _of("name")),
    Kind.DEAL: Shelf("leads", _of("name")),
    Kind.TASK: Shelf("tasks", _of("text"), _of("entity_id")),
    Kind.NOTE: Shelf("notes", _nameless, _of("entity_id")),
}
_HUBSPOT: Mapping[Kind, Shelf] = {
    Kind.CONTACT: Shelf("contacts", _property("email")),
    Kind.COMPANY: Shelf("companies", _property("name")),
    Kind.DEAL: Shelf("deals", _property("dealname")),
    Kind.TASK: Shelf("tasks", _property("hs_task_subject")),
    Kind.NOTE: Shelf("notes", _nameless),
}
_PIPEDRIVE: Mapping[Kind, Shelf] = {
    Kind.CONTACT: Shelf("persons", _first("emails")),
    Kind.COMPANY: Shelf("organizations", _of("name")),
    Kind.DEAL: Shelf("deals", _of("title")),
    Kind.TASK: Shelf("activities", _of("subject"), _of("deal_id")),
    Kind.NOTE: Shelf("notes", _nameless, _of("deal_id")),
}
_BITRIX24: Mapping[Kind, Shelf] = {
    Kind.CONTACT: Shelf("contact", _first("fm", typeId="EMAIL")),
    Kind.COMPANY: Shelf("company", _of("title")),
    Kind.DEAL: Shelf("deal", _of("title")),
    Kind.TASK: Shelf("activity", _of("description"), lambda body: int(body["about"][1])),
    Kind.NOTE: Shelf("comment", _nameless, lambda body: int(body["about"][1])),
}
_ODOO: Mapping[Kind, Shelf] = {
    Kind.CONTACT: Shelf("res.partner", _of("email"), holds=lambda body: not body["is_company"]),
    Kind.COMPANY: Shelf("res.partner", _of("name"), holds=lambda body: bool(body["is_company"])),
    Kind.DEAL: Shelf("crm.lead", _of("name")),
    Kind.TASK: Shelf("mail.activity", _of("summary"), _of("res_id")),
    Kind.NOTE: Shelf(
        "mail.message",
        _nameless,
        _of("res_id"),
        holds=lambda body: body["message_type"] == "comment",
    ),
}
_WEBHOOK: Mapping[Kind, Shelf] = {
    Kind.CONTACT: Shelf("contacts", _of("email")),
    Kind.COMPANY: Shelf("companies", _of("name")),
    Kind.DEAL: Shelf("deals", _of("name")),
    Kind.TASK: Shelf("tasks", _of("text")),
    Kind.NOTE: Shelf("notes", _nameless),
}
LEDGERS: Mapping[str, Mapping[Kind, Shelf]] = {
    "kommo": _KOMMO,
    "amocrm": _KOMMO,
    "hubspot": _HUBSPOT,
    "pipedrive": _PIPEDRIVE,
    "bitrix24": _BITRIX24,
    "odoo": _ODOO,
    "webhook": _WEBHOOK,
}
"""Connector key to its CRM's shelves."""

LINKING = frozenset({"kommo", "amocrm", "hubspot", "bitrix24", "webhook"})
"""Those that keep links apart from their records."""
