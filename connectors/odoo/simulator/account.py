"""The demo database as it stands before the first lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.odoo.simulator.fields import MODELS
from connectors.simulation import Record

NAME = "Demo Odoo"
DATABASE = "demo"
ZONE = "Europe/Kyiv"
OPENED_AT = "2026-01-01 00:00:00"
GRACE, ANNA, BORIS = 2, 6, 7
COMPANY, EURO, UKRAINE = 1, 1, 230
SALES, SERVICE = 1, 5
WON = 4
KEY = 1
TODO = 4

FIRST_IDS = {
    "res.partner": 41,
    "crm.lead": 501,
    "mail.activity": 301,
    "mail.message": 601,
    "ir.model.data": 9001,
}


def seed(version: int, key_expires: str | None) -> dict[str, list[Record]]:
    """Everything the database has from the start, by model.

    ``key_expires``: when the API key ends, in UTC; None for never.
    """
    people = [("Grace", GRACE), ("Anna", ANNA), ("Boris", BORIS)]
    partners = [
        {**_row(10 + place, name), "email": f"{name.lower()}@acme.test", "type": "contact"}
        for place, (name, _) in enumerate(people)
    ]
    return {
        "res.company": [{**_row(COMPANY, NAME), "currency_id": EURO, "country_id": False}],
        "res.currency": [{**_row(EURO, "EUR"), "active": True}],
        "res.country": [
            {**_row(57, "Germany"), "code": "DE"},
            {**_row(UKRAINE, "Ukraine"), "code": "UA"},
        ],
        "res.partner": [
            {**one, "active": True, "email_normalized": one["email"], "category_id": []}
            for one in partners
        ],
        "res.users": [_user(id, name, 10 + place) for place, (name, id) in enumerate(people)],
        "res.users.apikeys": [
            {**_row(KEY, "Website"), "user_id": GRACE, "expiration_date": key_expires or False}
        ],
        "crm.team": [
            {**_row(SALES, "Sales"), "sequence": 1, "active": True},
            {**_row(SERVICE, "Service"), "sequence": 2, "active": True},
        ],
        "crm.stage": _stages(version),
        "crm.lost.reason": _rows("Too expensive", "No answer", active=True),
        "crm.tag": [],
        "mail.activity.type": [
            {**_row(id, name), "sequence": id, "category": "default"}
            for id, name in ((1, "Email"), (2, "Call"), (3, "Meeting"), (TODO, "To-Do"))
        ],
        "mail.message.subtype": _rows("Discussions", "Note"),
        "res.partner.industry": _rows("Manufacturing", "Services", active=True),
        "x_interest": _rows("Demo", "Prices"),
        "utm.medium": _rows("Website", "Email"),
        "ir.model": [
            {**_row(id, model), "model": model} for id, model in enumerate(MODELS, start=400)
        ],
        "ir.model.data": _external_ids(),
    }


def _stages(version: int) -> list[Record]:
    """Won serves all teams, each other stage one."""
    of_teams = [
        (1, "New request", SALES),
        (2, "Contacted", SALES),
        (3, "Negotiation", SALES),
        (5, "New request", SERVICE),
        (6, "In progress", SERVICE),
        (7, "Waiting for parts", SERVICE),
        (WON, "Won", None),
    ]
    rows: list[Record] = []
    for sequence, (id, name, team) in enumerate(of_teams, start=1):
        teams: dict[str, Any] = {"team_ids": [team] if team else []}
        if version < 19:
            teams = {"team_id": team or False}
        more = {"sequence": sequence, "is_won": id == WON, "fold": False}
        rows.append({**_row(id, name), **more, **teams})
    return rows


def _external_ids() -> list[Record]:
    known: Sequence[tuple[str, str, str, int]] = [
        *(
            (_module(model), f"model_{model.replace('.', '_')}", "ir.model", id)
            for id, model in enumerate(MODELS, start=400)
        ),
        ("mail", "mt_comment", "mail.message.subtype", 1),
        ("mail", "mt_note", "mail.message.subtype", 2),
        ("mail", "mail_activity_data_email", "mail.activity.type", 1),
        ("mail", "mail_activity_data_call", "mail.activity.type", 2),
        ("mail", "mail_activity_data_meeting", "mail.activity.type", 3),
        ("mail", "mail_activity_data_todo", "mail.activity.type", TODO),
    ]
    return [
        {"id": number, "module": module, "name": name, "model": model, "res_id": id}
        for number, (module, name, model, id) in enumerate(known, start=1)
    ]


def _module(model: str) -> str:
    first = model.split(".")[0]
    return first if first in ("crm", "mail", "utm") else "base"


def _row(id: int, name: str) -> dict[str, Any]:
    moments = {"create_date": OPENED_AT, "write_date": OPENED_AT}
    return {"id": id, "name": name, **moments, "create_uid": 1, "write_uid": 1}


def _rows(*names: str, **more: Any) -> list[Record]:
    return [{**_row(id, name), **more} for id, name in enumerate(names, start=1)]


def _user(id: int, name: str, partner: int) -> Record:
    address = f"{name.lower()}@acme.test"
    return {
        **_row(id, name),
        "login": address,
        "email": address,
        "active": True,
        "share": False,
        "lang": "en_US",
        "tz": ZONE,
        "company_id": COMPANY,
        "partner_id": partner,
    }
