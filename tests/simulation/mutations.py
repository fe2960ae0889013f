"""The engine with one of its safeguards taken out. The simulation must notice each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import false, select, update
from sqlalchemy.orm import Session

from engine.delivery import drain
from engine.delivery.work import Entry
from engine.storage.base import now
from engine.storage.leases import Lease
from engine.storage.models import JournalStep, StepState, Submission
from engine.storage.runs import take_over
from tests.simulation.crm import WiredConnector
from tests.simulation.play import Mutate


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """Whoever lost the lease goes on writing, and calling the CRM."""
    for place in ("drain", "journal", "concluding"):
        patch.setattr(f"engine.delivery.{place}.hold", lambda session, lease: None)
    patch.setattr("engine.delivery.drain.in_time", lambda: None)


def no_intent(patch: pytest.MonkeyPatch) -> None:
    """What is about to be sent is not written down first."""

    def intend(_: Any, entries: Sequence[Entry]) -> None:
        for entry in entries:
            entry.state, entry.sent_at = StepState.SENDING, now()
            entry.settle_until = now() + timedelta(seconds=45)

    patch.setattr("engine.delivery.journal.Journal.intend", intend)


def no_settling(patch: pytest.MonkeyPatch) -> None:
    """A write without an answer is looked for at once, twice."""
    for place in ("journal", "recovery"):
        patch.setattr(f"engine.delivery.{place}.settle_until", lambda at, settle_s: at)

    def taken_over(session: Session, lease: Lease, settle: timedelta) -> None:
        take_over(session, lease, timedelta(0))

    patch.setattr(drain, "take_over", taken_over)


def one_look(patch: pytest.MonkeyPatch) -> None:
    """A write that was not found once is sent again."""
    patch.setattr("engine.delivery.recovery.EMPTY_LOOKS", 1)


def no_look(patch: pytest.MonkeyPatch) -> None:
    """What was lost is never found."""

    def find_created(_: Any, __: Any, drafts: Sequence[Any], since: datetime) -> list[list[Any]]:
        return [[] for _ in drafts]

    patch.setattr(WiredConnector, "find_created", find_created)


def no_order(patch: pytest.MonkeyPatch) -> None:
    """Runs of one person do not wait for one another."""
    patch.setattr("engine.storage.runs._earlier_run_of_same_identity", false)


def no_doubt(patch: pytest.MonkeyPatch) -> None:
    """What a dead drain was sending counts as not sent."""

    def taken_over(session: Session, lease: Lease, settle: timedelta) -> None:
        sending = session.scalars(
            select(JournalStep.id).where(JournalStep.state == StepState.SENDING)
        ).all()
        take_over(session, lease, settle)
        session.execute(
            update(JournalStep)
            .where(JournalStep.id.in_(sending), JournalStep.state == StepState.UNKNOWN)
            .values(state=StepState.PLANNED)
        )

    patch.setattr(drain, "take_over", taken_over)


def no_taking_over(patch: pytest.MonkeyPatch) -> None:
    """Runs stay with the drain that died."""
    patch.setattr(drain, "take_over", lambda session, lease, settle: None)


def no_memory(patch: pytest.MonkeyPatch) -> None:
    """Nobody remembers whom the CRM knows already."""

    def known_records(session: Session, connection_id: int, keys: Any) -> Mapping[str, str]:
        return {}

    patch.setattr("engine.delivery.deciding.known_records", known_records)


def no_waiting_for_earlier_posts(patch: pytest.MonkeyPatch) -> None:
    """Runs of one filling-in know one another by their people only."""
    patch.setattr("engine.delivery.queueing.filling_of", lambda idem_key: "")


def no_going_on(patch: pytest.MonkeyPatch) -> None:
    """A later post's run knows nothing of what earlier ones made."""
    patch.setattr("engine.delivery.deciding.earlier_runs", lambda *_: [])


def always_completing(patch: pytest.MonkeyPatch) -> None:
    """A submission is completed though something of it was sent."""
    patch.setattr("engine.delivery.completing._is_untouched", lambda run: True)


def no_digests(patch: pytest.MonkeyPatch) -> None:
    """A repeat of an earlier post is not known again."""
    patch.setattr("engine.delivery.completing._digests", lambda post: set())


def no_identity_of_fillings(patch: pytest.MonkeyPatch) -> None:
    """The id that a sender gives a filling-in is like any other key of a post."""
    patch.setattr("engine.delivery.recognising.filling_of", lambda idem_key: "")


def no_lateness(patch: pytest.MonkeyPatch) -> None:
    """A part that comes late counts as what was said last."""
    patch.setattr("engine.delivery.completing._comes_late", lambda latest, reading: False)


def told_when_received(patch: pytest.MonkeyPatch) -> None:
    """What completed a submission counts as if it had been said at first."""
    patch.setattr("engine.delivery.drain.completed_at", lambda *_: {})
    patch.setattr("engine.storage.memories._TOLD_AT", Submission.received_at)


MUTATIONS: dict[str, tuple[Mutate, int]] = {
    "the fence": (no_fence, 16),
    "the intent": (no_intent, 3),
    "the settle window": (no_settling, 7),
    "the second look": (one_look, 73),
    "the look": (no_look, 2),
    "the order of one person's runs": (no_order, 0),
    "the doubt about what a dead drain was sending": (no_doubt, 8),
    "taking over": (no_taking_over, 0),
    "the memory of who is who": (no_memory, 0),
}
"""Each safeguard: the engine without it, and a seed from which on a story soon goes wrong."""

OF_SEVERAL: dict[str, tuple[Mutate, int]] = {
    "the identity of a filling-in": (no_identity_of_fillings, 0),
    "the order of its posts' runs": (no_waiting_for_earlier_posts, 7),
    "what its earlier posts led to": (no_going_on, 0),
    "the look whether anything was sent": (always_completing, 0),
    "the memory of its posts": (no_digests, 1),
    "the notice of what comes late": (no_lateness, 1),
    "the time at which it was told": (told_when_received, 5),
}
"""Those that filling-ins need which come in several posts."""
