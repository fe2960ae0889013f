"""What becomes of each field: before, after, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Fields, Json, Record
from connectors.catalog import Catalog, Field, FieldType
from connectors.phones import same_number
from engine.deciding.identity import same_email
from engine.deciding.module import Policy
from engine.deciding.plan import FieldChange
from engine.deciding.wanting import Value

_PLAIN_LABELS = {"text": "Text", "due": "Due", "type": "Type", "responsible": "Responsible"}


def changes_of_created(
    values: Iterable[Value], catalog: Catalog, *, before: Fields | None = None, why: str = ""
) -> tuple[FieldChange, ...]:
    """Fields that are written whatever stands there."""
    return tuple(
        FieldChange(
            field=value.field.id,
            label=value.field.label,
            before=words((before or {}).get(value.field.id), value.field, catalog),
            after=words(value.value, value.field, catalog),
            why=why or "new record",
            writes=True,
            value=value.value,
        )
        for value in values
    )


def plain_changes(fields: Mapping[str, Json]) -> tuple[FieldChange, ...]:
    """Fields of a task or note."""
    return tuple(
        FieldChange(
            field=id,
            label=_PLAIN_LABELS.get(id, id),
            before="",
            after=str(value),
            why="new record",
            writes=True,
            value=value,
        )
        for id, value in fields.items()
    )


def changes_of_found(
    values: Iterable[Value], record: Record, catalog: Catalog
) -> tuple[FieldChange, ...]:
    """What the write policies make of an existing record. Responsible, pipeline and stage stay."""
    changes = []
    for value in values:
        if value.field.id in ("responsible", "pipeline", "stage"):
            continue
        current = record.fields.get(value.field.id)
        verdict = _verdict(value, current)
        after = _together(current, verdict.value) if verdict.writes else current
        changes.append(
            FieldChange(
                field=value.field.id,
                label=value.field.label,
                before=words(current, value.field, catalog),
                after=words(after, value.field, catalog),
                why=verdict.why,
                writes=verdict.writes,
                value=verdict.value if verdict.writes else None,
            )
        )
    return tuple(changes)


def new_tags(wanted: Sequence[str], present: Sequence[str]) -> tuple[str, ...]:
    """The tags to be added; none is ever taken away."""
    have = {tag.casefold() for tag in present}
    return tuple(tag for tag in wanted if tag.casefold() not in have)


def words(value: Json, field: Field, catalog: Catalog) -> str:
    """A value as a person reads it: labels instead of ids."""
    if value in (None, "", []):
        return ""
    if isinstance(value, list):
        return ", ".join(words(one, field, catalog) for one in value)
    if field.type is FieldType.YES_NO:
        return "yes" if value else "no"
    return _label(str(value), field, catalog) or str(value)


@dataclass(frozen=True, slots=True)
class _Verdict:
    writes: bool
    why: str
    value: Json = None


def _verdict(value: Value, current: Json) -> _Verdict:
    if value.policy is Policy.LEAVE:
        return _Verdict(False, "kept: the module leaves records it finds alone")
    if value.field.many:
        added = [one for one in _list(value.value) if not _among(one, current, value.field)]
        return _Verdict(True, "added", added) if added else _Verdict(False, "there already")
    if current in (None, "", []):
        return _Verdict(True, "was empty", value.value)
    if current == value.value:
        return _Verdict(False, "same")
    if value.policy is Policy.COMPLETE:
        return _Verdict(False, "kept: complete only fills what is empty")
    return _Verdict(True, "overwritten", value.value)


def _among(wanted: Json, current: Json, field: Field) -> bool:
    same = {FieldType.PHONE: same_number, FieldType.EMAIL: same_email}.get(field.type)
    if same is None:
        return wanted in _list(current)
    return any(same(str(wanted), str(one)) for one in _list(current))


def _together(current: Json, added: Json) -> Json:
    return [*_list(current), *added] if isinstance(added, list) else added


def _list(value: Json) -> list[Json]:
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _label(value: str, field: Field, catalog: Catalog) -> str | None:
    if field.options:
        option = field.option(value)
        return option.label if option else None
    if field.type is FieldType.USER:
        user = catalog.user(value)
        return user.label if user else None
    if field.type is FieldType.PIPELINE:
        pipeline = catalog.pipeline(value)
        return pipeline.label if pipeline else None
    if field.type is FieldType.STAGE:
        found = (pipeline.stage(value) for pipeline in catalog.pipelines)
        return next((stage.label for stage in found if stage), None)
    return None
