"""Changes of the account that a CRM in memory has, as people make them in a CRM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Stage
from connectors.memory.account import CATALOG
from engine.deciding.drift import with_former_names

Change = Callable[[Catalog], Catalog]


def field(kind: Kind, id: str, **changes: Any) -> Change:
    """The field changed; without changes it is gone."""

    def change(catalog: Catalog) -> Catalog:
        fields = [
            replace(one, **changes) if one.id == id else one
            for one in catalog.fields[kind]
            if changes or one.id != id
        ]
        return replace(catalog, fields={**catalog.fields, kind: tuple(fields)})

    return change


def new_field(kind: Kind, id: str, label: str) -> Change:
    def change(catalog: Catalog) -> Catalog:
        added = (*catalog.fields[kind], Field(id, label, FieldType.TEXT))
        return replace(catalog, fields={**catalog.fields, kind: added})

    return change


def pipeline(id: str, **changes: Any) -> Change:
    def change(catalog: Catalog) -> Catalog:
        pipelines = [
            replace(one, **changes) if one.id == id else one
            for one in catalog.pipelines
            if changes or one.id != id
        ]
        return replace(catalog, pipelines=tuple(pipelines))

    return change


def stages(**labels: str) -> Change:
    """The sales pipeline with these stages, ids to labels."""
    return pipeline("sales", stages=tuple(Stage(id, label) for id, label in labels.items()))


def user(id: str, **changes: Any) -> Change:
    def change(catalog: Catalog) -> Catalog:
        users = [
            replace(one, **changes) if one.id == id else one
            for one in catalog.users
            if changes or one.id != id
        ]
        return replace(catalog, users=tuple(users))

    return change


def task_types(**labels: str) -> Change:
    def change(catalog: Catalog) -> Catalog:
        return replace(catalog, task_types=tuple(Option(*pair) for pair in labels.items()))

    return change


def after(*changes: Change, before: Catalog = CATALOG) -> Catalog:
    """The account as it is read after ``changes``, with its former names."""
    read = before
    for change in changes:
        read = change(read)
    return with_former_names(before, read)
