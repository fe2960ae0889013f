"""What is kept as long as its form wants, and not a day longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine.deciding.form import FormConfig
from engine.deciding.keeping import Keeping
from engine.delivery.retention import Retention, erase_aged, network_of
from engine.storage.base import now
from engine.storage.forms import save_form
from engine.storage.model_calls import Call
from engine.storage.models import (
    Run,
    RunState,
    Submission,
    SubmissionState,
)
from tests.engine.deciding.test_planning import FORM
from tests.engine.delivery.world import World

KEEP = Keeping(submissions=100, held=20, calls=10, addresses=5)


@pytest.fixture
def kept(world: World) -> World:
    """One submission that was delivered today, from 203.0.113.7, with a call of each kind."""
    with world.instance.database.write() as session:
        save_form(
            session, FormConfig.model_validate({**FORM.model_dump(), "keep": KEEP.model_dump()})
        )
    world.post()
    world.drain_all()
    with world.instance.database.write() as session:
        submission = session.scalars(select(Submission)).one()
        submission.source_ip = "203.0.113.7"
        submission.answers = {**submission.answers, "visitor": {"ip": "203.0.113.7"}}
        call = {"method": "GET", "url": "https://crm.test/x?query=ada", "ms": 1}
        session.add(
            Call(connection_id=world.connection_id, started_at=now(), response="Ada", **call)
        )
    return world


def age(world: World, days: float) -> None:
    """Look as if so many days had gone by."""
    erase_aged(world.instance, now() + timedelta(days=days))


def submission(world: World) -> Submission:
    with world.instance.database.read() as session:
        return session.scalars(select(Submission)).one()


@pytest.mark.parametrize(("days", "state"), [(99, "accepted"), (101, "erased")])
def test_content_goes_after_its_time(kept: World, days: int, state: str) -> None:
    age(kept, days)
    assert submission(kept).state == state
    assert bool(submission(kept).answers) == (state == "accepted")
    assert (kept.run().plan is None) == (state == "erased")


@pytest.mark.parametrize("state", [SubmissionState.HELD, SubmissionState.UNREADABLE])
@pytest.mark.parametrize(("days", "erased"), [(19, False), (21, True)])
def test_what_nobody_let_in_goes_sooner(
    kept: World, state: SubmissionState, days: int, erased: bool
) -> None:
    with kept.instance.database.write() as session:
        session.execute(update(Submission).values(state=state))
    age(kept, days)
    assert (submission(kept).state == SubmissionState.ERASED) is erased


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.WAITING, RunState.RUNNING])
def test_what_is_under_way_is_never_erased(kept: World, state: RunState) -> None:
    with kept.instance.database.write() as session:
        session.execute(update(Run).values(state=state))
    age(kept, 1000)
    assert submission(kept).state == SubmissionState.ACCEPTED


def test_what_waits_for_the_rest_is_never_erased(kept: World) -> None:
    with kept.instance.database.write() as session:
        session.execute(update(Submission).values(state=SubmissionState.PARTIAL))
    age(kept, 1000)
    assert submission(kept).state == SubmissionState.PARTIAL


@pytest.mark.parametrize(("days", "address"), [(4, "203.0.113.7"), (6, "203.0.113.0/24")])
def test_an_address_is_shortened(kept: World, days: int, address: str) -> None:
    age(kept, days)
    age(kept, days)
    assert submission(kept).source_ip == address
    assert submission(kept).answers["visitor"]["ip"] == address


@pytest.mark.parametrize(("days", "left"), [(9, "Ada"), (31, "")])
def test_bodies_of_calls_go(kept: World, days: int, left: str) -> None:
    age(kept, days)
    with kept.instance.database.read() as session:
        last = session.scalars(select(Call).order_by(Call.id.desc())).first()
        assert last is not None
        assert last.response == left
        assert ("query" in last.url) == bool(left)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("unix", "unknown/0"),
    ],
)
def test_a_network_is_nobodys_in_particular(address: str, network: str) -> None:
    assert network_of(address) == network


def test_it_looks_once_an_hour(kept: World) -> None:
    watch = Retention(kept.instance)
    watch.look()
    with kept.instance.database.write() as session:
        session.execute(update(Submission).values(received_at=now() - timedelta(days=400)))
    watch.look()
    assert submission(kept).state == SubmissionState.ACCEPTED
    Retention(kept.instance).look()
    assert submission(kept).state == SubmissionState.ERASED
    with kept.instance.database.read() as session:
        assert session.scalar(select(func.count(Submission.id))) == 1
