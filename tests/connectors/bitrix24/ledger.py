"""How the simulated Bitrix24 writes down what is created there."""

from __future__ import annotations

from connectors.base import Kind
from tests.acceptance.ledgers import Body, Ledger, Shelf, first, nameless, of


def _deal(body: Body) -> int:
    return int(body["about"][1])


LEDGER = Ledger(
    {
        Kind.CONTACT: Shelf("contact", first("fm", typeId="EMAIL")),
        Kind.COMPANY: Shelf("company", of("title")),
        Kind.DEAL: Shelf("deal", of("title")),
        Kind.TASK: Shelf("activity", of("description"), _deal),
        Kind.NOTE: Shelf("comment", nameless, _deal),
    },
    links_apart=True,
)
