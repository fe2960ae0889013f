"""Held submissions go on when a person lets them in, and never twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.delivery.held import approve_submission, drop_submission
from engine.delivery.intake import Posted, accept
from engine.delivery.levers import NotNow
from engine.instance import Instance
from engine.storage.models import Event, Form, Module, Run, RunIdentity, Submission, SubmissionState
from tests.builders import urlencoded
from tests.engine.delivery.world import GRACE

TRAPPED = urlencoded(_gotcha="buy now")


def post(instance: Instance, form: Form, raw: bytes) -> Submission:
    accept(instance, form, Posted(raw, "application/x-www-form-urlencoded"))
    with instance.database.read() as session:
        return session.scalars(select(Submission)).one()


def now_of(instance: Instance) -> tuple[SubmissionState, int, list[str]]:
    """The submission's state, its runs, and what happened to it."""
    with instance.database.read() as session:
        return (
            session.scalars(select(Submission.state)).one(),
            len(session.scalars(select(Run)).all()),
            list(session.scalars(select(Event.type).order_by(Event.id))),
        )


def test_an_approved_submission_gets_its_runs_and_rings(
    instance: Instance, form: Form, module: Module, rings: list[int]
):
    held = post(instance, form, TRAPPED)
    assert now_of(instance) == (SubmissionState.HELD, 0, ["received"])
    approve_submission(instance, held.id, GRACE)
    with pytest.raises(NotNow, match="is accepted"):
        approve_submission(instance, held.id, GRACE)
    assert now_of(instance) == (SubmissionState.ACCEPTED, 1, ["received", "approved"])
    assert rings == [module.connection_id]
    with instance.database.read() as session:
        assert session.scalars(select(RunIdentity)).first() is not None


def test_a_dropped_submission_is_kept_and_goes_nowhere(
    instance: Instance, form: Form, module: Module, rings: list[int]
):
    held = post(instance, form, TRAPPED)
    drop_submission(instance, held.id, GRACE)
    with pytest.raises(NotNow, match="is discarded"):
        approve_submission(instance, held.id, GRACE)
    assert now_of(instance) == (SubmissionState.DISCARDED, 0, ["received", "discarded"])
    assert rings == []


def test_an_unreadable_submission_can_only_be_dropped(
    instance: Instance, form: Form, module: Module, rings: list[int]
):
    sent = post(instance, form, TRAPPED)
    with instance.database.write() as session:
        session.get_one(Submission, sent.id).state = SubmissionState.UNREADABLE
    with pytest.raises(NotNow, match="is unreadable, not held"):
        approve_submission(instance, sent.id, GRACE)
    assert now_of(instance)[0] == SubmissionState.UNREADABLE
    drop_submission(instance, sent.id, GRACE)
    assert now_of(instance)[0] == SubmissionState.DISCARDED
