"""ModuleConfig: a form's recipe for one connection, as the marketer edits it.

Loading reports every mistake at once; once loaded a config is valid and nobody checks it again.
What it says about fields, stages and users of an account is checked against that account's catalog
by `engine.deciding.compiling`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

from pydantic import field_validator, model_validator

from connectors.base import Kind
from engine.deciding.documents import Document, DocumentMistakes, Key, load, pointer
from engine.deciding.macros import check_macro, roots_after
from engine.deciding.parts import (
    CompanyPart,
    ContactPart,
    DealPart,
    Part,
    PersonPart,
    Responsible,
    Row,
    Rule,
)
from rules.checking import Issue
from rules.choices import check_choices
from rules.sets import ENABLED, CompiledSet, check_set, compiled_set, key_of


class Active(Document):
    """When the module runs: enabled, and as its rules say.

    With ``activate`` rules at least one must be true; one true ``deactivate`` rule is enough to skip;
    a true ``hold`` rule lets a person approve first. A rule with ``enabled: false`` beside it is
    kept, and counts as not there.
    """

    enabled: bool = True
    rules: tuple[dict[Literal["activate", "deactivate", "hold", "enabled"], Rule], ...] = ()

    @field_validator("rules")
    @classmethod
    def _one_verb_each(cls, rules: Any) -> Any:
        for rule in rules:
            if type(rule.get(ENABLED, True)) is not bool:
                raise ValueError("enabled is true or false; take it out for a rule that counts")
            if len(rule.keys() - {ENABLED}) != 1:
                raise ValueError("each rule is one of activate: …, deactivate: … or hold: …")
        return tuple(
            {word: said for word, said in rule.items() if word != ENABLED or not said}
            for rule in rules
        )

    def switched(self, key: str, *, on: bool) -> Active:
        """The same with every rule of that key switched on or off; see `rules.sets.key_of`."""
        rules = [rule | {"enabled": on} if key_of(rule) == key else rule for rule in self.rules]
        return Active(enabled=self.enabled, rules=tuple(rules))

    @cached_property
    def compiled(self) -> CompiledSet:
        """The rules made ready, once for all submissions. Raises rules.evaluation.RuleError."""
        return compiled_set(self.rules)


class ModuleConfig(Document):
    """The whole module. See the guide's module page for a worked example."""

    form: Key
    module: Key
    connection: Key
    name: str = ""
    active: Active = Active()
    responsible: Responsible | None = None
    contact: ContactPart | None = None
    company: CompanyPart | None = None
    deal: DealPart | None = None

    @model_validator(mode="after")
    def _does_something(self) -> ModuleConfig:
        if not (self.contact or self.company or self.deal):
            raise ValueError("has no contact, company or deal, so it would do nothing; add one")
        return self

    @model_validator(mode="after")
    def _the_crms_control_needs_a_deal_from_one_call(self) -> ModuleConfig:
        crm = self.deal is not None and self.deal.duplicates.control == "crm"
        if crm and self.contact is None:
            raise ValueError("deal.duplicates.control crm compares contacts; add a contact")
        return self

    def row(self, kind: Kind, name: str) -> Row | None:
        """The source of a match key.

        A company that is recognised by phone or e-mail and has none of its own goes by the contact's.
        """
        part: Part | None = getattr(self, kind)
        own = part.fields.get(name) if part is not None else None
        shared = kind is Kind.COMPANY and name in ("phone", "email")
        if own is None and shared and self.contact is not None:
            return self.contact.fields.get(name)
        return own

    def parts(self) -> Iterator[tuple[Kind, Part]]:
        """The parts that are there, in the order they are written to the CRM."""
        for kind, part in (
            (Kind.COMPANY, self.company),
            (Kind.CONTACT, self.contact),
            (Kind.DEAL, self.deal),
        ):
            if part is not None:
                yield kind, part


def load_module(document: Any) -> ModuleConfig:
    """Read a module's document. Raises DocumentMistakes with everything that is wrong."""
    module = load(ModuleConfig, document)
    issues = [*_rule_issues(module), *_macro_issues(module), *_match_issues(module)]
    if issues:
        raise DocumentMistakes(issues)
    return module


def _rule_issues(module: ModuleConfig) -> Iterator[Issue]:
    for issue in check_set(module.active.rules):
        yield Issue(pointer("active", "rules") + issue.path, issue.message)
    for issue in check_choices(module.responsible.choices if module.responsible else ()):
        yield Issue(pointer("responsible", "rules") + issue.path, issue.message)


def _macro_issues(module: ModuleConfig) -> Iterator[Issue]:
    for kind, part in module.parts():
        later = roots_after(*_written_before(kind))
        notes = roots_after(Kind.COMPANY, Kind.CONTACT, Kind.DEAL)
        for path, source in _part_texts(part):
            added = path.startswith(("/note", "/tasks", "/duplicates/task"))
            for message in check_macro(source, notes if added else later):
                yield Issue(pointer(kind) + path, message)
    if module.responsible and module.responsible.from_field:
        for message in check_macro(module.responsible.from_field):
            yield Issue("/responsible/from_field", message)


def _written_before(kind: Kind) -> tuple[Kind, ...]:
    """The kinds whose ids a text of ``kind`` may hold."""
    return (Kind.COMPANY, Kind.CONTACT) if kind is Kind.DEAL else ()


def _match_issues(module: ModuleConfig) -> Iterator[Issue]:
    if module.deal and module.deal.duplicates.control == "crm":
        return  # nothing is looked up
    for kind, part in module.parts():
        if isinstance(part, PersonPart) and not any(module.row(kind, name) for name in part.match):
            yield Issue(
                pointer(kind, "match"),
                f"none of {', '.join(part.match) or 'nothing'} is among the {kind}'s fields, so every "
                f"submission would make another {kind}; map one of them",
            )


def macro_texts(module: ModuleConfig) -> Iterator[tuple[str, str]]:
    """Every text of ``module`` that may hold macros, with its JSON Pointer."""
    for kind, part in module.parts():
        for path, source in _part_texts(part):
            yield pointer(kind) + path, source
    if module.responsible and module.responsible.from_field:
        yield pointer("responsible", "from_field"), module.responsible.from_field


def _part_texts(part: Part) -> Iterator[tuple[str, str]]:
    for name, row in part.fields.items():
        for source in row.sources:
            yield pointer("fields", name), source
    for number, tag in enumerate(part.tags):
        yield pointer("tags", number), tag.tag
    for number, task in enumerate(part.tasks):
        yield pointer("tasks", number, "text"), task.text
        if task.due.on:
            yield pointer("tasks", number, "due", "on"), task.due.on
    if part.note:
        yield pointer("note"), part.note.text
    if isinstance(part, ContactPart) and part.messenger:
        yield pointer("messenger", "value"), part.messenger.value
    if isinstance(part, CompanyPart):
        for number, phone in enumerate(part.extra_phones):
            yield pointer("extra_phones", number), phone
    if isinstance(part, DealPart):
        yield pointer("name"), part.name
        yield pointer("budget"), part.budget
        for name, wanted in part.duplicates.look_in.where.items():
            yield pointer("duplicates", "look_in", "where", name), wanted
        if part.duplicates.task:
            yield pointer("duplicates", "task", "text"), part.duplicates.task.text
