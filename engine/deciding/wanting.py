"""What one submission wants of the CRM, before anybody looked what is there.

Macros are rendered, answers are typed values, and names of fields, stages and people are the
account's ids: `engine.deciding.compiling` makes it of a module and a submission.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.base import Json, Kind, Query
from connectors.catalog import Field
from engine.deciding.parts import Duplicates, Policy, When
from engine.deciding.responsible import Assignment
from engine.deciding.rows import Value


class ModuleOutdated(Exception):
    """The module speaks of things this CRM account does not have. ``problems`` names them all."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Addition:
    """A task or note for a record. ``fields`` are its draft's: text, and for tasks type, due, …"""

    kind: Kind
    fields: Mapping[str, Json]
    when: When


@dataclass(slots=True)
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


@dataclass(slots=True)
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


@dataclass(slots=True)
class Intent:
    """All a submission wants. ``warnings`` tell what was left out, and why."""

    company: Wanted | None
    contact: Wanted | None
    deal: WantedDeal | None
    responsible: Assignment | None = None
    warnings: tuple[str, ...] = ()
