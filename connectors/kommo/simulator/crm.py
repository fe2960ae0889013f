"""One simulated Kommo account, as its API's views see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, request

from connectors.kommo.simulator.account import ENTITIES, OWNER
from connectors.kommo.simulator.fields import value_text
from connectors.simulation import Address, Record, Store


@dataclass(frozen=True, slots=True)
class Crm:
    """The account's records, its access and its clock in Unix seconds.

    ``token`` is the long-lived one; ``client_id`` and ``client_secret`` are those of the integration
    that people may let in.
    """

    store: Store
    token: str
    client_id: str
    client_secret: str
    minor_units: bool
    now: Callable[[], float]

    def moment(self) -> int:
        """Now, as Kommo writes it."""
        return int(self.now())

    def subdomain(self) -> str:
        """Where the account lives now: it may be renamed."""
        return str(self.store.all("accounts")[0]["subdomain"])

    def field(self, entity: str, id: object) -> Record | None:
        """The custom field with this id."""
        return self.store.get(f"{entity}/custom_fields", id) if isinstance(id, int) else None

    def field_coded(self, entity: str, code: object) -> Record | None:
        """The custom field with this code."""
        fields = self.store.all(f"{entity}/custom_fields")
        return next((field for field in fields if code and field["code"] == code), None)

    def pipeline(self, id: int) -> Record | None:
        return self.store.get("leads/pipelines", id)

    def main_pipeline(self) -> Record:
        return next(line for line in self.store.all("leads/pipelines") if line["is_main"])

    def pipeline_of(self, status_id: int) -> Record | None:
        """The pipeline that a stage belongs to; the closing stages belong to all, so to none."""
        found = [
            pipeline
            for pipeline in self.store.all("leads/pipelines")
            if any(status["id"] == status_id for status in pipeline["statuses"])
        ]
        return found[0] if len(found) == 1 else None

    def closest_task_at(self, subject: Address) -> int | None:
        """When the next open task about a record is due."""
        tasks = self.store.about(subject, "tasks")
        return min(
            (task["complete_till"] for task in tasks if not task["is_completed"]), default=None
        )

    def acting_user(self) -> int:
        """The user in whose name the request writes: the token's, or X-Context-User-ID."""
        named = request.headers.get("X-Context-User-ID", type=int)
        return named if named and self.store.get("users", named) else OWNER


def crm() -> Crm:
    """The account that the request is about."""
    return cast(Crm, current_app.extensions["kommo"])


def links_to(path: str) -> dict[str, Any]:
    """The ``_links`` of an API resource."""
    return {"_links": {"self": {"href": f"{request.host_url}api/v4/{path}"}}}


def asked_with() -> set[str]:
    """What the request wants besides, by ``with=``."""
    return set(request.args.get("with", "").replace(" ", "").split(","))


def subject_of(entity: str, record: Record) -> Address | None:
    """The record that a task or note is about."""
    if entity in ("tasks", "notes") and record["entity_type"]:
        return record["entity_type"], record["entity_id"]
    return None


def text_of(entity: str, record: Record) -> str:
    """What ``query`` looks through: all that is filled in, numbers too, each as it was typed.

    So digits of a phone are also found in a budget or an id. Source: github.com/amocrm/
    amocrm-api-php, issue 515, where such a hit was taken for the person.
    """
    if entity not in ENTITIES:
        return ""
    values = [
        value_text(value)
        for filled in record["custom_fields_values"] or ()
        for value in filled["values"]
    ]
    return "\n".join((record["name"], str(record["id"]), str(record.get("price") or ""), *values))
