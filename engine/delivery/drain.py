"""Drain a connection: take its lease, then carry waves out until nothing is due."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.errors import AuthError, RateLimitedError, SettingsError, UnavailableError
from engine.deciding.names import under_all_names
from engine.deciding.plan import load as load_plan
from engine.delivery.carrying import in_time
from engine.delivery.catalogs import CatalogReader, Opened, block, open_for_calls
from engine.delivery.concluding import conclude
from engine.delivery.configs import form_config, module_config
from engine.delivery.deciding import Desk
from engine.delivery.journal import Journal, stored_entries
from engine.delivery.owners import this_thread
from engine.delivery.pool import Pool
from engine.delivery.retry import learnt_settle_s
from engine.delivery.wave import Crew, carry_wave
from engine.delivery.work import Work
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.fillings import number_of
from engine.storage.leases import Lease, LeaseLost, hold, release, take_lease
from engine.storage.memories import completed_at
from engine.storage.models import Connection, ConnectionState, Run, RunState, Wait
from engine.storage.parked import park
from engine.storage.runs import Turn, claim_wave, has_due_runs, take_over
from engine.storage.secrets import SecretsUnreadable

WAVE = 50
SLICE_S = 20.0
FAIR_EVERY = 5
"""Every so many waves those begin that live runs have kept waiting."""
_RECHECK_S = 5.0
_log = logging.getLogger(__name__)


def drain(
    instance: Instance,
    connection_id: int,
    *,
    stopping: Callable[[], bool] = lambda: False,
    hearing: Callable[[], None] = lambda: None,
) -> bool:
    """Carry out what is due on one connection for at most a time slice.

    Returns whether there is more to do right now. Does nothing when somebody else drains it.
    ``hearing`` is called before each look for work that follows a change of the lease: whoever
    rings from then on must be heard again.
    """
    connection, lease = _take(instance, connection_id)
    if lease is None:
        return False
    hearing()
    try:
        _drain(instance, connection, lease, stopping)
    except LeaseLost as lost:
        _log.warning("%s", lost)
        return False
    finally:
        with instance.database.write() as session:
            release(session, lease)
    hearing()
    with instance.database.read() as session:
        connection = session.get_one(Connection, connection_id)
        return not stopping() and _may_run(connection) and has_due_runs(session, connection_id)


def _take(instance: Instance, connection_id: int) -> tuple[Connection, Lease | None]:
    with instance.database.write() as session:
        connection = session.get_one(Connection, connection_id)
        if connection.state == ConnectionState.BLOCKED:
            park(session, connection)
        return connection, take_lease(session, connection_id, this_thread()) if _may_run(
            connection
        ) else None


def _may_run(connection: Connection) -> bool:
    at = now()
    waiting = connection.not_before is not None and connection.not_before > at
    return connection.state == ConnectionState.OK and not waiting and not _is_open(connection, at)


def _is_open(connection: Connection, at: datetime) -> bool:
    return connection.breaker_until is not None and connection.breaker_until > at


def _drain(
    instance: Instance, connection: Connection, lease: Lease, stopping: Callable[[], bool]
) -> None:
    try:
        opened = open_for_calls(instance, connection, guard=_Guard(instance, lease), lease=lease)
    except (SettingsError, SecretsUnreadable) as error:
        block(instance, connection.id, SettingsError(str(error)))
        return
    pool = Pool(opened.connector.spec.parallel, opened.pace)
    try:
        _waves(instance, connection, lease, opened, pool, stopping)
    finally:
        pool.close()
        opened.close()


def _waves(
    instance: Instance,
    connection: Connection,
    lease: Lease,
    opened: Opened,
    pool: Pool,
    stopping: Callable[[], bool],
) -> None:
    settle_s = instance.settings.settle_s
    if settle_s is None:
        settle_s = learnt_settle_s(opened.connector.spec.settle_s, connection.lag_s)
    reader = CatalogReader(instance, connection, opened.connector)
    desk = Desk(
        database=instance.database,
        connection_id=connection.id,
        connector=opened.connector,
        pool=pool,
        catalog=reader.catalog,
        refresh_catalog=reader.refresh,
    )
    crew = Crew(desk, Journal(instance.database, lease, settle_s), opened.log)
    with instance.database.write() as session:
        hold(session, lease)
        take_over(session, lease, timedelta(seconds=settle_s))
    end = time.monotonic() + SLICE_S
    while not stopping():
        works = _claim(instance, lease)
        if not works:
            return
        carry_wave(works, crew)
        _excuse(instance, connection.id, works)
        conclude(instance, lease, works, opened.log.take())
        if _halted(instance, connection.id, works) or time.monotonic() >= end:
            return


def _claim(instance: Instance, lease: Lease) -> list[Work]:
    """The next wave; none when somebody learnt meanwhile that the connection must rest.

    While the breaker tries whether the CRM is back, a run goes alone: the one that has waited
    longest, so that it is another each time.
    """
    with instance.database.write() as session:
        hold(session, lease)
        connection = session.get_one(Connection, lease.connection_id)
        if not _may_run(connection):
            return []
        if connection.breaker_until is not None:
            runs = claim_wave(session, lease, 1, Turn.OLDEST)
        else:
            fifth = (connection.waves + 1) % FAIR_EVERY == 0
            runs = claim_wave(session, lease, WAVE, Turn.OTHERS if fifth else Turn.LANES)
        if runs:
            connection.waves += 1
        told_at = completed_at(session, [run.submission for run in runs])
    return [_work(run, told_at.get(run.submission_id)) for run in runs]


def _work(run: Run, completed_at: datetime | None) -> Work:
    submission, form = run.submission, form_config(run.submission.form)
    work = Work(
        run_id=run.id,
        public_id=run.public_id,
        submission_id=submission.id,
        form_id=submission.form_id,
        module_id=run.module_id,
        module=module_config(run.revision),
        form=form,
        answers=under_all_names(submission.answers, form),
        received_at=submission.received_at,
        told_at=completed_at or submission.received_at,
        first_try_at=run.first_try_at or now(),
        attempt=run.attempt,
        approved=run.approved,
        restored_at=run.restored_at,
        is_later_post=number_of(submission.idem_key) > 1,
    )
    if run.plan is not None:
        work.plan = load_plan(run.plan)
        work.trace = run.trace
        work.entries = stored_entries(run, work)
    return work


def _excuse(instance: Instance, connection_id: int, works: Sequence[Work]) -> None:
    """Let runs that the breaker caught wait for it, without counting an attempt."""
    caught = [
        (work, work.ending)
        for work in works
        if work.ending
        and work.ending.state is RunState.WAITING
        and isinstance(work.ending.error, UnavailableError)
    ]
    if not caught:
        return
    at = now()
    with instance.database.read() as session:
        connection = session.get_one(Connection, connection_id)
    if not _is_open(connection, at):
        return
    reason = f"waits until {connection.name} answers again"
    for work, ending in caught:
        work.ending = replace(ending, reason=reason, due_at=at, wait=Wait.BREAKER, counts=False)


def _halted(instance: Instance, connection_id: int, works: Sequence[Work]) -> bool:
    """Whether the connection as a whole must rest or be mended."""
    errors = [work.ending.error for work in works if work.ending and work.ending.error]
    for error in errors:
        if isinstance(error, AuthError | SettingsError):
            block(instance, connection_id, error)
            return True
    return any(isinstance(error, RateLimitedError) for error in errors)


class _Guard:
    """Lets no call out once the lease is lost, for instance while this process was stopped.

    Each intent prolongs the lease in its own transaction, so the database is only asked again when
    some seconds have passed since it was asked here.
    """

    def __init__(self, instance: Instance, lease: Lease) -> None:
        self._instance = instance
        self._lease = lease
        self._asked = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self) -> None:
        self._ask()
        in_time()  # last: this process may have been stopped while it asked

    def _ask(self) -> None:
        with self._lock:
            if time.monotonic() - self._asked < _RECHECK_S:
                return
            try:
                with self._instance.database.write() as session:
                    hold(session, self._lease)
            except LeaseLost as lost:
                raise UnavailableError(f"not sent: {lost}") from lost
            self._asked = time.monotonic()
