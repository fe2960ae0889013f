"""What becomes of each field: before, after, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from connectors.base import Fields, Json, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.phones import same_number
from engine.deciding.identity import same_email
from engine.deciding.parts import Policy
from engine.deciding.plan import FieldChange
from engine.deciding.rows import Value
from engine.deciding.values import NOTHING

Written = Mapping[Ref, Fields]
"""What we last wrote to watched fields of records."""

Newer = Mapping[Ref, Collection[str]]
"""Fields of records that later submissions wrote."""

_PLAIN_LABELS = {"text": "Text", "due": "Due", "type": "Type", "responsible": "Responsible"}
LEFT_TO_NEWER = "kept: a later submission wrote it"
_GIVEN_AT_BIRTH = ("responsible", "pipeline", "stage")


def changes_of_created(
    values: Iterable[Value],
    catalog: Catalog,
    *,
    before: Fields | None = None,
    why: str = "new record",
) -> tuple[FieldChange, ...]:
    """Fields that are written whatever stands there."""
    changes = []
    for field, value, _ in values:
        there = words(before.get(field.id), field, catalog) if before else ""
        after = words(value, field, catalog)
        changes.append(FieldChange(field.id, field.label, there, after, why, True, value))
    return tuple(changes)


def plain_changes(fields: Mapping[str, Json], catalog: Catalog) -> tuple[FieldChange, ...]:
    """Fields of a task or note."""
    return tuple(
        FieldChange(
            field=id,
            label=_PLAIN_LABELS.get(id, id),
            before="",
            after=_plain_words(id, str(value), catalog),
            why="new record",
            writes=True,
            value=value,
        )
        for id, value in fields.items()
    )


def _plain_words(id: str, value: str, catalog: Catalog) -> str:
    named = {"responsible": catalog.user, "type": catalog.task_type}.get(id)
    found = named(value) if named else None
    return found.label if found else value


def changes_of_found(
    values: Iterable[Value],
    record: Record,
    catalog: Catalog,
    written: Fields,
    newer: Collection[str] = (),
) -> tuple[FieldChange, ...]:
    """What the write policies make of an existing record.

    ``written`` is what we last wrote to it, ``newer`` the fields that a later submission wrote.
    Responsible, pipeline and stage stay.
    """
    changes = []
    for value in values:
        field = value.field
        if field.id in _GIVEN_AT_BIRTH:
            continue
        current = record.fields.get(field.id)
        if field.id in newer and not field.many:
            verdict = _LEFT_TO_NEWER
        else:
            verdict = _verdict(value, current, written)
        writes, why, sent, adds = verdict
        before = after = words(current, field, catalog)
        if writes:
            after = words(_together(current, sent) if adds else sent, field, catalog)
        changes.append(FieldChange(field.id, field.label, before, after, why, writes, sent))
    return tuple(changes)


def new_tags(wanted: Sequence[str], present: Sequence[str]) -> tuple[str, ...]:
    """The tags to be added; none is ever taken away."""
    have = {tag.casefold() for tag in present}
    return tuple(tag for tag in dict.fromkeys(wanted) if tag.casefold() not in have)


def words(value: Json, field: Field, catalog: Catalog) -> str:
    """A value as a person reads it: labels instead of ids."""
    if value in NOTHING:
        return ""
    if isinstance(value, list):
        return ", ".join(words(one, field, catalog) for one in value)
    if field.type is FieldType.YES_NO:
        return "yes" if value else "no"
    return _label(str(value), field, catalog) or str(value)


def same_value(field: Field, one: Json, other: Json) -> bool:
    """Whether two single values mean the same: phones as numbers, texts without regard to case."""
    if one == other:
        return True
    same: Callable[[str, str], bool] | None = _SAME.get(field.type)
    if same is None or not isinstance(one, str) or not isinstance(other, str):
        return bool(one == other)
    return same(one, other)


class _Verdict(NamedTuple):
    """``value`` is what is sent; it ``adds`` to a field of many values."""

    writes: bool
    why: str
    value: Json = None
    adds: bool = False


_LEFT_ALONE = _Verdict(False, "kept: the module leaves it alone")
_LEFT_TO_NEWER = _Verdict(False, LEFT_TO_NEWER)
_ONLY_FILLS = _Verdict(False, "kept: complete only fills what is empty")
_SAME_ALREADY = _Verdict(False, "same")
_THERE_ALREADY = _Verdict(False, "there already")
_EMPTY_ALREADY = _Verdict(False, "empty already")
_CLEARED = _Verdict(True, "cleared: no answer")


def _verdict(value: Value, current: Json, written: Fields) -> _Verdict:
    if value.policy is Policy.LEAVE:
        return _LEFT_ALONE
    if value.value is None:
        return _EMPTY_ALREADY if current in NOTHING else _CLEARED
    if value.field.many:
        return _added(value, current)
    if current in NOTHING:
        return _Verdict(True, "was empty", value.value)
    if current == value.value:
        return _SAME_ALREADY
    return _BY_POLICY[value.policy](value, current, written)


def _added(value: Value, current: Json) -> _Verdict:
    added = [
        one
        for one in as_list(value.value)
        if not any(same_value(value.field, str(one), str(there)) for there in as_list(current))
    ]
    if not added:
        return _THERE_ALREADY
    return _Verdict(True, "added" if current else "was empty", added, adds=True)


def _complete(value: Value, current: Json, written: Fields) -> _Verdict:
    return _ONLY_FILLS


def _overwrite(value: Value, current: Json, written: Fields) -> _Verdict:
    return _Verdict(True, "overwritten", value.value)


def _append(value: Value, current: Json, written: Fields) -> _Verdict:
    if value.field.type is FieldType.CHOICES:
        new = [one for one in as_list(value.value) if one not in as_list(current)]
        if not new:
            return _THERE_ALREADY
        return _Verdict(True, "appended", [*as_list(current), *new])
    if str(value.value) in str(current).splitlines():
        return _THERE_ALREADY
    return _Verdict(True, "appended", f"{current}\n{value.value}")


def _untouched(value: Value, current: Json, written: Fields) -> _Verdict:
    if written.get(value.field.id) != current:
        return _Verdict(False, "kept: a person wrote it")
    return _Verdict(True, "overwritten: nobody changed what Formwire wrote", value.value)


def _forward(value: Value, current: Json, written: Fields) -> _Verdict:
    order = [option.id for option in value.field.options]
    if current in order and order.index(str(value.value)) <= order.index(current):
        return _Verdict(False, "kept: it is further on")
    return _Verdict(True, "moved forward", value.value)


_BY_POLICY: Mapping[Policy, Callable[[Value, Json, Fields], _Verdict]] = {
    Policy.COMPLETE: _complete,
    Policy.OVERWRITE: _overwrite,
    Policy.APPEND: _append,
    Policy.UNTOUCHED: _untouched,
    Policy.FORWARD: _forward,
}


def _same_text(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


_SAME: Mapping[FieldType, Callable[[str, str], bool]] = {
    FieldType.PHONE: same_number,
    FieldType.EMAIL: same_email,
    FieldType.TEXT: _same_text,
    FieldType.LONG_TEXT: _same_text,
    FieldType.URL: _same_text,
    FieldType.MESSENGER: _same_text,
}


def as_list(value: Json) -> list[Json]:
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _together(current: Json, added: Json) -> Json:
    return [*as_list(current), *as_list(added)]


def _label(value: str, field: Field, catalog: Catalog) -> str | None:
    if field.options and field.type is not FieldType.MESSENGER:
        option = field.option(value)
        return option.label if option else None
    if field.type not in _NAMED_BY_THE_CATALOG:
        return None
    if field.type is FieldType.MESSENGER:
        return value.replace(":", ": ", 1)
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


_NAMED_BY_THE_CATALOG = frozenset(
    {FieldType.MESSENGER, FieldType.USER, FieldType.PIPELINE, FieldType.STAGE}
)
