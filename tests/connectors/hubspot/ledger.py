"""How the simulated HubSpot writes down what is created there."""

from __future__ import annotations

from collections.abc import Callable

from connectors.base import Kind
from tests.acceptance.ledgers import Body, Ledger, Shelf, nameless


def _property(name: str) -> Callable[[Body], str]:
    return lambda body: str(body["properties"][name])


LEDGER = Ledger(
    {
        Kind.CONTACT: Shelf("contacts", _property("email")),
        Kind.COMPANY: Shelf("companies", _property("name")),
        Kind.DEAL: Shelf("deals", _property("dealname")),
        Kind.TASK: Shelf("tasks", _property("hs_task_subject")),
        Kind.NOTE: Shelf("notes", nameless),
    },
    links_apart=True,
)
