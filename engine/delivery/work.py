"""One run in a wave, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from connectors.base import Draft, Effect, Enquiry, Fields, Kind, Link, Ref
from connectors.errors import ConnectorError
from engine.deciding.earlier import Earlier
from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig
from engine.deciding.placeholders import deferred, fill
from engine.deciding.plan import Action, Plan, Step
from engine.storage.models import RunState, StepState, Wait

Url: TypeAlias = Callable[[Ref], str | None]
"""Where a person sees a record."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run leaves its wave. ``error`` is the CRM's, when that is the cause."""

    state: RunState
    reason: str = ""
    due_at: datetime | None = None
    wait: Wait | None = None
    counts: bool = False  # as an attempt
    remedy: str = ""
    replan: bool = False  # decide anew: a record it spoke of is gone, and nothing was sent yet
    error: ConnectorError | None = None


@dataclass(slots=True)
class Entry:
    """A step of the plan with its place in the journal."""

    id: int
    step: Step
    op_key: str
    state: StepState
    effect: Effect = Effect.MARKED
    attempt: int = 0  # how often it was about to be sent
    sent_at: datetime | None = None
    settle_until: datetime | None = None
    looks: int = 0
    done_at: datetime | None = None
    record_id: str | None = None
    record_url: str | None = None
    adopted: bool = False
    error: str = ""


@dataclass(slots=True)
class Work:
    """A claimed run. ``ending`` is set once it can go no further in this wave."""

    run_id: int
    public_id: str
    submission_id: int
    form_id: int
    module_id: int
    module: ModuleConfig
    form: FormConfig
    answers: Mapping[str, Any]
    received_at: datetime
    told_at: datetime  # when the last of its answers came, in the post received or a later one
    first_try_at: datetime
    attempt: int
    approved: bool = False
    restored_at: datetime | None = None  # creations before then may not be in the journal
    is_later_post: bool = False  # of a filling-in that was posted before
    earlier: Earlier = field(default_factory=Earlier)  # what the posts before it led to
    approval: str | None = None  # why a person must approve first
    plan: Plan | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    trace: list[Any] | None = None
    known: dict[str, str] = field(
        default_factory=dict
    )  # identity to record id, learnt in this wave
    forgotten: set[str] = field(default_factory=set)  # identities that proved wrong
    notices: list[str] = field(default_factory=list)
    lag_s: float = 0.0  # the longest a write of this wave took to show itself
    question: Ending | None = None  # to a person, when nothing else is left to do
    ending: Ending | None = None

    def record_id(self, key: str) -> str | None:
        """The record of the step called ``key``, once there is one."""
        entry = self.entries.get(key)
        if entry is not None and entry.record_id is not None:
            return entry.record_id
        step = self.plan.step(key) if self.plan else None
        return step.record_id if step else None

    def ref(self, key: str) -> Ref | None:
        id = self.record_id(key)
        step = self.plan.step(key) if self.plan else None
        return Ref(step.kind, id) if step and id is not None else None

    def links(self, step: Step) -> tuple[Ref, ...] | None:
        """The records that ``step`` is linked with; None while one of them does not exist yet."""
        refs = tuple(self.ref(key) for key in step.links)
        return None if None in refs else tuple(ref for ref in refs if ref is not None)

    def ready(self, entry: Entry) -> bool:
        """Whether every record that the step's texts speak of exists."""
        return all(self.record_id(key) is not None for key in entry.step.needs)

    def fields(self, entry: Entry, url: Url) -> Fields:
        """What the step sends, with the ids and addresses of earlier records filled in."""
        if not any(
            isinstance(value, str) and deferred(value) for value in entry.step.fields.values()
        ):
            return entry.step.fields
        known: dict[str, str] = {}
        for kind in (Kind.COMPANY, Kind.CONTACT, Kind.DEAL):
            ref = self.ref(kind)
            if ref is not None:
                known |= {f"{kind}.id": ref.id, f"{kind}.url": url(ref) or ""}
        return {
            id: fill(value, known) if isinstance(value, str) else value
            for id, value in entry.step.fields.items()
        }

    def draft(self, entry: Entry, url: Url, links: tuple[Ref, ...] = ()) -> Draft:
        return Draft(self.fields(entry, url), entry.step.tags, links, marker=entry.op_key)

    def enquiry(self) -> Enquiry:
        """Where the submission came from, for the CRM's own duplicate control."""
        page, visitor = self.answers.get("page", {}), self.answers.get("visitor", {})
        return Enquiry(
            form_key=self.form.form,
            form_name=self.form.name,
            sent_at=self.received_at,
            page_url=page.get("url", ""),
            referrer=page.get("referrer", ""),
            ip=visitor.get("ip", ""),
        )

    def link(self, entry: Entry) -> Link | None:
        refs = self.links(entry.step)
        return Link(refs[0], refs[1]) if refs else None

    def tried_for(self, at: datetime) -> timedelta:
        return at - self.first_try_at

    @property
    def can_go_on(self) -> bool:
        """Whether a step could be sent now."""
        return any(
            entry.state is StepState.PLANNED
            and self.ready(entry)
            and self.links(entry.step) is not None
            for entry in self.entries.values()
        )

    @property
    def unfinished(self) -> list[Entry]:
        """Entries that something is still to be done about."""
        over = (StepState.DONE, StepState.SKIPPED)
        return [entry for entry in self.entries.values() if entry.state not in over]


def creates(entry: Entry) -> bool:
    """Whether ``entry`` is a creation still to be sent."""
    return entry.step.action is Action.CREATE and entry.state is StepState.PLANNED
