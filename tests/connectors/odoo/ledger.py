"""How the simulated Odoo writes down what is created there."""

from __future__ import annotations

from connectors.base import Kind
from tests.acceptance.ledgers import Body, Ledger, Shelf, nameless, of


def _is_company(partner: Body) -> bool:
    return bool(partner["is_company"])


LEDGER = Ledger(
    {
        Kind.CONTACT: Shelf("res.partner", of("email"), holds=lambda body: not _is_company(body)),
        Kind.COMPANY: Shelf("res.partner", of("name"), holds=_is_company),
        Kind.DEAL: Shelf("crm.lead", of("name")),
        Kind.TASK: Shelf("mail.activity", of("summary"), of("res_id")),
        Kind.NOTE: Shelf(
            "mail.message",
            nameless,
            of("res_id"),
            holds=lambda body: bool(body["message_type"] == "comment"),
        ),
    },
    links_apart=False,
)
