"""When tasks are due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.behaviours.world import DEAL, World

ZONE = "Asia/Tokyo"
"""Its clocks are never changed, so that the day of a test does not matter."""

HERE = ZoneInfo(ZONE)
ALWAYS_OPEN = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")


def due(world: World, due: dict[str, Any], **answers: Any) -> tuple[datetime, datetime]:
    """When the submission came, and when its task is due, both as the form's clocks show it."""
    world.module(deal={**DEAL, "tasks": [{"text": "Call", "due": due}]})
    run = world.deliver(**answers)
    with world.instance.database.read() as session:
        came = session.merge(run, load=True).submission.received_at
    till = datetime.fromtimestamp(world.one("tasks")["complete_till"], UTC)
    return came.astimezone(HERE), till.astimezone(HERE)


@pytest.mark.behaviour(172)
@pytest.mark.check(13)
@pytest.mark.parametrize(
    "later", [{"minutes": 30}, {"hours": 2}, {"days": 3}, {"days": 1, "hours": 1}], ids=str
)
def test_a_task_is_due_some_time_after_the_submission(world: World, later: dict[str, int]) -> None:
    world.form(zone=ZONE)
    came, till = due(world, later)
    assert till.replace(tzinfo=None) == (came + timedelta(**later)).replace(
        tzinfo=None, microsecond=0
    )


@pytest.mark.behaviour(172)
@pytest.mark.check(13)
@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"on": "{{ field.day }}", "at": "10:00"}, "2036-05-14 10:00"),
        ({"on": "{{ field.day }}", "days": -1, "at": "18:30"}, "2036-05-13 18:30"),
        ({"on": "14.05.2036 15:00"}, "2036-05-14 15:00"),
    ],
    ids=["at the form's date", "the day before", "absolute"],
)
def test_a_task_is_due_at_a_date(world: World, spec: dict[str, Any], expected: str) -> None:
    world.form(zone=ZONE)
    _, till = due(world, spec, day="2036-05-14")
    assert f"{till:%Y-%m-%d %H:%M}" == expected


@pytest.mark.behaviour(172)
@pytest.mark.check(13)
def test_a_task_is_due_at_the_end_of_the_day(world: World) -> None:
    world.form(zone=ZONE)
    came, till = due(world, {"at": "23:59"})
    assert (till.hour, till.minute) == (23, 59)
    assert till >= came.replace(second=0, microsecond=0)
    assert till - came <= timedelta(days=1, minutes=1)


@pytest.mark.behaviour(172)
def test_working_hours_pass_while_the_office_is_open(world: World) -> None:
    world.form(zone=ZONE, calendar=ALWAYS_OPEN)
    came, till = due(world, {"working_hours": 2})
    assert till == came.replace(microsecond=0) + timedelta(hours=2)


@pytest.mark.behaviour(172)
def test_no_working_hours_pass_on_holidays(world: World) -> None:
    today = datetime.now(HERE).date()
    holidays = [str(today), str(today + timedelta(days=1))]
    world.form(zone=ZONE, calendar={**ALWAYS_OPEN, "holidays": holidays})
    _, till = due(world, {"working_hours": 2})
    opens = datetime.combine(today + timedelta(days=2), time(), HERE)
    assert till == opens + timedelta(hours=2)
