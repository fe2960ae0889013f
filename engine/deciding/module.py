"""ModuleConfig: a form's recipe for one connection, as the marketer edits it.

Loading reports every mistake at once; once loaded a config is valid and nobody checks it again.
What it says about fields, stages and users of an account is checked against that account's catalog
by `engine.deciding.wanting`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from connectors.base import Kind
from engine.deciding.documents import Document, DocumentMistakes, Key, load, pointer
from engine.deciding.macros import check_macro
from rules.checking import Issue
from rules.checking import check as check_rule

Text = Annotated[str, Field(max_length=4096)]


class Policy(StrEnum):
    """What may happen to a field of a record that exists already."""

    COMPLETE = "complete"  # only written when the CRM has nothing there
    OVERWRITE = "overwrite"
    LEAVE = "leave"


class Row(Document):
    """One CRM field's source. In a document a bare value is a row too.

    ``write`` is the field's own policy; without it the part's ``on_match`` rules.
    """

    value: Text
    write: Policy | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _fixed_values_are_text(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int | float) else value


class Due(Document):
    """How long after the submission a task is due. The units add up."""

    minutes: Annotated[int, Field(ge=0)] = 0
    hours: Annotated[int, Field(ge=0)] = 0
    days: Annotated[int, Field(ge=0)] = 0

    @property
    def seconds(self) -> int:
        return ((self.days * 24 + self.hours) * 60 + self.minutes) * 60


class Task(Document):
    """A task that is set when its record is created. ``type`` and ``responsible`` by id or label."""

    text: Text
    type: str | None = None
    due: Due = Due(days=1)
    responsible: str | None = None


class Part(Document):
    """What contact, company and deal have in common. Field names are ids, codes or labels."""

    fields: dict[str, Row] = Field(default_factory=dict)
    tags: tuple[Text, ...] = ()
    note: Text | None = None
    tasks: tuple[Task, ...] = ()

    @field_validator("fields", mode="before")
    @classmethod
    def _bare_values_are_rows(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        return {
            name: row if isinstance(row, dict | Row) else {"value": row}
            for name, row in fields.items()
        }


class PersonPart(Part):
    """A contact or a company. ``match`` names the fields by which an existing one is recognised."""

    match: tuple[str, ...] = ("phone", "email")
    match_on: Literal["any", "all"] = "any"
    on_match: Policy = Policy.COMPLETE
    several: Literal["newest", "oldest", "hold"] = "newest"


class LookIn(Document):
    """Where open deals are looked for; nothing named means everywhere."""

    pipelines: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()


class Duplicates(Document):
    """What happens when the contact or company has an open deal already."""

    control: Literal["none", "formwire"] = "none"
    look_in: LookIn = LookIn()
    found: Literal["keep", "update", "move", "create"] = "keep"
    several: Literal["newest", "create", "hold"] = "newest"
    backwards: bool = False


class DealPart(Part):
    """The deal. Without a stage it starts at the pipeline's first; without a pipeline, in the main one."""

    pipeline: str | None = None
    stage: str | None = None
    name: Text = ""
    budget: Text = ""
    on_match: Policy = Policy.COMPLETE
    duplicates: Duplicates = Duplicates()


class Active(Document):
    """When the module runs: enabled, and as its rules say.

    With ``activate`` rules at least one must be true; one true ``deactivate`` rule is enough to skip.
    """

    enabled: bool = True
    rules: tuple[dict[Literal["activate", "deactivate"], Any], ...] = ()

    @field_validator("rules")
    @classmethod
    def _one_verb_each(cls, rules: Any) -> Any:
        if any(len(rule) != 1 for rule in rules):
            raise ValueError("each rule is either activate: … or deactivate: …")
        return rules


class ModuleConfig(Document):
    """The whole module. See the guide's module page for a worked example."""

    form: Key
    module: Key
    connection: Key
    name: str = ""
    active: Active = Active()
    responsible: str | None = None
    contact: PersonPart | None = None
    company: PersonPart | None = None
    deal: DealPart | None = None

    @model_validator(mode="after")
    def _does_something(self) -> ModuleConfig:
        if not (self.contact or self.company or self.deal):
            raise ValueError("has no contact, company or deal, so it would do nothing; add one")
        return self

    def row(self, kind: Kind, name: str) -> Row | None:
        """The source of a match key.

        A company that is recognised by phone or e-mail and has none of its own goes by the contact's.
        """
        parts = dict(self.parts())
        own = parts[kind].fields.get(name) if kind in parts else None
        if own is None and kind is Kind.COMPANY and self.contact is not None:
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
    for number, rule in enumerate(module.active.rules):
        for verb, logic in rule.items():
            for issue in check_rule(logic):
                yield Issue(pointer("active", "rules", number, verb) + issue.path, issue.message)


def _macro_issues(module: ModuleConfig) -> Iterator[Issue]:
    for path, source in macro_texts(module):
        for message in check_macro(source):
            yield Issue(path, message)


def _match_issues(module: ModuleConfig) -> Iterator[Issue]:
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
        for name, row in part.fields.items():
            yield pointer(kind, "fields", name), row.value
        for number, tag in enumerate(part.tags):
            yield pointer(kind, "tags", number), tag
        for number, task in enumerate(part.tasks):
            yield pointer(kind, "tasks", number, "text"), task.text
        if part.note:
            yield pointer(kind, "note"), part.note
    if module.deal:
        yield pointer("deal", "name"), module.deal.name
        yield pointer("deal", "budget"), module.deal.budget
