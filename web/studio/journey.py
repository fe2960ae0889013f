"""A run's timeline: its events and the steps of its journal as one list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.deciding.plan import Plan
from engine.storage.models import Event, JournalStep, StepState
from web.studio.words import done_of, kind_of, state_of, title_of


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline. ``at`` is None for what has not happened yet.

    ``state`` names the icon that shows it, ``note`` what became of it in a word; ``url`` is the
    record's page in the CRM.
    """

    at: datetime | None
    state: str
    title: str
    note: str = ""
    detail: str = ""
    url: str | None = None


def journey(
    events: Iterable[Event], steps: Iterable[JournalStep], plan: Plan | None
) -> list[Moment]:
    """What happened, in order, and then what is still to come."""
    moments = [
        Moment(event.at, event.type, str(state_of(event.type).label), detail=event.message)
        for event in events
    ]
    moments += [_step(step, plan) for step in steps]
    return sorted((m for m in moments if m.at), key=_instant) + [m for m in moments if not m.at]


def _step(step: JournalStep, plan: Plan | None) -> Moment:
    planned = plan.step(step.key) if plan else None
    title = title_of(planned) if planned else kind_of(step.kind)
    if step.state == StepState.PLANNED:
        return Moment(None, step.state, title, str(state_of(step.state).label))
    if step.state == StepState.DONE:
        found = _("it was there already") if step.adopted else ""
        return Moment(step.done_at, step.state, title, done_of(step.action), found, step.record_url)
    return Moment(step.sent_at, step.state, title, str(state_of(step.state).label), step.error)


def _instant(moment: Moment) -> datetime:
    assert moment.at is not None
    return moment.at
