"""What people see of the database: a board per team, and a sheet per record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.odoo.simulator.account import NAME, ZONE
from connectors.odoo.simulator.database import Database
from connectors.odoo.simulator.records import serves
from connectors.odoo.simulator.transaction import MOMENT
from connectors.odoo.simulator.values import display_name
from connectors.simulation import Board, Card, Overview, Record, Sheet, Shelf

MOST_CARDS = 50
FRESH_S = 60
CURRENCY = "EUR"
KINDS = {
    "crm.lead": "Opportunity",
    "res.partner": "Contact",
    "mail.activity": "Activity",
    "mail.message": "Note",
}
LABELS = {
    "crm.lead": "Opportunities",
    "res.partner": "Contacts and companies",
    "mail.activity": "Activities",
    "mail.message": "Notes",
}
APART = frozenset(
    "id name active category_id tag_ids write_uid create_uid email_normalized probability "
    "won_status res_model_id message_type color".split()
)


class OdooShowcase:
    """The pages' view of one database."""

    label = NAME
    record_paths: Sequence[str] = tuple(
        f'/odoo/<any("{model}"):entity>/<int:id>' for model in ("res.partner", "crm.lead")
    )

    def __init__(self, there: Database) -> None:
        self._database = there
        self._store = there.store

    def overview(self) -> Overview:
        boards = tuple(self._board(team) for team in self._store.all("crm.team"))
        return Overview(boards, tuple(self._all(model) for model in list(KINDS)[1:]))

    def sheet(self, entity: str, id: int) -> Sheet | None:
        record = self._store.get(entity, id) if entity in KINDS else None
        if record is None:
            return None
        return Sheet(
            kind=f"{KINDS[entity]} {id}",
            title=self._title(entity, record),
            rows=tuple(self._rows(entity, record)),
            tags=self._tags(entity, record),
            shelves=tuple(self._around(entity, record)),
        )

    def _board(self, team: Record) -> Board:
        leads = [lead for lead in self._store.all("crm.lead") if lead["team_id"] == team["id"]]
        shelves = []
        for stage in self._store.all("crm.stage"):
            if serves(stage, team["id"]):
                here = [one for one in leads if one["active"] and one["stage_id"] == stage["id"]]
                shelves.append(self._shelf("crm.lead", here, stage["name"]))
        lost = [lead for lead in leads if not lead["active"]]
        return Board(team["name"], (*shelves, self._shelf("crm.lead", lost, "Lost")))

    def _all(self, model: str) -> Shelf:
        return self._shelf(model, self._store.all(model), LABELS[model])

    def _shelf(self, model: str, records: Sequence[Record], label: str) -> Shelf:
        worth = sum(record.get("expected_revenue") or 0 for record in records)
        newest = records[: -MOST_CARDS - 1 : -1]
        cards = tuple(self._card(model, record) for record in newest)
        return Shelf(label, cards, len(records), f"{worth:,.2f} {CURRENCY}" if worth else "")

    def _card(self, model: str, record: Record) -> Card:
        made = datetime.strptime(record["create_date"], MOMENT).replace(tzinfo=UTC)
        return Card(
            title=self._title(model, record),
            url=_url(model, record["id"]),
            lines=tuple(line for line in self._lines(model, record) if line),
            tags=self._tags(model, record),
            fresh=self._database.now() - made.timestamp() < FRESH_S,
        )

    def _title(self, model: str, record: Record) -> str:
        if model == "mail.activity":
            return str(record.get("summary") or "Activity")
        if model == "mail.message":
            return _plain(record.get("body")) or "Note"
        if model == "res.partner" and record.get("parent_id") and not record.get("name"):
            return f"{self._named('res.partner', record['parent_id'])}, other address"
        return display_name(record)

    def _lines(self, model: str, record: Record) -> Iterable[str]:
        match model:
            case "crm.lead":
                yield self._named("res.partner", record.get("partner_id"))
                revenue = record.get("expected_revenue")
                yield f"{revenue:,.2f} {CURRENCY}" if revenue else ""
                yield self._named("utm.source", record.get("source_id"))
            case "res.partner":
                yield ", ".join(str(record[key]) for key in ("phone", "email") if record.get(key))
                yield self._named("res.partner", record.get("parent_id"))
            case "mail.activity":
                kind = self._named("mail.activity.type", record.get("activity_type_id"))
                yield f"{kind}, due {record['date_deadline']}"
                yield self._about(record["res_model"], record["res_id"])
            case _:
                yield self._about(record["model"], record["res_id"])
        user = self._named("res.users", record.get("user_id"))
        yield ", ".join(filter(None, (user, _local(record["create_date"]))))

    def _about(self, model: str, id: int) -> str:
        there = self._store.get(model, id)
        return self._title(model, there) if there else "of a deleted record"

    def _rows(self, model: str, record: Record) -> Iterable[tuple[str, str]]:
        fields = self._database.models[model]
        logged = ("create_date", "write_date")
        for name in (*(name for name in fields if name not in logged), *logged):
            field = fields[name]
            value = record.get(name)
            if name in APART or value in (None, False, "", [], 0):
                continue
            if field.relation:
                ids = value if isinstance(value, list) else [value]
                yield field.string, ", ".join(self._named(field.relation, id) for id in ids)
            elif field.type == "datetime":
                yield field.string, _local(str(value))
            elif field.type == "selection":
                yield field.string, str(dict(field.selection).get(value, value))
            else:
                yield field.string, _shown(field.type, value)

    def _around(self, model: str, record: Record) -> Iterable[Shelf]:
        id = record["id"]
        if model == "res.partner":
            leads = [one for one in self._store.all("crm.lead") if one.get("partner_id") == id]
            yield self._shelf("crm.lead", leads, "Opportunities")
            children = [one for one in self._store.all(model) if one.get("parent_id") == id]
            yield self._shelf(model, children, "Contacts and addresses")
        if model == "crm.lead":
            customer = self._store.get("res.partner", record.get("partner_id") or 0)
            yield self._shelf("res.partner", [customer] if customer else [], "Customer")
        for entity, of in (("mail.activity", "res_model"), ("mail.message", "model")):
            about = [
                one
                for one in self._store.all(entity)
                if (one.get(of), one.get("res_id")) == (model, id)
            ]
            yield self._shelf(entity, about, LABELS[entity])

    def _tags(self, model: str, record: Record) -> tuple[str, ...]:
        fields: Mapping[str, Any] = {
            "res.partner": ("category_id", "res.partner.category"),
            "crm.lead": ("tag_ids", "crm.tag"),
        }
        if model not in fields:
            return ()
        name, relation = fields[model]
        return tuple(self._named(relation, id) for id in record.get(name) or ())

    def _named(self, model: str, id: Any) -> str:
        there = self._store.get(model, id) if id else None
        return display_name(there) if there else ""


def _plain(formatted: Any) -> str:
    text = re.sub(r"<br\s*/?>|</p>\s*<p>", "\n", str(formatted or ""))
    return html.unescape(re.sub(r"<[^>]+>", "", text)).strip()


def _shown(type: str, value: Any) -> str:
    if type == "boolean":
        return "yes"
    if type == "monetary":
        return f"{value:,.2f} {CURRENCY}"
    return _plain(value) if type == "html" else str(value)


def _local(moment: str) -> str:
    instant = datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)
    return instant.astimezone(ZoneInfo(ZONE)).strftime("%d.%m.%Y %H:%M")


def _url(model: str, id: int) -> str:
    return f"/odoo/{model}/{id}" if model in ("res.partner", "crm.lead") else f"/{model}/{id}"
