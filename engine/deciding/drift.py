"""What changed in an account between two readings of its catalog, and which modules that concerns.

Names follow ids: what was renamed keeps its former names in the newer catalog, so that a module that
names it by the old one goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias, TypeVar

from connectors.catalog import Catalog, Field, Option, Pipeline, Stage, User
from engine.deciding.module import ModuleConfig
from engine.deciding.naming import Place, References

Thing: TypeAlias = Field | Option | Stage | Pipeline | User
"""What has an id, a label and former names in a catalog."""


class Verb(StrEnum):
    """What happened to a thing."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    DEACTIVATED = "deactivated"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that changed: ``what`` in words, by its old name; ``now`` is its new name or type."""

    place: Place
    verb: Verb
    what: str
    now: str = ""

    def __str__(self) -> str:
        match self.verb:
            case Verb.ADDED:
                return f"{self.what} is new"
            case Verb.REMOVED:
                return f"{self.what} is gone"
            case Verb.RENAMED:
                return f"{self.what} is called “{self.now}” now"
            case Verb.DEACTIVATED:
                return f"{self.what} is deactivated"
            case Verb.RETYPED:
                return f"{self.what} holds {self.now} now"


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of a module that a drift concerns; ``path`` is a JSON Pointer into its document.

    ``stops``: the module cannot be carried out until it is mended.
    """

    path: str
    message: str
    stops: bool


def drifts(before: Catalog, after: Catalog) -> tuple[Drift, ...]:
    """Everything that changed, in the order of the catalogs, what is new last."""
    old, new = dict(_things(before)), dict(_things(after))
    changed = [drift for place in old for drift in _drifts_at(place, old, new)]
    added = [
        Drift(place, Verb.ADDED, _words(place, new))
        for place in new.keys() - old.keys()
        if place[:-1] not in new.keys() - old.keys()  # a new pipeline's stages need no telling
    ]
    return (*changed, *sorted(added, key=lambda drift: drift.place))


def with_former_names(before: Catalog, after: Catalog) -> Catalog:
    """``after``, in which whatever is there still also bears the names it had in ``before``."""
    old = dict(_things(before))

    def kept(thing: _T, *place: str) -> _T:
        return replace(thing, former=_former(thing, old.get(place)))

    return replace(
        after,
        fields={
            kind: tuple(
                replace(
                    kept(field, "field", kind, field.id),
                    options=tuple(
                        kept(option, "field", kind, field.id, option.id) for option in field.options
                    ),
                )
                for field in fields
            )
            for kind, fields in after.fields.items()
        },
        pipelines=tuple(
            replace(
                kept(pipeline, "pipeline", pipeline.id),
                stages=tuple(
                    kept(stage, "pipeline", pipeline.id, stage.id) for stage in pipeline.stages
                ),
            )
            for pipeline in after.pipelines
        ),
        users=tuple(kept(user, "user", user.id) for user in after.users),
        task_types=tuple(kept(type, "task type", type.id) for type in after.task_types),
    )


def hits(module: ModuleConfig, before: Catalog, after: Catalog) -> tuple[Hit, ...]:
    """The places of ``module`` that mean something else, or nothing, since ``before``.

    ``after`` has its former names. What is named by its id follows a new label without a word.
    """
    old, new = dict(_things(before)), dict(_things(after))
    found: dict[tuple[str, str], Hit] = {}
    for reference in References(module, before).all():
        then, now = reference.find(before), reference.find(after)
        if not reference.needed and any(place[:-1] not in new for place in then):
            continue  # the field went, and the row tells that
        if then and not now:
            messages = {f"{_words(min(then), old)} is gone": reference.needed}
        elif lost := then - now:
            messages = {_moved(reference.name, min(lost), old, new): False}
        else:
            messages = dict.fromkeys(_changes_of(reference.name, then, old, new), False)
        for message, stops in messages.items():
            found.setdefault((reference.path, message), Hit(reference.path, message, stops))
    return tuple(found.values())


_T = TypeVar("_T", Field, Option, Stage, Pipeline, User)
_Things: TypeAlias = Mapping[Place, Thing]


def _things(catalog: Catalog) -> Iterator[tuple[Place, Thing]]:
    for kind, fields in catalog.fields.items():
        for field in fields:
            yield ("field", kind.value, field.id), field
            for option in field.options:
                yield ("field", kind.value, field.id, option.id), option
    for pipeline in catalog.pipelines:
        yield ("pipeline", pipeline.id), pipeline
        for stage in pipeline.stages:
            yield ("pipeline", pipeline.id, stage.id), stage
    for user in catalog.users:
        yield ("user", user.id), user
    for type in catalog.task_types:
        yield ("task type", type.id), type


def _drifts_at(place: Place, old: _Things, new: _Things) -> Iterator[Drift]:
    words = _words(place, old)
    then, now = old[place], new.get(place)
    if now is None:
        if place[:-1] not in old or place[:-1] in new:  # else its pipeline's or field's going tells
            yield Drift(place, Verb.REMOVED, words)
        return
    for name, other in zip(_names(then), _names(now), strict=True):
        if name and other != name:
            yield Drift(place, Verb.RENAMED, _words(place, old, name), other or now.label)
    if isinstance(then, User) and isinstance(now, User) and then.active and not now.active:
        yield Drift(place, Verb.DEACTIVATED, words)
    if isinstance(then, Field) and isinstance(now, Field) and _type(then) != _type(now):
        yield Drift(place, Verb.RETYPED, words, _type(now))


def _moved(name: str, place: Place, old: _Things, new: _Things) -> str:
    """What a name's user should know when the name means something else now."""
    drift = next(_drifts_at(place, old, new), None)
    return f"{drift}, and “{name}” means another" if drift else f"“{name}” means another now"


def _changes_of(name: str, places: frozenset[Place], old: _Things, new: _Things) -> Iterator[str]:
    """What a name's user should know of things that are there still."""
    for place in sorted(places):
        for drift in _drifts_at(place, old, new):
            if drift.verb is not Verb.RENAMED or not _bears(new[place], name):
                yield str(drift)


def _words(place: Place, things: _Things, name: str = "") -> str:
    quoted = f"“{name or things[place].label}”"
    match place:
        case ("field", kind, _):
            return f"the {kind}'s field {quoted}"
        case ("field", _, _, _):
            return f"the option {quoted} of {_words(place[:-1], things)}"
        case ("pipeline", _, _):
            return f"the stage {quoted} of {_words(place[:-1], things)}"
    if place[0] == "user":
        return f"the user {quoted}"
    return f"the task type {quoted}" if place[0] == "task type" else f"the pipeline {quoted}"


def _type(field: Field) -> str:
    words = [field.type.value.replace("_", " "), "many" if field.many else ""]
    return ", ".join(filter(None, [*words, "read only" if field.read_only else ""]))


def _names(thing: Thing) -> tuple[str, str]:
    """The label, and the code or e-mail that some things have besides."""
    match thing:
        case Field(code=other) | User(email=other):
            return thing.label, other or ""
    return thing.label, ""


def _bears(thing: Thing, name: str) -> bool:
    folded = name.casefold()
    return name == thing.id or any(folded == one.casefold() for one in _names(thing) if one)


def _former(thing: Thing, before: Thing | None) -> tuple[str, ...]:
    if before is None:
        return ()
    names = dict.fromkeys([*before.former, *_names(before)])
    return tuple(name for name in names if name and not _bears(thing, name))
