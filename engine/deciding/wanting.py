"""What one submission wants of the CRM, before anybody looked what is there.

Macros are rendered, answers become typed values, and names of fields, stages and people become the
account's ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Json, Kind
from connectors.catalog import Catalog, Field, FieldType, Stage
from engine.deciding.form import FormConfig
from engine.deciding.identity import identities
from engine.deciding.macros import render, value_of
from engine.deciding.module import (
    DealPart,
    Duplicates,
    ModuleConfig,
    Part,
    PersonPart,
    Policy,
    Task,
)
from engine.deciding.values import convert


class ModuleOutdated(Exception):
    """The module speaks of things this CRM account does not have. ``problems`` names them all."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Value:
    """One field's wanted value, never empty, and what may happen to a value that is there."""

    field: Field
    value: Json
    policy: Policy


@dataclass(frozen=True, slots=True)
class WantedTask:
    """``fields`` are a task draft's: text, type, due, responsible."""

    fields: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record: its values, and ``keys`` (field id, value) by which an existing one is recognised."""

    kind: Kind
    values: tuple[Value, ...]
    tags: tuple[str, ...]
    note: str
    tasks: tuple[WantedTask, ...]
    keys: tuple[tuple[str, str], ...] = ()
    match_all: bool = False
    several: str = "newest"
    on_match: Policy = Policy.COMPLETE

    def value(self, field: str) -> Json:
        return next((value.value for value in self.values if value.field.id == field), None)


@dataclass(frozen=True, slots=True)
class WantedDeal:
    """The deal, and where an open one is looked for. Empty id sets mean everywhere."""

    record: Wanted
    duplicates: Duplicates
    pipelines: frozenset[str]
    stages: frozenset[tuple[str, str]]
    stage_order: Mapping[str, int]  # of the target pipeline: stage id to position


@dataclass(frozen=True, slots=True)
class Intent:
    """All a submission wants. ``warnings`` tell what was left out, and why."""

    company: Wanted | None
    contact: Wanted | None
    deal: WantedDeal | None
    warnings: tuple[str, ...]


def run_identities(
    module: ModuleConfig, answers: Mapping[str, Any], form: FormConfig
) -> tuple[str, ...]:
    """The normalised phones and e-mails a run's person and company are recognised by.

    Known without the account's catalog, so that intake can order runs of one person.
    """
    texts: dict[str, list[str]] = {"phone": [], "email": []}
    for kind, part in module.parts():
        if not isinstance(part, PersonPart):
            continue
        for name in part.match:
            row = module.row(kind, name)
            if row is not None and name.casefold() in texts:
                texts[name.casefold()] += _texts(value_of(row.value, answers))
    return identities(texts["phone"], texts["email"], form.region)


def want(
    module: ModuleConfig,
    answers: Mapping[str, Any],
    catalog: Catalog,
    form: FormConfig,
    received_at: datetime,
) -> Intent:
    """Resolve every text and name of ``module`` against one submission and one account.

    Raises ModuleOutdated when the account lacks what the module names.
    """
    wanting = _Wanting(module, answers, catalog, form, received_at)
    company = wanting.person(Kind.COMPANY, module.company)
    contact = wanting.person(Kind.CONTACT, module.contact)
    deal = wanting.deal(module.deal)
    if wanting.problems:
        raise ModuleOutdated(wanting.problems)
    return Intent(company, contact, deal, tuple(wanting.warnings))


class _Wanting:
    """One pass over a module; collects every problem instead of stopping at the first."""

    def __init__(
        self,
        module: ModuleConfig,
        answers: Mapping[str, Any],
        catalog: Catalog,
        form: FormConfig,
        received_at: datetime,
    ) -> None:
        self._module = module
        self._answers = answers
        self._catalog = catalog
        self._form = form
        self._received_at = received_at.astimezone(ZoneInfo(form.zone))
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self._responsible = self._user(module.responsible, "the module's responsible person")

    def person(self, kind: Kind, part: PersonPart | None) -> Wanted | None:
        """A contact with a name, phone or e-mail, or a company with a name; else None."""
        if part is None:
            return None
        rows = dict(part.fields)
        for name in part.match:
            row = self._module.row(kind, name)
            if row is not None:
                rows.setdefault(name, row)
        values = self._values(kind, rows, part.on_match)
        present = {value.field.id for value in values}
        telling = {"name"} if kind is Kind.COMPANY else {"name", "first_name", "phone", "email"}
        if not present & telling:
            self.warnings.append(f"no {kind}: the submission has none of {_any_of(telling)}")
            return None
        return self._wanted(
            kind,
            part,
            values,
            keys=tuple(self._keys(kind, part, values)),
            match_all=part.match_on == "all",
            several=part.several,
            on_match=part.on_match,
        )

    def deal(self, part: DealPart | None) -> WantedDeal | None:
        if part is None:
            return None
        fields = [*self._place(part), *self._deal_values(part)]
        look_in = part.duplicates.look_in
        pipelines = [self._pipeline_id(name) for name in look_in.pipelines]
        stages = [found for name in look_in.stages for found in self._stages(name)]
        return WantedDeal(
            record=self._wanted(Kind.DEAL, part, fields, on_match=part.on_match),
            duplicates=part.duplicates,
            pipelines=frozenset(pipelines),
            stages=frozenset(stages),
            stage_order=self._stage_order(part),
        )

    def _deal_values(self, part: DealPart) -> list[Value]:
        name = (
            self._text(part.name) or f"{self._form.name} #{self._answers['submission']['number']}"
        )
        values = self._values(Kind.DEAL, part.fields, part.on_match)
        values += self._value(Kind.DEAL, "name", name, part.on_match)
        budget = self._text(part.budget)
        if budget:
            values += self._value(Kind.DEAL, "budget", budget, part.on_match)
        return values

    def _place(self, part: DealPart) -> list[Value]:
        """Pipeline and stage as values; both absent when the module leaves them to the CRM."""
        if part.pipeline is None and part.stage is None:
            return []
        pipeline = self._catalog.pipeline(part.pipeline) if part.pipeline else self._main_pipeline()
        if pipeline is None:
            self.problems.append(f"there is no pipeline {part.pipeline!r} in the CRM any more")
            return []
        place = [("pipeline", FieldType.PIPELINE, "Pipeline", pipeline.id)]
        if part.stage is not None:
            stage = pipeline.stage(part.stage)
            if stage is None:
                self.problems.append(f"pipeline {pipeline.label!r} has no stage {part.stage!r}")
                return []
            place.append(("stage", FieldType.STAGE, "Stage", stage.id))
        return [
            Value(self._catalog.field(Kind.DEAL, id) or Field(id, label, type), value, Policy.LEAVE)
            for id, type, label, value in place
        ]

    def _stage_order(self, part: DealPart) -> Mapping[str, int]:
        pipeline = self._catalog.pipeline(part.pipeline) if part.pipeline else self._main_pipeline()
        stages: tuple[Stage, ...] = pipeline.stages if pipeline else ()
        return {stage.id: position for position, stage in enumerate(stages)}

    def _main_pipeline(self) -> Any:
        pipelines = self._catalog.pipelines
        return next((pipeline for pipeline in pipelines if pipeline.main), None) or (
            pipelines[0] if pipelines else None
        )

    def _pipeline_id(self, name: str) -> str:
        pipeline = self._catalog.pipeline(name)
        if pipeline is None:
            self.problems.append(f"there is no pipeline {name!r} to look for deals in")
            return ""
        return pipeline.id

    def _stages(self, name: str) -> list[tuple[str, str]]:
        """(pipeline id, stage id) of every pipeline's stage of this name."""
        found = [
            (pipeline.id, stage.id)
            for pipeline in self._catalog.pipelines
            if (stage := pipeline.stage(name)) is not None
        ]
        if not found:
            self.problems.append(f"there is no stage {name!r} to look for deals in")
        return found

    def _wanted(self, kind: Kind, part: Part, values: list[Value], **matching: Any) -> Wanted:
        tags = dict.fromkeys(filter(None, (self._text(tag).strip() for tag in part.tags)))
        return Wanted(
            kind=kind,
            values=(*values, *self._responsible_value(kind)),
            tags=tuple(tags),
            note=self._text(part.note or "").strip(),
            tasks=tuple(filter(None, (self._task(kind, task) for task in part.tasks))),
            **matching,
        )

    def _responsible_value(self, kind: Kind) -> Iterator[Value]:
        """Given on creation; an existing record keeps its own."""
        if self._responsible:
            field = self._catalog.field(kind, "responsible")
            if field is not None:
                yield Value(field, self._responsible, Policy.LEAVE)

    def _values(self, kind: Kind, rows: Mapping[str, Any], policy: Policy) -> list[Value]:
        values = []
        for name, row in rows.items():
            answer = value_of(
                row.value, self._answers, zone=self._form.zone, region=self._form.region
            )
            values += self._value(kind, name, answer, row.write or policy)
        return values

    def _value(self, kind: Kind, name: str, answer: str | list[str], policy: Policy) -> list[Value]:
        """The converted value, or nothing when the answer is empty or cannot be used."""
        field = self._catalog.field(kind, name)
        if field is None:
            self.problems.append(
                f"the CRM's {kind} has no field {name!r}; map another or drop the row"
            )
            return []
        if field.read_only:
            self.problems.append(f"the CRM's {kind} field {field.label!r} cannot be written")
            return []
        converted = convert(answer, field, region=self._form.region, zone=self._form.zone)
        if converted.problem:
            self.warnings.append(f"{kind} {field.label}: {converted.problem}")
        if converted.value in (None, "", []):
            return []
        return [Value(field, converted.value, policy)]

    def _keys(self, kind: Kind, part: PersonPart, values: list[Value]) -> Iterator[tuple[str, str]]:
        for name in part.match:
            field = self._catalog.field(kind, name)
            for value in values:
                if field is not None and value.field.id == field.id:
                    for text in _texts(value.value):
                        yield field.id, text

    def _task(self, kind: Kind, task: Task) -> WantedTask | None:
        text = self._text(task.text).strip()
        if not text:
            return None
        due = self._received_at + timedelta(seconds=task.due.seconds)
        fields: dict[str, Json] = {"text": text, "due": due.isoformat(timespec="seconds")}
        if task.type is not None:
            type_ = self._catalog.task_type(task.type)
            if type_ is None:
                self.problems.append(f"there is no task type {task.type!r} in the CRM")
            else:
                fields["type"] = type_.id
        responsible = self._user(task.responsible, f"the {kind}'s task") or self._responsible
        if responsible:
            fields["responsible"] = responsible
        return WantedTask(fields)

    def _user(self, named: str | None, what: str) -> str | None:
        if named is None:
            return None
        user = self._catalog.user(named)
        if user is None or not user.active:
            self.problems.append(f"{what}: there is no active user {named!r} in the CRM")
            return None
        return user.id

    def _text(self, source: str) -> str:
        rendered = render(source, self._answers, region=self._form.region, zone=self._form.zone)
        for name in rendered.missing:
            warning = f"the form sent nothing named {name}"
            if warning not in self.warnings:
                self.warnings.append(warning)
        return rendered.text


def _texts(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else [str(value)]


def _any_of(names: set[str]) -> str:
    return ", ".join(sorted(name.replace("_", " ") for name in names))
