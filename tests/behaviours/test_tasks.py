"""When tasks are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.behaviours.world import DEAL, World

KYIV = ZoneInfo("Europe/Kyiv")
ALWAYS_OPEN = {day: "00:00-24:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def due(world: World, due: dict[str, Any], **answers: Any) -> tuple[datetime, datetime]:
    """When the submission came, and when its task is due, both as Kyiv's clocks show it."""
    world.module(deal={**DEAL, "tasks": [{"text": "Call", "due": due}]})
    run = world.deliver(**answers)
    with world.instance.database.read() as session:
        came = session.merge(run, load=True).submission.received_at
    till = datetime.fromtimestamp(world.one("tasks")["complete_till"], UTC)
    return came.astimezone(KYIV), till.astimezone(KYIV)


@pytest.mark.behaviour(172)
@pytest.mark.check(13)
@pytest.mark.parametrize(
    "later", [{"minutes": 30}, {"hours": 2}, {"days": 3}, {"days": 1, "hours": 1}], ids=str
)
def test_a_task_is_due_some_time_after_the_submission(world: World, later: dict[str, int]) -> None:
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
    _, till = due(world, spec, day="2036-05-14")
    assert f"{till:%Y-%m-%d %H:%M}" == expected


@pytest.mark.behaviour(172)
@pytest.mark.check(13)
def test_a_task_is_due_at_the_end_of_the_day(world: World) -> None:
    came, till = due(world, {"at": "23:59"})
    assert (till.hour, till.minute) == (23, 59)
    assert till >= came.replace(second=0, microsecond=0)
    assert till - came <= timedelta(days=1, minutes=1)


@pytest.mark.behaviour(172)
def test_working_hours_pass_only_while_the_office_is_open(world: World) -> None:
    """An office that never closes makes them plain hours, one day of holidays moves them on."""
    world.form(calendar=ALWAYS_OPEN)
    came, till = due(world, {"working_hours": 2})
    assert till - came.replace(microsecond=0) == timedelta(hours=2)
