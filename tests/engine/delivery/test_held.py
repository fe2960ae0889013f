"""Held submissions go on when a person lets them in, and never twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.delivery.held import approve_submission, drop_submission, take_mended
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


def test_mended_answers_know_where_they_came_from_as_any_others(
    instance: Instance, form: Form, module: Module, rings: list[int]
):
    headers = {"Referer": "https://example.org/contact", "User-Agent": "Mozilla"}
    for raw in (b'{"name": "Ada"}', b'{"name": "Ada "King""}'):
        accept(instance, form, Posted(raw, "application/json", headers, "192.0.2.7"))
    with instance.database.read() as session:
        good, broken = session.scalars(select(Submission).order_by(Submission.id)).all()
    take_mended(instance, broken.id, GRACE)
    with instance.database.read() as session:
        taken = session.get_one(Submission, broken.id).answers
    assert taken["field"] == {"name": 'Ada "King"'}
    assert taken["page"] == {"url": "https://example.org/contact"}
    for root in ("page", "visitor", "form", "utm", "spam"):
        assert taken[root] == good.answers[root]


def test_nobody_takes_what_nobody_can_tell(
    instance: Instance, form: Form, module: Module, rings: list[int]
):
    accept(instance, form, Posted(b'{"', "application/json"))
    with instance.database.read() as session:
        sent = session.scalars(select(Submission)).one()
    with pytest.raises(NotNow, match="nobody can tell"):
        take_mended(instance, sent.id, GRACE)
    assert now_of(instance)[:2] == (SubmissionState.UNREADABLE, 0)
