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

from connectors.base import Json, Kind, Query
from connectors.catalog import Catalog, Field, FieldType
from engine.deciding.calendar import due
from engine.deciding.dates import read_moment
from engine.deciding.form import FormConfig
from engine.deciding.macros import render
from engine.deciding.module import ModuleConfig, macro_texts
from engine.deciding.names import told_once
from engine.deciding.parts import (
    CompanyPart,
    ContactPart,
    DealPart,
    Duplicates,
    Part,
    PersonPart,
    Policy,
    Row,
    Task,
    When,
)
from engine.deciding.places import Places
from engine.deciding.responsible import Assignment, assign
from engine.deciding.rows import NO_ROW, Rows, Value, texts_of


class ModuleOutdated(Exception):
    """The module speaks of things this CRM account does not have. ``problems`` names them all."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Addition:
    """A task or note for a record. ``fields`` are its draft's: text, and for tasks type, due, …"""

    kind: Kind
    fields: Mapping[str, Json]
    when: When


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record: its values, and ``keys`` by which an existing one is recognised."""

    kind: Kind
    values: tuple[Value, ...]
    tags: tuple[tuple[str, When], ...] = ()
    additions: tuple[Addition, ...] = ()
    keys: tuple[Query, ...] = ()
    match_all: bool = False
    several: str = "newest"
    on_match: Policy = Policy.COMPLETE

    def value(self, field: str) -> Json:
        return next((value.value for value in self.values if value.field.id == field), None)


@dataclass(frozen=True, slots=True)
class WantedDeal:
    """The deal, and which open one may stand for it. Empty id sets mean everywhere.

    ``where`` are field ids and the values they must have; ``since`` leaves out older deals.
    ``task`` is for a deal that was found instead.
    """

    record: Wanted
    duplicates: Duplicates
    pipelines: frozenset[str] = frozenset()
    stages: frozenset[tuple[str, str]] = frozenset()
    where: tuple[tuple[Field, Json], ...] = ()
    since: datetime | None = None
    stage_order: Mapping[str, int] | None = None  # of the target pipeline: stage id to position
    task: Addition | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """All a submission wants. ``warnings`` tell what was left out, and why."""

    company: Wanted | None
    contact: Wanted | None
    deal: WantedDeal | None
    responsible: Assignment | None = None
    warnings: tuple[str, ...] = ()


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
    responsible = wanting.responsible()
    if wanting.problems:
        raise ModuleOutdated(wanting.problems)
    return Intent(company, contact, deal, responsible, tuple(dict.fromkeys(wanting.warnings)))


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
        self._rows = Rows(answers, catalog, form)
        self.problems, self.warnings = self._rows.problems, self._rows.warnings
        self._places = Places(catalog, self.problems)

    def person(self, kind: Kind, part: ContactPart | CompanyPart | None) -> Wanted | None:
        """A contact with a name, phone or e-mail, or a company with a name; else None."""
        if part is None:
            return None
        rows = dict(part.fields)
        for name in part.match:
            row = self._module.row(kind, name)
            if row is not None:
                rows.setdefault(name, row)
        if isinstance(part, CompanyPart) and part.extra_phones:
            own = rows.get("phone", NO_ROW)
            rows["phone"] = Row(value=(*own.sources, *part.extra_phones), write=own.write)
        values = self._rows.values(kind, rows, part.on_match)
        if isinstance(part, ContactPart):
            values += self._messenger(part)
        telling = {"name"} if kind is Kind.COMPANY else {"name", "first_name", "phone", "email"}
        if not telling & {value.field.id for value in values if value.value is not None}:
            self.warnings.append(f"no {kind}: the submission has none of {_any_of(telling)}")
            return None
        return Wanted(
            kind=kind,
            values=tuple(values),
            tags=self._tags(part),
            additions=self._additions(kind, part),
            keys=tuple(self._keys(kind, part, values)),
            match_all=part.match_on == "all",
            several=part.several,
            on_match=part.on_match,
        )

    def deal(self, part: DealPart | None) -> WantedDeal | None:
        if part is None:
            return None
        if part.duplicates.control == "crm" and not self._catalog.merges:
            self.problems.append(
                "this CRM has no duplicate control for our deals; write control: formwire"
            )
        look_in = part.duplicates.look_in
        age = look_in.younger_than
        values = (*self._place(part), *self._deal_values(part))  # before what they leave to notes
        record = Wanted(
            kind=Kind.DEAL,
            values=values,
            tags=self._tags(part),
            additions=self._additions(Kind.DEAL, part),
            on_match=part.on_match,
        )
        task = part.duplicates.task
        return WantedDeal(
            record=record,
            duplicates=part.duplicates,
            pipelines=frozenset(self._places.pipeline_ids(look_in.pipelines)),
            stages=frozenset(self._places.stage_ids(look_in.stages)),
            where=tuple(self._conditions(look_in.where)),
            since=self._received_at - timedelta(days=age.days, hours=age.hours) if age else None,
            stage_order=self._places.stage_order(part.pipeline),
            task=self._task(Kind.DEAL, task) if task else None,
        )

    def responsible(self) -> Assignment | None:
        if self._module.responsible is None:
            return None
        assignment = assign(self._module.responsible, self._answers, self._catalog, self._form)
        self.problems += assignment.problems
        self.warnings += assignment.warnings
        return assignment

    def _deal_values(self, part: DealPart) -> list[Value]:
        name = (
            self._rows.text(part.name)
            or f"{self._form.name} #{self._answers['submission']['number']}"
        )
        values = self._rows.values(Kind.DEAL, part.fields, part.on_match)
        values += self._rows.value(Kind.DEAL, "name", NO_ROW, name, part.on_match)
        budget = self._rows.text(part.budget)
        return [*values, *self._rows.value(Kind.DEAL, "budget", NO_ROW, budget, part.on_match)]

    def _place(self, part: DealPart) -> Iterator[Value]:
        for id, type, label, value in self._places.target(part.pipeline, part.stage):
            field = self._catalog.field(Kind.DEAL, id) or Field(id, label, type)
            yield Value(field, value, Policy.LEAVE)

    def _conditions(self, where: Mapping[str, str]) -> Iterator[tuple[Field, Json]]:
        for name, source in where.items():
            answer = self._rows.answer(source)
            for value in self._rows.value(Kind.DEAL, name, NO_ROW, answer, Policy.LEAVE):
                yield value.field, value.value

    def _messenger(self, part: ContactPart) -> list[Value]:
        if part.messenger is None:
            return []
        address = self._rows.text(part.messenger.value).strip()
        found = self._catalog.messenger(part.messenger.type)
        if found is None:
            self.problems.append(
                f"the CRM's contact has no field for {part.messenger.type!r} addresses"
            )
            return []
        field, messenger = found
        return [Value(field, [f"{messenger.id}:{address}"], part.on_match)] if address else []

    def _keys(self, kind: Kind, part: PersonPart, values: list[Value]) -> Iterator[Query]:
        for name in part.match:
            field = self._catalog.field(kind, name)
            for value in values:
                if field is not None and value.field.id == field.id and value.value is not None:
                    loosely = part.phones == "last_digits" and field.type is FieldType.PHONE
                    for text in texts_of(value.value):
                        yield Query(field.id, text, last_digits=loosely)

    def _tags(self, part: Part) -> tuple[tuple[str, When], ...]:
        tags = {self._rows.text(tag.tag).strip(): tag.when for tag in part.tags}
        return tuple((tag, when) for tag, when in tags.items() if tag)

    def _additions(self, kind: Kind, part: Part) -> tuple[Addition, ...]:
        additions = [found for task in part.tasks if (found := self._task(kind, task))]
        if part.note and (text := self._rows.text(part.note.text).strip()):
            additions.append(Addition(Kind.NOTE, {"text": text}, part.note.when))
        rest = self._rows.to_note.get(kind, []) + (self._rest() if part.rest else [])
        if rest:
            additions.append(Addition(Kind.NOTE, {"text": "\n".join(rest)}, When.ALWAYS))
        return tuple(additions)

    def _rest(self) -> list[str]:
        """The answers that no text of the module uses, as lines."""
        used = {
            name
            for _, source in macro_texts(self._module)
            for name in render(source, self._answers).used
        }
        used |= {
            f"field.{key}" for alias, key in self._form.aliases.items() if f"field.{alias}" in used
        }
        return [
            f"{name}: {', '.join(texts_of(answer))}"
            for name, answer in told_once(self._answers).items()
            if f"field.{name}" not in used and any(text.strip() for text in texts_of(answer))
        ]

    def _task(self, kind: Kind, task: Task) -> Addition | None:
        text = self._rows.text(task.text).strip()
        if not text:
            return None
        fields: dict[str, Json] = {"text": text, "due": self._due(kind, task)}
        if task.type is not None:
            type_ = self._catalog.task_type(task.type)
            if type_ is None:
                self.problems.append(f"there is no task type {task.type!r} in the CRM")
            else:
                fields["type"] = type_.id
        if task.responsible is not None:
            user = self._catalog.user(task.responsible)
            if user is None:
                self.problems.append(
                    f"the {kind}'s task: there is no user {task.responsible!r} in the CRM"
                )
            elif user.active:
                fields["responsible"] = user.id
            else:
                self.warnings.append(f"{user.label} is deactivated in the CRM and gets no task")
        return Addition(Kind.TASK, fields, task.when)

    def _due(self, kind: Kind, task: Task) -> str:
        on = None
        if task.due.on:
            written = self._rows.text(task.due.on)
            on = read_moment(written, region=self._form.region, zone=self._form.zone)
            if on is None and written.strip():
                self.warnings.append(f"the {kind}'s task: its day cannot be read as a date")
        at = due(self._received_at, task.due, self._form.calendar, self._form.zone, on=on)
        return at.isoformat(timespec="seconds")


def _any_of(names: set[str]) -> str:
    return ", ".join(sorted(name.replace("_", " ") for name in names))
