"""Erasing a person: nothing of them is left in any table or file, and nobody else loses anything."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from connectors.base import Kind
from connectors.memory import Accident
from engine.deciding.mentions import sought
from engine.delivery.privacy import Report, erase_person
from engine.instance import Instance
from engine.storage import erasing
from engine.storage.base import now
from engine.storage.erasures import erasures
from engine.storage.model_calls import Call, CallRun
from engine.storage.models import (
    Event,
    Run,
    RunState,
    Submission,
    SubmissionState,
)
from engine.storage.notices import give_notice
from engine.storage.tables import TABLES
from tests.databases import WITH_POSTGRES
from tests.engine.delivery.world import GRACE as ACTOR
from tests.engine.delivery.world import World, make_world

ADA = sought("ada@example.org")
GRACE = {
    "email": "grace@example.org",
    "phone": "+380501112233",
    "first_name": "Grace",
    "last_name": "Hopper",
}


@pytest.fixture
def world(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(instance, monkeypatch)


@pytest.fixture
def traces(world: World) -> World:
    """Ada was delivered, is held, failed and is waiting; the logs speak of her. Grace was delivered."""
    world.post()
    world.post(**GRACE, company="Navy")
    world.drain_all()
    world.crm.befall("update", Accident.REFUSE)
    world.save(contact__fields__Position={"value": "{{ field.job }}", "write": "overwrite"})
    world.post(job="Analyst")
    world.drain()
    world.post(topic="looms")
    with world.instance.database.write() as session:
        for number, run in enumerate(session.scalars(select(Run)).all()):
            call = Call(
                connection_id=run.connection_id,
                method="GET",
                url="https://crm.test/contacts?query=ada%40example.org",
                request="",
                response=f'{{"email": "ada@example.org", "number": {number}}}',
                started_at=now(),
                ms=3,
            )
            session.add(call)
            session.flush()
            session.add(CallRun(call_id=call.id, run_id=run.id))
        give_notice(session, "odd", "ada@example.org is odd")
        first = session.scalars(select(Submission.id).order_by(Submission.id).limit(1)).one()
        session.add(Event(submission_id=first, type="said", message="Ada <ADA@example.org> called"))
    return world


def erase(world: World) -> Report:
    return erase_person(world.instance, ADA, ACTOR, sleep=lambda _s: None)


def mentions(world: World) -> dict[str, int]:
    with world.instance.database.read() as session:
        found = erasing.mentions(session, ADA.in_text, TABLES.sorted_tables)
    return {table: len(keys) for table, keys in found.items()}


def test_nothing_is_left_in_any_table(traces: World) -> None:
    assert {"submission", "run", "call", "event", "notice", "known_record"} <= mentions(
        traces
    ).keys()
    report = erase(traces)
    assert mentions(traces) == {}
    assert (report.submissions, report.under_way, report.settings) == (3, 0, ())


@pytest.mark.skipif(WITH_POSTGRES, reason="its files are its operator's: VACUUM gives pages back")
def test_nothing_is_left_in_any_file(traces: World) -> None:
    erase(traces)
    folder = Path(traces.instance.settings.data_dir)
    names = [path.name for path in folder.rglob("*") if path.is_file()]
    assert "formwire.db" in names
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("latin-1")
            assert not ADA.in_text(text), path
            assert "Lovelace" not in text, path


def test_what_stays_says_that_something_came(traces: World) -> None:
    erase(traces)
    with traces.instance.database.read() as session:
        erased = session.scalars(
            select(Submission).where(Submission.state == SubmissionState.ERASED)
        ).all()
        assert [one.number for one in erased] == [1, 3, 4]
        assert all(not (one.answers or one.raw or one.files or one.headers) for one in erased)
        states = session.scalars(
            select(Run.state).where(Run.submission_id.in_([one.id for one in erased]))
        ).all()
    assert sorted(states) == [RunState.DELIVERED, RunState.DISCARDED, RunState.FAILED]


def test_nobody_else_loses_anything(traces: World) -> None:
    erase(traces)
    with traces.instance.database.read() as session:
        grace = session.scalars(select(Submission).where(Submission.number == 2)).one()
        assert grace.answers["field"]["email"] == "grace@example.org"
        (run,) = grace.runs
        assert run.plan is not None
    assert len(traces.records(Kind.CONTACT)) == 2, "the CRM is left alone"


def test_the_report_names_what_remains_in_the_crm(traces: World) -> None:
    report = erase(traces)
    kinds = {one.kind for one in report.remaining}
    assert kinds == {"contact", "company", "deal", "task", "note"}
    contact = next(one for one in report.remaining if one.kind == "contact")
    assert contact.connection == "memory"
    assert contact.url == f"https://memory.test/contact/{contact.id}"
    with traces.instance.database.read() as session:
        (kept,) = erasures(session)
    assert kept.author == "grace@example.org"
    assert len(kept.report["remaining"]) == len(report.remaining)


def test_who_is_sought_by_phone_is_found_by_what_they_became(traces: World) -> None:
    """The last submission bears another e-mail address, but led to the same contact."""
    traces.post(email="ada@home.example", topic="cards")
    traces.drain_all()
    report = erase(traces)
    assert report.submissions == 4


def test_what_a_worker_is_busy_with_is_waited_for(traces: World) -> None:
    with traces.instance.database.write() as session:
        busy = session.scalar(select(func.max(Run.id)))
        session.execute(update(Run).where(Run.id == busy).values(state=RunState.RUNNING))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        with traces.instance.database.write() as session:
            session.execute(update(Run).where(Run.id == busy).values(state=RunState.WAITING))

    report = erase_person(traces.instance, ADA, ACTOR, sleep=sleep)
    assert (len(slept), report.under_way, report.submissions) == (1, 0, 3)


def test_what_never_ends_is_reported_and_the_rest_erased(traces: World) -> None:
    with traces.instance.database.write() as session:
        busy = session.scalar(select(func.max(Run.id)))
        session.execute(update(Run).where(Run.id == busy).values(state=RunState.RUNNING))
    report = erase_person(traces.instance, ADA, ACTOR, sleep=lambda _s: None, patience_s=1)
    assert (report.under_way, report.submissions) == (1, 2)


def test_erasing_twice_finds_nothing_more(traces: World) -> None:
    erase(traces)
    again = erase(traces)
    assert (again.submissions, again.redacted, again.remaining) == (0, {}, ())


def test_a_person_who_comes_again_is_a_new_submission(traces: World) -> None:
    erase(traces)
    receipt = traces.post()
    traces.drain_all()
    with traces.instance.database.read() as session:
        again = session.scalars(select(Submission).where(Submission.public_id == receipt.id)).one()
    assert again.number == 5
    assert now() - again.received_at < timedelta(minutes=5)
