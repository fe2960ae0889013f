"""What a module names in an account: its fields, options, pipelines, stages, users and task types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType
from engine.deciding.documents import pointer
from engine.deciding.module import ModuleConfig
from engine.deciding.parts import ContactPart, DealPart, Part, PersonPart, Row, Task
from engine.deciding.places import Places

Place: TypeAlias = tuple[str, ...]
"""Where a thing stands in a catalog, by ids: ``("field", "deal", "77", "1")`` is an option."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in a module's document, at the JSON Pointer ``path``.

    ``find`` tells what it means in a catalog. ``needed``: without it the module cannot be carried out.
    """

    path: str
    name: str
    find: Callable[[Catalog], frozenset[Place]]
    needed: bool = True


class References:
    """The references of one module. What an answer may name is told by ``catalog``."""

    def __init__(self, module: ModuleConfig, catalog: Catalog) -> None:
        self._module = module
        self._catalog = catalog

    def all(self) -> Iterator[Reference]:
        for kind, part in self._module.parts():
            yield from self._of_part(kind, part)
        yield from self._of_responsible()

    def _of_part(self, kind: Kind, part: Part) -> Iterator[Reference]:
        for name, row in part.fields.items():
            yield from self._of_row(kind, name, row, pointer(kind, "fields", name))
        for number, task in enumerate(part.tasks):
            yield from self._of_task(task, pointer(kind, "tasks", number))
        if isinstance(part, PersonPart):
            for number, name in enumerate(part.match):
                if name not in part.fields and self._module.row(kind, name):
                    yield _field(kind, name, pointer(kind, "match", number))
        if isinstance(part, ContactPart) and part.messenger:
            yield _messenger(part.messenger.type, pointer(kind, "messenger", "type"))
        if isinstance(part, DealPart):
            yield from self._of_deal(part)

    def _of_row(self, kind: Kind, name: str, row: Row, path: str) -> Iterator[Reference]:
        yield _field(kind, name, path)
        for answer, option in row.map.items():
            yield _option(kind, name, option, path + pointer("map", answer))
        if row.unknown.value is not None:
            yield _option(kind, name, row.unknown.value, path + pointer("unknown", "value"))
        if row.map:
            return
        if all("{{" not in source for source in row.sources):
            for source in row.sources:
                yield _option(kind, name, source, path)
            return
        field = self._catalog.field(kind, name)
        for each in field.options if field and field.type in _CHOSEN else ():
            yield _option(kind, name, each.id, path)  # an answer may be any of them

    def _of_task(self, task: Task, path: str) -> Iterator[Reference]:
        if task.type is not None:
            yield _task_type(task.type, path + "/type")
        if task.responsible is not None:
            yield _user(task.responsible, path + "/responsible")

    def _of_deal(self, part: DealPart) -> Iterator[Reference]:
        if part.pipeline is not None:
            yield _pipeline(part.pipeline, "/deal/pipeline")
        if part.stage is not None:
            yield _stage(part.pipeline, part.stage, "/deal/stage")
        look_in, path = part.duplicates.look_in, "/deal/duplicates/look_in"
        for number, name in enumerate(look_in.pipelines):
            yield _pipeline(name, path + pointer("pipelines", number))
        for number, name in enumerate(look_in.stages):
            yield _stages(name, path + pointer("stages", number))
        for name, wanted in look_in.where.items():
            row = Row(value=wanted)
            yield from self._of_row(Kind.DEAL, name, row, path + pointer("where", name))
        if part.duplicates.task:
            yield from self._of_task(part.duplicates.task, "/deal/duplicates/task")

    def _of_responsible(self) -> Iterator[Reference]:
        chosen = self._module.responsible
        if chosen is None:
            return
        for way in ("user", "otherwise"):
            if name := getattr(chosen, way):
                yield _user(name, pointer("responsible", way))
        for number, name in enumerate(chosen.in_turn):
            yield _user(name, pointer("responsible", "in_turn", number))
        for name in chosen.weighted:
            yield _user(name, pointer("responsible", "weighted", name))
        for answer, name in chosen.map.items():
            yield _user(name, pointer("responsible", "map", answer))
        for number, choice in enumerate(chosen.rules):
            yield _user(choice.user, pointer("responsible", "rules", number, "user"))


_CHOSEN = (FieldType.CHOICE, FieldType.CHOICES)


def _one(*place: str | None) -> frozenset[Place]:
    """The place, or nothing when a part of it was not found."""
    known = tuple(part for part in place if part is not None)
    return frozenset({known}) if len(known) == len(place) else frozenset()


def _id(thing: Field | None) -> str | None:
    return thing.id if thing else None


def _field(kind: Kind, name: str, path: str) -> Reference:
    return Reference(
        path, name, lambda catalog: _one("field", kind, _id(catalog.field(kind, name)))
    )


def _option(kind: Kind, field: str, name: str, path: str) -> Reference:
    def find(catalog: Catalog) -> frozenset[Place]:
        found = catalog.field(kind, field)
        option = found.option(name) if found and found.type in _CHOSEN else None
        return _one("field", kind, found.id, option.id) if found and option else frozenset()

    return Reference(path, name, find, needed=False)


def _messenger(name: str, path: str) -> Reference:
    def find(catalog: Catalog) -> frozenset[Place]:
        found = catalog.messenger(name)
        return _one("field", Kind.CONTACT, found[0].id, found[1].id) if found else frozenset()

    return Reference(path, name, find)


def _pipeline(name: str, path: str) -> Reference:
    def find(catalog: Catalog) -> frozenset[Place]:
        return frozenset(("pipeline", id) for id in Places(catalog, []).pipeline_ids([name]))

    return Reference(path, name, find)


def _stage(pipeline: str | None, name: str, path: str) -> Reference:
    def find(catalog: Catalog) -> frozenset[Place]:
        target = {id: value for id, _, _, value in Places(catalog, []).target(pipeline, name)}
        return _one("pipeline", target.get("pipeline"), target.get("stage"))

    return Reference(path, name, find)


def _stages(name: str, path: str) -> Reference:
    def find(catalog: Catalog) -> frozenset[Place]:
        return frozenset(("pipeline", *ids) for ids in Places(catalog, []).stage_ids([name]))

    return Reference(path, name, find)


def _user(name: str, path: str) -> Reference:
    def find(catalog: Catalog) -> frozenset[Place]:
        user = catalog.user(name)
        return _one("user", user.id) if user else frozenset()

    return Reference(path, name, find)


def _task_type(name: str, path: str) -> Reference:
    def find(catalog: Catalog) -> frozenset[Place]:
        type = catalog.task_type(name)
        return _one("task type", type.id) if type else frozenset()

    return Reference(path, name, find)
