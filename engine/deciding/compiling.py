"""A module made ready for one form and one account: compiled once, then asked by each submission.

Compiling looks up every name (fields, pipelines, stages, users, task types) and parses every text,
and notes what the account lacks. What is left for a submission is to fill in the texts and to give its
answers the types of their fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Kind, Query
from connectors.catalog import Catalog, Field, FieldType
from engine.deciding.additions import CompiledAdditions, CompiledTask
from engine.deciding.form import FormConfig
from engine.deciding.macros import compiled
from engine.deciding.module import ModuleConfig
from engine.deciding.parts import (
    CompanyPart,
    ContactPart,
    DealPart,
    Messenger,
    PersonPart,
    Policy,
    Row,
)
from engine.deciding.places import Places
from engine.deciding.responsible import Assignment, assign
from engine.deciding.rows import NO_ROW, Reader, Rows, Value, texts_of
from engine.deciding.wanting import Intent, ModuleOutdated, Wanted, WantedDeal


class CompiledModule:
    """``module`` for submissions of ``form`` and the account of ``catalog``. It never changes."""

    def __init__(self, module: ModuleConfig, form: FormConfig, catalog: Catalog) -> None:
        self.module, self.form, self.catalog = module, form, catalog
        scope = _Scope(module, form, catalog)
        self._zone = ZoneInfo(form.zone)
        self._company = _Company(module.company, scope) if module.company else None
        self._contact = _Contact(module.contact, scope) if module.contact else None
        self._deal = _Deal(module.deal, scope) if module.deal else None
        self._problems = tuple(scope.problems)
        self._assignment = self._settled_assignment()

    def want(self, answers: Mapping[str, Any], received_at: datetime) -> Intent:
        """What one submission wants.

        Raises ModuleOutdated when the account lacks what the module names.
        """
        reader, at = Reader(answers, self.form), received_at.astimezone(self._zone)
        company = self._company.want(reader, at) if self._company else None
        contact = self._contact.want(reader, at) if self._contact else None
        deal = self._deal.want(reader, at) if self._deal else None
        responsible = self._assignment or self._assign(answers)
        problems = [*self._problems, *reader.problems]
        if responsible is not None:
            problems += responsible.problems
            reader.warnings += responsible.warnings
        if problems:
            raise ModuleOutdated(problems)
        return Intent(company, contact, deal, responsible, tuple(dict.fromkeys(reader.warnings)))

    def _settled_assignment(self) -> Assignment | None:
        """Who becomes responsible, when that does not depend on the answers."""
        responsible = self.module.responsible
        return None if responsible is None or responsible.asks_answers else self._assign({})

    def _assign(self, answers: Mapping[str, Any]) -> Assignment | None:
        responsible = self.module.responsible
        return assign(responsible, answers, self.catalog, self.form) if responsible else None


class _Scope:
    """All that names are looked up in while a module is compiled; ``problems`` are what is not there."""

    def __init__(self, module: ModuleConfig, form: FormConfig, catalog: Catalog) -> None:
        self.module, self.form, self.catalog = module, form, catalog
        self.problems: list[str] = []
        self.rows = Rows(catalog, self.problems)
        self.places = Places(catalog, self.problems)


# People -----------------------------------------------------------------------------------------


class _Person:
    """A contact or company, made ready. ``rows`` are its part's, and those it is recognised by."""

    kind: Kind
    telling: frozenset[str]
    """The fields of which one must have a value."""

    def __init__(self, part: PersonPart, rows: Mapping[str, Row], scope: _Scope) -> None:
        self._part = part
        self._rows = scope.rows.compile(self.kind, rows, part.on_match)
        self._additions = CompiledAdditions(
            self.kind, part, scope.module, scope.form, scope.catalog
        )
        fields = [scope.catalog.field(self.kind, name) for name in part.match]
        self._keys = [field for field in fields if field is not None]

    def want(self, reader: Reader, received_at: datetime) -> Wanted | None:
        """What a submission tells of the person; None when that is nobody."""
        part, values = self._part, self._values(reader)
        if not any(one.value is not None and one.field.id in self.telling for one in values):
            any_of = ", ".join(sorted(name.replace("_", " ") for name in self.telling))
            reader.warnings.append(f"no {self.kind}: the submission has none of {any_of}")
            return None
        return Wanted(
            kind=self.kind,
            values=tuple(values),
            tags=self._additions.tags(reader),
            additions=self._additions.tasks_and_notes(reader, received_at),
            keys=tuple(self._queries(values)),
            match_all=part.match_on == "all",
            several=part.several,
            on_match=part.on_match,
        )

    def _values(self, reader: Reader) -> list[Value]:
        return reader.values(self._rows)

    def _queries(self, values: list[Value]) -> Iterator[Query]:
        for field in self._keys:
            loosely = self._part.phones == "last_digits" and field.type is FieldType.PHONE
            for value in values:
                if value.field.id == field.id and value.value is not None:
                    for text in texts_of(value.value):
                        yield Query(field.id, text, loosely)


class _Contact(_Person):
    kind = Kind.CONTACT
    telling = frozenset({"name", "first_name", "phone", "email"})

    def __init__(self, part: ContactPart, scope: _Scope) -> None:
        super().__init__(part, _rows_with_keys(Kind.CONTACT, part, scope.module), scope)
        messenger = part.messenger
        self._messenger = _Address(messenger, part.on_match, scope) if messenger else None

    def _values(self, reader: Reader) -> list[Value]:
        values = reader.values(self._rows)
        address = self._messenger.value(reader) if self._messenger else None
        return [*values, address] if address else values


class _Company(_Person):
    kind = Kind.COMPANY
    telling = frozenset({"name"})

    def __init__(self, part: CompanyPart, scope: _Scope) -> None:
        rows = _rows_with_keys(Kind.COMPANY, part, scope.module)
        if part.extra_phones:
            own = rows.get("phone", NO_ROW)
            rows["phone"] = Row(value=(*own.sources, *part.extra_phones), write=own.write)
        super().__init__(part, rows, scope)


def _rows_with_keys(kind: Kind, part: PersonPart, module: ModuleConfig) -> dict[str, Row]:
    """The part's rows, and those that another lends it to be recognised by."""
    rows = dict(part.fields)
    for name in part.match:
        if (row := module.row(kind, name)) is not None:
            rows.setdefault(name, row)
    return rows


class _Address:
    """Where a contact can be written to, as the account's messenger field wants it."""

    def __init__(self, messenger: Messenger, policy: Policy, scope: _Scope) -> None:
        self._text, self._policy = compiled(messenger.value), policy
        self._found = scope.catalog.messenger(messenger.type)
        if self._found is None:
            scope.problems.append(
                f"the CRM's contact has no field for {messenger.type!r} addresses"
            )

    def value(self, reader: Reader) -> Value | None:
        address = reader.text(self._text).strip()
        if not address or self._found is None:
            return None
        field, messenger = self._found
        return Value(field, [f"{messenger.id}:{address}"], self._policy)


# Deals ------------------------------------------------------------------------------------------


class _Deal:
    """The deal, made ready: where it goes, and where open ones are looked for."""

    def __init__(self, part: DealPart, scope: _Scope) -> None:
        if part.duplicates.control == "crm" and not scope.catalog.merges:
            scope.problems.append(
                "this CRM has no duplicate control for our deals; write control: formwire"
            )
        look_in, places, task = part.duplicates.look_in, scope.places, part.duplicates.task
        self._part, self._form = part, scope.form
        self._place = tuple(_place(part, scope))
        self._rows = scope.rows.compile(Kind.DEAL, part.fields, part.on_match)
        self._name = _Setting(part.name, "name", part.on_match, scope)
        self._budget = _Setting(part.budget, "budget", part.on_match, scope)
        self._additions = CompiledAdditions(
            Kind.DEAL, part, scope.module, scope.form, scope.catalog
        )
        self._pipelines = frozenset(places.pipeline_ids(look_in.pipelines))
        self._stages = frozenset(places.stage_ids(look_in.stages))
        where = {name: Row(value=source) for name, source in look_in.where.items()}
        self._where = scope.rows.compile(Kind.DEAL, where, Policy.LEAVE)
        self._stage_order = places.stage_order(part.pipeline)
        self._task = CompiledTask(Kind.DEAL, task, scope.form, scope.catalog) if task else None

    def want(self, reader: Reader, received_at: datetime) -> WantedDeal:
        part, age = self._part, self._part.duplicates.look_in.younger_than
        record = Wanted(
            kind=Kind.DEAL,
            values=(*self._place, *self._values(reader)),
            tags=self._additions.tags(reader),
            additions=self._additions.tasks_and_notes(reader, received_at),
            on_match=part.on_match,
        )
        return WantedDeal(
            record=record,
            duplicates=part.duplicates,
            pipelines=self._pipelines,
            stages=self._stages,
            where=tuple([(one.field, one.value) for one in reader.values(self._where)]),
            since=received_at - timedelta(days=age.days, hours=age.hours) if age else None,
            stage_order=self._stage_order,
            task=self._task.addition(reader, received_at) if self._task else None,
        )

    def _values(self, reader: Reader) -> Iterator[Value]:
        name = self._name.text(reader) or self._unnamed(reader)
        yield from reader.values(self._rows)
        yield from self._name.values(reader, name)
        yield from self._budget.values(reader, self._budget.text(reader))

    def _unnamed(self, reader: Reader) -> str:
        return f"{self._form.name} #{reader.answers['submission']['number']}"


class _Setting:
    """A text of the deal's own that fills one of its fields, and is no row."""

    def __init__(self, source: str, field: str, policy: Policy, scope: _Scope) -> None:
        self._text = compiled(source)
        self._row = scope.rows.compile_one(Kind.DEAL, field, NO_ROW, policy)

    def text(self, reader: Reader) -> str:
        return reader.text(self._text)

    def values(self, reader: Reader, text: str) -> Iterator[Value]:
        """``text`` as a value of the field, or nothing."""
        if self._row is not None and (value := reader.value(self._row, text)) is not None:
            yield value


def _place(part: DealPart, scope: _Scope) -> Iterator[Value]:
    for id, type, label, value in scope.places.target(part.pipeline, part.stage):
        field = scope.catalog.field(Kind.DEAL, id) or Field(id, label, type)
        yield Value(field, value, Policy.LEAVE)
