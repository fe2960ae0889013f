"""One simulated Pipedrive account, as its API's views see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask import current_app

from connectors.pipedrive.simulator.fields import LISTS
from connectors.simulation import Address, Record, Store

# API v2, persons/search: the types of custom fields that searches look through.
SEARCHED = frozenset({"address", "varchar", "text", "varchar_auto", "double", "monetary", "phone"})


@dataclass(frozen=True, slots=True)
class Crm:
    """The account's records, its access, and its clock in Unix seconds.

    ``token`` is the API token; ``client_id`` and ``client_secret`` are those of the app that people
    may let in. ``contact_sync``: persons have messengers, a birthday and a job title.
    """

    store: Store
    token: str
    client_id: str
    client_secret: str
    contact_sync: bool
    now: Callable[[], float]

    def moment(self) -> str:
        """Now, as v2 writes it: without fractions of seconds."""
        return f"{datetime.fromtimestamp(self.now(), UTC):%Y-%m-%dT%H:%M:%SZ}"

    def moment_v1(self) -> str:
        return f"{datetime.fromtimestamp(self.now(), UTC):%Y-%m-%d %H:%M:%S}"

    def fields(self, entity: str) -> list[Record]:
        """The fields of an entity."""
        return self.store.all(LISTS[entity])

    def field(self, entity: str, code: str) -> Record | None:
        return next((one for one in self.fields(entity) if one["field_code"] == code), None)

    def custom_fields(self, entity: str) -> dict[str, Record]:
        return {one["field_code"]: one for one in self.fields(entity) if one["is_custom_field"]}

    def live(self, entity: str, id: object) -> Record | None:
        """The record, unless it is deleted."""
        if not isinstance(id, int) or isinstance(id, bool):
            return None
        record = self.store.get(entity, id)
        return None if record is None or record.get("is_deleted") else record

    def stages(self, pipeline_id: int) -> list[Record]:
        """The stages of a pipeline, in order."""
        return [one for one in self.store.all("stages") if one["pipeline_id"] == pipeline_id]


def crm() -> Crm:
    """The account that the request is about."""
    return cast(Crm, current_app.extensions["pipedrive"])


def searched_texts(store: Store, entity: str, record: Record, fields: set[str]) -> list[str]:
    """The values of a record that a search in ``fields`` compares, each as it was typed."""
    texts: list[Any] = []
    if {"name", "title"} & fields:
        texts.append(record.get("name") or record.get("title"))
    for key, list_ in (("email", "emails"), ("phone", "phones")):
        if key in fields:
            texts += [one["value"] for one in record.get(list_) or ()]
    if "address" in fields:
        texts.append((record.get("address") or {}).get("value"))
    if "custom_fields" in fields:
        types = {one["field_code"]: one["field_type"] for one in store.all(LISTS[entity])}
        texts += [
            value.get("value") if isinstance(value, dict) else value
            for key, value in record["custom_fields"].items()
            if types.get(key) in SEARCHED
        ]
    return [str(text) for text in texts if text not in (None, "")]


def text_of(entity: str, record: Record) -> str:
    """All that any search may find a record by; what a field is, the search looks at again."""
    if entity not in LISTS or record.get("is_deleted"):
        return ""
    values = record["custom_fields"].values()
    custom = [value.get("value") if isinstance(value, dict) else value for value in values]
    reach = [one["value"] for key in ("emails", "phones") for one in record.get(key) or ()]
    own = [record.get("name"), record.get("title"), (record.get("address") or {}).get("value")]
    return "\n".join(str(one) for one in (*own, *reach, *custom) if one not in (None, "", []))


def subject_of(entity: str, record: Record) -> Address | None:
    """The record that an activity or note is about."""
    if entity not in ("activities", "notes"):
        return None
    for key, parent in (
        ("deal_id", "deals"),
        ("person_id", "persons"),
        ("org_id", "organizations"),
    ):
        if record.get(key):
            return parent, record[key]
    return None
