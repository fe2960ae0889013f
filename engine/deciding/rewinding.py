"""A record as it was before runs changed it, as far as their plans tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from connectors.base import Fields, Json, Record, Ref
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, User
from engine.deciding.changes import as_list
from engine.deciding.plan import Action, FieldChange, Plan, Step
from engine.deciding.values import NOTHING


@dataclass(frozen=True, slots=True)
class Past:
    """A plan that was carried out, the records it created, and the module it was for."""

    plan: Plan
    created: frozenset[Ref]
    module_id: int = 0


def rewound(record: Record, pasts: Iterable[Past], catalog: Catalog) -> Record | None:
    """``record`` before ``pasts``, the latest first; None when one of them created it.

    What people changed in the CRM meanwhile stays, and is overwritten where a run wrote too.
    """
    for past in pasts:
        if record.ref in past.created:
            return None
        for step in past.plan.steps:
            if step.kind is record.kind and step.record_id == record.id and step.writes:
                record = _without(record, step, catalog)
        links = tuple(ref for ref in record.links if ref not in past.created)
        record = replace(record, links=links)
    return record


def _without(record: Record, step: Step, catalog: Catalog) -> Record:
    """The record without the step's writes."""
    if step.action is Action.LINK:
        return record
    fields = dict(record.fields)
    for change in step.changes:
        field = catalog.field(record.kind, change.field)
        if change.writes and field is not None:
            fields[change.field] = _before(change, field, fields, catalog)
    stages = {stage.id: stage for pipeline in catalog.pipelines for stage in pipeline.stages}
    stage = stages.get(str(fields.get("stage")))
    return replace(
        record,
        fields={id: value for id, value in fields.items() if value not in NOTHING},
        tags=tuple(tag for tag in record.tags if tag not in step.tags),
        closed=stage.closed if stage else record.closed,
    )


def _before(change: FieldChange, field: Field, fields: Fields, catalog: Catalog) -> Json:
    """The value that was there; plans tell it in words."""
    if not change.before:
        return None
    if field.type is FieldType.CHOICES:
        options = [option for option in field.options if option.label in change.before.split(", ")]
        return [option.id for option in options]
    if field.many:
        return [one for one in as_list(fields.get(field.id)) if one not in as_list(change.value)]
    if field.type is FieldType.YES_NO:
        return change.before == "yes"
    if field.type is FieldType.STAGE:  # plans tell the pipeline first
        pipeline = catalog.pipeline(str(fields.get("pipeline")))
        stage = pipeline.stage(change.before) if pipeline else None
        return stage.id if stage else None
    return _id(change.before, field, catalog) or change.before


def _id(label: str, field: Field, catalog: Catalog) -> str | None:
    """The id behind a label, for fields that hold ids."""
    named: Option | User | Pipeline | None
    match field.type:
        case FieldType.CHOICE:
            named = field.option(label)
        case FieldType.USER:
            named = catalog.user(label)
        case FieldType.PIPELINE:
            named = catalog.pipeline(label)
        case _:
            return None
    return named.id if named else None
