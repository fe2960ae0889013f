"""Days are counted by when submissions were received; those of one day stay together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.storage.database import Database
from engine.storage.days import Days, Delays, days_of
from engine.storage.models import Form, Lane, Module, Run, RunState, SubmissionState
from engine.storage.submissions import STRIP, Wanted, strip_of, strips
from engine.storage.submissions_list import submissions_page
from tests.databases import Databases
from tests.web.studio.world import submission, submission_with_run

FIRST = datetime(2026, 11, 19, 22, tzinfo=UTC)  # a day of Kyiv's
BEGIN = [FIRST + timedelta(days=number) for number in range(3)]
SECOND = timedelta(seconds=1)


class Story:
    """Submissions of a form, each run through its module."""

    def __init__(self, database: Database, form: Form, module: Module) -> None:
        self._database, self._form, self._module, self._number = database, form, module, 0

    def sent(
        self,
        at: datetime,
        state: RunState = RunState.DELIVERED,
        *,
        took_s: float = 1,
        lane: Lane = Lane.LIVE,
        reason: str = "",
    ) -> None:
        self._number += 1
        with self._database.write() as session:
            run = submission_with_run(session, self._form, self._module, self._number, state)
            run.submission.received_at = run.received_at = at
            run.lane, run.reason = lane, reason
            run.finished_at = at + took_s * SECOND

    def days(self) -> Days:
        with self._database.read() as session:
            return days_of(session, BEGIN)


@pytest.fixture
def story(database: Database, form: Form, module: Module) -> Story:
    return Story(database, form, module)


def test_a_submission_belongs_to_the_day_on_which_it_was_received(story: Story):
    story.sent(FIRST - SECOND)  # before the first day
    story.sent(FIRST)
    story.sent(BEGIN[1] - SECOND, took_s=7200)  # delivered on the next day
    story.sent(BEGIN[2] + SECOND)
    days = story.days()
    assert list(days.received) == [2, 0, 1]
    assert [delays.count for delays in days.delays] == [2, 0, 1]


def test_days_without_deliveries_have_no_times(story: Story):
    story.sent(FIRST, RunState.WAITING)
    days = story.days()
    assert list(days.received) == [1, 0, 0]
    assert days.all_delays.quantile_s(0.5) is None


def test_times_are_told_to_a_tenth_of_a_second(story: Story):
    for took_s in (0.4, 2.28, 59.96, 61):
        story.sent(BEGIN[1], took_s=took_s)
    delays = story.days().delays[1]
    assert [delays.quantile_s(share) for share in (0.25, 0.5, 0.75, 1)] == [0.4, 2.3, 60, 61]
    assert delays.soon == 3


def test_what_a_person_had_done_again_tells_nothing_of_speed(story: Story):
    story.sent(FIRST, took_s=5, lane=Lane.RETRY)
    story.sent(FIRST, took_s=80_000, lane=Lane.BULK)
    assert story.days().all_delays.quantile_s(1) == 5


def test_failures_are_told_by_cause_the_most_frequent_first(story: Story):
    story.sent(FIRST - SECOND, RunState.FAILED, reason="the option is gone")
    story.sent(FIRST, RunState.FAILED, reason="the option is gone")
    for day in (0, 2):
        story.sent(BEGIN[day], RunState.FAILED, reason="no such stage")
    failures = story.days().failures
    assert list(failures.items()) == [
        ("no such stage", [1, 0, 1]),
        ("the option is gone", [1, 0, 0]),
    ]


@pytest.mark.parametrize(
    ("share", "expected_s"), [(0, 0.1), (0.5, 0.2), (0.51, 0.4), (0.75, 0.4), (0.95, 10)]
)
def test_a_quantile_is_a_time_that_was_taken(share: float, expected_s: float):
    delays = Delays()
    for tenths, count in ((100, 1), (1, 1), (2, 1), (4, 1)):
        delays.add(tenths, count)
    assert delays.quantile_s(share) == expected_s


def test_what_changes_on_a_day_that_was_counted_is_counted_anew(story: Story, database: Database):
    for at in (FIRST, BEGIN[1], BEGIN[1] + SECOND):
        story.sent(at)
    story.days()
    story.sent(FIRST + SECOND, took_s=3)  # on an earlier day
    assert [delays.count for delays in story.days().delays] == [2, 2, 0]
    with database.write() as session:
        again, gone, *_ = session.scalars(select(Run).order_by(Run.id.desc()))
        again.finished_at = again.received_at + 9 * SECOND
        gone.state = RunState.FAILED
    days = story.days()
    assert [delays.count for delays in days.delays] == [2, 1, 0]
    assert days.all_delays.quantile_s(1) == 9


def test_what_one_database_holds_says_nothing_of_another(
    story: Story, databases: Databases, tmp_path: Path
):
    story.sent(FIRST)
    assert story.days().all_delays.count == 1
    (tmp_path / "other").mkdir()
    other = Database(databases.fresh(tmp_path / "other"))
    with other.read() as session:
        assert days_of(session, BEGIN).all_delays.count == 0
    other.close()


def test_lists_show_as_many_as_the_strip_counts(database: Database, form: Form, module: Module):
    """Whatever the states of a submission and of its run are, and without a run."""
    with database.write() as session:
        states = [(one, run) for one in SubmissionState for run in (None, *RunState)]
        for number, (state, run) in enumerate(states, start=1):
            if run is None:
                submission(session, form, number, state=state)
            else:
                submission_with_run(session, form, module, number, run).submission.state = state
    with database.read() as session:
        long_ago = FIRST - timedelta(days=9999)
        of_all = strip_of(session, long_ago)
        for key, strip in (
            (None, of_all),
            (form.key, strip_of(session, long_ago, form.id)),
            (form.key, strips(session, long_ago, [form.id])[form.id]),
        ):
            assert strip.oldest_waiting_at == of_all.oldest_waiting_at
            assert strip.received == len(states)
            for standing in STRIP:
                page = submissions_page(session, Wanted(key, standing))
                assert page.total == strip.count(standing), standing
