"""What the simulated receiver writes down."""

from __future__ import annotations

from connectors.base import Kind
from tests.acceptance.ledgers import Ledger, Shelf, nameless, of

LEDGER = Ledger(
    {
        Kind.CONTACT: Shelf("contacts", of("email")),
        Kind.COMPANY: Shelf("companies", of("name")),
        Kind.DEAL: Shelf("deals", of("name")),
        Kind.TASK: Shelf("tasks", of("text")),
        Kind.NOTE: Shelf("notes", nameless),
    },
    links_apart=True,
)
