"""How the simulated Pipedrive writes down what is created there."""

from __future__ import annotations

from connectors.base import Kind
from tests.acceptance.ledgers import Ledger, Shelf, first, nameless, of

LEDGER = Ledger(
    {
        Kind.CONTACT: Shelf("persons", first("emails")),
        Kind.COMPANY: Shelf("organizations", of("name")),
        Kind.DEAL: Shelf("deals", of("title")),
        Kind.TASK: Shelf("activities", of("subject"), of("deal_id")),
        Kind.NOTE: Shelf("notes", nameless, of("deal_id")),
    },
    links_apart=False,
)
