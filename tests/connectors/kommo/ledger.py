"""How the simulated Kommo writes down what is created there."""

from __future__ import annotations

from connectors.base import Kind
from tests.acceptance.ledgers import Body, Ledger, Shelf, nameless, of


def _email(contact: Body) -> str:
    (values,) = [
        one["values"] for one in contact["custom_fields_values"] if one["field_code"] == "EMAIL"
    ]
    return str(values[0]["value"])


LEDGER = Ledger(
    {
        Kind.CONTACT: Shelf("contacts", _email),
        Kind.COMPANY: Shelf("companies", of("name")),
        Kind.DEAL: Shelf("leads", of("name")),
        Kind.TASK: Shelf("tasks", of("text"), of("entity_id")),
        Kind.NOTE: Shelf("notes", nameless, of("entity_id")),
    },
    links_apart=True,
)
