"""``formwire runs``: seeing runs, and deciding about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from engine.instance import Instance
from engine.storage.base import now
from engine.storage.models import Run, RunState
from tests.web.studio import world
from web.cli import main

Formwire = Callable[..., Result]


@pytest.fixture
def full(instance: Instance, rings: list[int]) -> Instance:
    """A run in every state, received one to eight minutes ago."""
    world.fill(instance)
    return instance


@pytest.fixture
def runs(environ: dict[str, str], full: Instance) -> Formwire:
    def invoke(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(main, ["runs", *arguments], env=environ, input=answer)

    return invoke


def ids(instance: Instance) -> dict[RunState, str]:
    """The run that is in each state, the first made."""
    with instance.database.read() as session:
        found = session.scalars(select(Run).order_by(Run.id.desc()))
        return {RunState(run.state): run.public_id for run in found}


def states(instance: Instance) -> dict[str, RunState]:
    with instance.database.read() as session:
        return {run.public_id: RunState(run.state) for run in session.scalars(select(Run))}


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ([], 8),
        (["--state", "failed"], 1),
        (["--state", "failed", "--state", "held"], 2),
        (["--form", "callback"], 8),
        (["--form", "other"], 0),
        (["--since", "5m"], 4),
        (["--since", "1d"], 8),
        (["--since", "2999-01-01"], 0),
        (["--since", "2020-01-01T09:00+02:00"], 8),
        (["--limit", "3"], 3),
    ],
)
def test_runs_are_listed_by_what_is_true_of_them(
    runs: Formwire, options: list[str], count: int
) -> None:
    result = runs("list", *options)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, count)


def test_a_listed_run_tells_what_became_of_it(runs: Formwire, full: Instance) -> None:
    (line,) = runs("list", "--state", "failed").stdout.splitlines()
    assert line.startswith(ids(full)[RunState.FAILED])
    assert line.endswith(world.REFUSAL)
    assert "callback/sales r2" in line


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("retry", RunState.FAILED, RunState.QUEUED),
        ("retry", RunState.WAITING, RunState.QUEUED),
        ("approve", RunState.HELD, RunState.QUEUED),
        ("discard", RunState.HELD, RunState.DISCARDED),
        ("replay", RunState.DELIVERED, RunState.DELIVERED),
    ],
)
def test_a_decision_about_a_run_by_its_id(
    runs: Formwire,
    full: Instance,
    rings: list[int],
    verb: str,
    before: RunState,
    after: RunState,
) -> None:
    id = ids(full)[before]
    result = runs(verb, id)
    assert result.exit_code == 0
    assert result.stdout.startswith(id)
    assert states(full)[id] == after
    assert len(states(full)) == (9 if verb == "replay" else 8)
    assert len(rings) == 1


def test_a_run_in_another_state_is_left_alone(
    runs: Formwire, full: Instance, rings: list[int]
) -> None:
    id = ids(full)[RunState.DELIVERED]
    assert runs("approve", id).stdout == f"{id} is left alone: it is delivered\n"
    assert states(full)[id] == RunState.DELIVERED
    assert rings == []


def test_many_runs_are_asked_about_first(runs: Formwire, full: Instance) -> None:
    before = states(full)
    declined = runs("discard", "--form", "callback", answer="n\n")
    assert declined.exit_code == 1
    assert "4 runs: discard?" in declined.stderr
    assert states(full) == before
    agreed = runs("discard", "--form", "callback", answer="y\n")
    assert len(agreed.stdout.splitlines()) == 4
    assert list(states(full).values()).count(RunState.DISCARDED) == 5


def test_yes_asks_nobody_and_none_is_no_question(runs: Formwire, full: Instance) -> None:
    assert runs("retry", "--state", "failed", "--yes").exit_code == 0
    assert ids(full).get(RunState.FAILED) is None
    again = runs("retry", "--state", "failed")
    assert (again.exit_code, again.output) == (0, "")


def test_a_submission_that_is_under_way_is_not_replayed_twice(
    runs: Formwire, full: Instance
) -> None:
    id = ids(full)[RunState.SKIPPED]
    assert "runs again as" in runs("replay", id).stdout
    assert "is left alone: run " in runs("replay", id).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["retry"], "name runs by their ids, or choose them"),
        (["retry", "nothing"], "there is no run nothing"),
        (["list", "--since", "soon"], "neither like 24h"),
        (["list", "--since", "999999d"], "neither like 24h"),
        (["list", "--state", "odd"], "'odd' is not one of"),
    ],
)
def test_what_cannot_be_done_is_said(runs: Formwire, arguments: list[str], message: str) -> None:
    result = runs(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_world_of_these_tests_is_as_old_as_they_think(full: Instance) -> None:
    with full.database.read() as session:
        newest = session.scalars(select(Run).order_by(Run.id)).first()
        assert newest is not None
        age = now() - newest.submission.received_at
    assert timedelta(minutes=1) <= age < timedelta(minutes=2)
