"""A Formwire and a simulated Kommo: people change the one, forms arrive at the other."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from connectors.simulation import Record, Simulator
from engine.deciding.form import FormConfig
from engine.deciding.module import load_module
from engine.delivery.drain import drain
from engine.delivery.intake import Posted, accept
from engine.instance import Instance
from engine.storage.forms import form_by_key, save_form, save_module
from engine.storage.models import Connection, Notice, Run, RunState

API = "/api/v4"
TOKEN = "demo-token"
CONNECTION = "demo-kommo"

SALES, SERVICE = 3177727, 3177827
NEW_REQUEST, CONTACTED, NEGOTIATION, WON, LOST = 32392159, 32392162, 32392165, 142, 143
GRACE, ANNA, BORIS = 10001, 10002, 10003

ADA = {"name": "Ada Lovelace", "email": "ada@example.org", "phone": "+380 67 123 45 67"}

CONTACT = {
    "fields": {
        "name": "{{ field.name }}",
        "phone": "{{ field.phone }}",
        "email": "{{ field.email }}",
    }
}
COMPANY = {
    "fields": {
        "name": "{{ field.company }}",
        "phone": "{{ field.company_phone }}",
        "email": "{{ field.company_email }}",
    }
}
DEAL = {"pipeline": "Sales", "stage": "New request", "name": "Request of {{ field.name }}"}
CONTROL = {"control": "formwire", "found": "keep"}


@dataclass
class Clock:
    """The CRM's clock, which people's records of long ago set back for a while."""

    behind_s: float = 0

    def __call__(self) -> float:
        return time.time() - self.behind_s


@dataclass
class World:
    """One instance with the form ``demo`` and the connection ``demo-kommo``."""

    instance: Instance
    simulator: Simulator
    clock: Clock

    # Formwire

    def form(self, key: str = "demo", **config: Any) -> None:
        with self.instance.database.write() as session:
            document = {"form": key, "name": "Demo", "region": "UA", "zone": "Europe/Kyiv"}
            save_form(session, FormConfig.model_validate(document | config))

    def module(self, key: str = "sales", form: str = "demo", **parts: Any) -> None:
        """Save the form's module ``key``; ``parts`` are its contact, company, deal and so on."""
        document = {"form": form, "module": key, "connection": CONNECTION, **parts}
        with self.instance.database.write() as session:
            save_module(session, load_module(document))

    def submit(self, form: str = "demo", **answers: Any) -> Run:
        """Ada's answers, with ``answers`` instead of hers, all the way; the last module's run."""
        body = json.dumps({**ADA, **answers}).encode()
        self.post(form, body, "application/json")
        return self.run()

    def post(self, form: str, body: bytes, content_type: str) -> None:
        """A website's submission, delivered."""
        with self.instance.database.read() as session:
            stored = form_by_key(session, form)
        assert stored is not None
        accept(self.instance, stored, Posted(body, content_type))
        self.drain()

    def drain(self) -> None:
        with self.instance.database.read() as session:
            ids = session.scalars(select(Connection.id)).all()
        for id in ids:
            drain(self.instance, id)

    def runs(self) -> list[Run]:
        with self.instance.database.read() as session:
            return list(session.scalars(select(Run).order_by(Run.id)))

    def run(self) -> Run:
        return self.runs()[-1]

    def notices(self) -> list[Notice]:
        with self.instance.database.read() as session:
            return list(session.scalars(select(Notice)))

    def deliver(self, form: str = "demo", **answers: Any) -> Run:
        """Submit, and insist that it was delivered."""
        run = self.submit(form, **answers)
        assert run.state == RunState.DELIVERED, run.reason
        return run

    # Kommo, as people use it

    def add(self, entity: str, **body: Any) -> int:
        """A person's own record; ``body`` as Kommo's API takes it."""
        response = self.simulator.test_client().post(
            f"{API}/{entity}", json=[body], headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert response.status_code == 200, response.get_json()
        return int(response.get_json()["_embedded"][entity][0]["id"])

    def edit(self, entity: str, id: int, **body: Any) -> None:
        response = self.simulator.test_client().patch(
            f"{API}/{entity}",
            json=[{"id": id, **body}],
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert response.status_code == 200, response.get_json()

    # Kommo, as it stands

    def all(self, entity: str) -> list[Record]:
        return self.simulator.store.all(entity)

    def one(self, entity: str) -> Record:
        """The only record of ``entity``."""
        (record,) = self.all(entity)
        return record

    def get(self, entity: str, id: int) -> Record:
        record = self.simulator.store.get(entity, id)
        assert record is not None
        return record

    def linked(self, entity: str, record: Record, other: str) -> list[int]:
        return list(self.simulator.store.links((entity, record["id"]), other))

    def texts(self, kind: str, entity: str) -> list[str]:
        """The texts of all tasks or notes about records of ``entity``."""
        about = [one for one in self.all(kind) if one["entity_type"] == entity]
        return [one["text"] if kind == "tasks" else one["params"]["text"] for one in about]

    def counts(self) -> dict[str, int]:
        kinds = ("contacts", "companies", "leads", "tasks", "notes")
        return {kind: len(self.all(kind)) for kind in kinds if self.all(kind)}


def values(record: Record, name: str) -> list[Any]:
    """What a custom field holds, by its code or label."""
    return [
        value["value"]
        for filled in record["custom_fields_values"] or ()
        if name in (filled["field_code"], filled["field_name"])
        for value in filled["values"]
    ]


def tags(record: Record) -> list[str]:
    return [tag["name"] for tag in record["tags"]]


def filled(**coded: Sequence[str] | str) -> dict[str, Any]:
    """Custom fields by their code, as Kommo's API takes them."""
    return {
        "custom_fields_values": [
            {
                "field_code": code,
                "values": [{"value": one} for one in ([text] if isinstance(text, str) else text)],
            }
            for code, text in coded.items()
        ]
    }


def linked(**ids: int) -> dict[str, Any]:
    """People of a lead, as Kommo's API takes them."""
    return {"_embedded": {entity: [{"id": id}] for entity, id in ids.items()}}
