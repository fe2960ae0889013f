"""A run that goes on late leaves alone what later submissions wrote meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.base import Ref
from engine.deciding.changes import LEFT_TO_NEWER
from engine.deciding.plan import Action, Step
from engine.delivery.journal import Journal
from engine.delivery.work import Entry, Work
from engine.storage.memories import newer_than
from engine.storage.models import StepState

_CHANGING = (Action.UPDATE, Action.MOVE)


def leave_to_newer(works: Sequence[Work], journal: Journal) -> None:
    """Take out of stored plans which fields a later submission has written since they were made.

    A step of which nothing remains is skipped.
    """
    pending = [(work, entry, ref) for work in works for entry, ref in _changes_ahead(work)]
    if not pending:
        return
    later = journal.later_writes({ref for _, _, ref in pending}, _oldest(works))
    skipped = []
    for work, entry, ref in pending:
        entry.step = _without(entry.step, newer_than(work.told_at, later).get(ref, ()))
        if not entry.step.fields and not entry.step.tags:
            entry.state, entry.error = StepState.SKIPPED, LEFT_TO_NEWER
            skipped.append(entry)
    journal.conclude(skipped, ())


def _changes_ahead(work: Work) -> list[tuple[Entry, Ref]]:
    return [
        (entry, Ref(entry.step.kind, entry.step.record_id))
        for entry in work.unfinished
        if entry.step.action in _CHANGING and entry.step.record_id is not None
    ]


def _oldest(works: Sequence[Work]) -> datetime:
    return min(work.told_at for work in works)


def _without(step: Step, fields: Collection[str]) -> Step:
    changes = tuple(
        replace(change, writes=False, after=change.before, value=None, why=LEFT_TO_NEWER)
        if change.writes and change.field in fields
        else change
        for change in step.changes
    )
    return replace(step, changes=changes)
