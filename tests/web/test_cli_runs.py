"""``formwire runs``: seeing runs, and deciding about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, update

from engine.delivery.bulk import carry_orders
from engine.instance import Instance
from engine.storage.base import now
from engine.storage.model_audit import AuditEntry
from engine.storage.models import (
    JournalStep,
    Run,
    RunState,
    StepState,
    Submission,
    SubmissionState,
)
from engine.storage.people import create_person
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
        (["--form", "callback", "--module", "sales", "--connection", "main"], 8),
        (["--connection", "second"], 0),
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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--form", "other"], "there is no form 'other'; there are: callback"),
        (["--module", "other"], "there is no module 'other'; there are: sales"),
        (["--connection", "other"], "there is no connection 'other'; there are: main, second"),
        (["--since", "1h", "--until", "2h"], "--until is not after --since"),
    ],
)
@pytest.mark.parametrize("command", ["list", "retry"])
def test_what_is_not_there_is_told(
    runs: Formwire, command: str, options: list[str], told: str
) -> None:
    result = runs(command, *options)
    assert result.exit_code == 2
    assert told in result.stderr


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
    result = runs(verb, id, "--yes")
    assert result.exit_code == 0
    assert result.stdout.startswith(id)
    assert states(full)[id] == after
    assert len(states(full)) == (9 if verb == "replay" else 8)
    assert len(rings) == (verb != "discard")


def test_a_run_in_another_state_is_left_alone(
    runs: Formwire, full: Instance, rings: list[int]
) -> None:
    id = ids(full)[RunState.DELIVERED]
    assert (
        runs("approve", id).stdout
        == f"{id} is left alone: the run is delivered; only held ones are approved\n"
    )
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
    assert "runs again as" in runs("replay", id, "--yes").stdout
    assert "is left alone: run " in runs("replay", id, "--yes").stdout


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


# Steps, replays with a plan, bulk orders -----------------------------------------------------------


@pytest.fixture
def formwire(environ: dict[str, str], full: Instance) -> Formwire:
    def invoke(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(main, arguments, env=environ, input=answer)

    return invoke


@pytest.mark.parametrize(
    ("verb", "state"), [("resend", StepState.PLANNED), ("skip", StepState.SKIPPED)]
)
def test_a_question_about_a_step_is_answered(
    runs: Formwire, full: Instance, rings: list[int], verb: str, state: StepState
) -> None:
    id = ids(full)[RunState.FAILED]
    world.ask_a_person(full, id)
    result = runs(verb, id, "deal.task.0")
    assert (result.exit_code, result.stdout) == (0, f"{id} goes on\n")
    assert (states(full)[id], len(rings)) == (RunState.QUEUED, 1)
    with full.database.read() as session:
        task = session.scalars(
            select(JournalStep).join(Run).where(Run.public_id == id, JournalStep.kind == "task")
        ).one()
    assert task.state == state


@pytest.mark.parametrize(
    ("record", "message"),
    [("1", "nothing was changed: Kommo has no task 1"), ("", "type the task's id")],
)
def test_a_record_that_is_not_there_is_not_taken_over(
    runs: Formwire,
    full: Instance,
    monkeypatch: pytest.MonkeyPatch,
    record: str,
    message: str,
) -> None:
    world.connect(full, monkeypatch)
    id = ids(full)[RunState.FAILED]
    world.ask_a_person(full, id)
    result = runs("adopt", id, "deal.task.0", record)
    assert result.exit_code == 1
    assert message in result.stderr


def test_a_replay_shows_its_plan_before_it_asks(
    runs: Formwire, full: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = world.connect(full, monkeypatch)
    id = ids(full)[RunState.DELIVERED]
    for revision, number in (("newest", 2), ("same", 2), ("1", 1)):
        declined = runs("replay", id, "--revision", revision, answer="n\n")
        assert declined.exit_code == 1
        assert f"through revision {number}; nothing is sent yet" in declined.stderr
        assert "contact" in declined.stderr
    assert len(states(full)) == 8
    assert {call.operation for call in crm.calls} <= {"find", "catalog"}
    assert "runs again as" in runs("replay", id, "--revision", "1", answer="y\n").stdout
    with full.database.read() as session:
        newest = session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()
        assert newest.revision.number == 1


@pytest.mark.parametrize(
    ("revision", "code", "message"), [("9", 1, "has no revision 9"), ("odd", 2, "neither newest")]
)
def test_a_revision_that_never_was_is_refused(
    runs: Formwire, full: Instance, revision: str, code: int, message: str
) -> None:
    result = runs("replay", ids(full)[RunState.DELIVERED], "--revision", revision)
    assert result.exit_code == code
    assert message in result.stderr


def test_a_bulk_order_is_given_shown_and_braked(formwire: Formwire, full: Instance) -> None:
    given = formwire("runs", "discard", "--form", "callback", "--bulk", "--yes").stdout
    id = given.split()[1]
    assert states(full)[ids(full)[RunState.HELD]] == RunState.HELD, "only the schedule does it"
    assert "0 of 4" in formwire("bulk", "list").stdout
    for move, state in (("pause", "paused"), ("resume", "going")):
        assert formwire("bulk", move, id).stdout == f"{id} is {state}\n"
    carry_orders(full)
    shown = formwire("bulk", "show", id).stdout
    assert "4 of 4" in shown
    assert list(states(full).values()).count(RunState.DISCARDED) == 5
    refused = formwire("bulk", "resume", id)
    assert (refused.exit_code, "the order is ended" in refused.stderr) == (1, True)
    assert formwire("bulk", "stop", "nothing").exit_code == 1
    assert formwire("runs", "approve", "--state", "failed", "--bulk", "--yes").exit_code == 1


@pytest.mark.parametrize(("verb", "state"), [("approve", "accepted"), ("drop", "discarded")])
def test_a_held_submission_is_decided_about_once(
    formwire: Formwire, full: Instance, verb: str, state: str
) -> None:
    with full.database.write() as session:
        held = session.scalars(select(Submission).limit(1)).one()
        held.state = SubmissionState.HELD
    assert formwire("submissions", verb, held.public_id).exit_code == 0
    again = formwire("submissions", verb, held.public_id).stdout
    assert again.startswith(f"{held.public_id} is left alone: the submission is {state}")
    assert formwire("submissions", verb, "nothing").exit_code == 1


def test_a_broken_body_is_taken_as_it_probably_was_meant(
    formwire: Formwire, full: Instance
) -> None:
    with full.database.write() as session:
        sent = session.scalars(select(Submission).limit(1)).one()
        sent.state, sent.raw = SubmissionState.UNREADABLE, b'{"name": "Ada "King""}'
    told = json.loads(formwire("submissions", "probable", sent.public_id).stdout)
    assert told["field"] == {"name": 'Ada "King"'}
    assert formwire("submissions", "mend", sent.public_id).stdout == f"{sent.public_id} is let in\n"
    again = formwire("submissions", "mend", sent.public_id).stdout
    assert again.startswith(f"{sent.public_id} is left alone: the submission is accepted")
    refused = formwire("submissions", "probable", sent.public_id)
    assert (refused.exit_code, "not unreadable" in refused.stderr) == (1, True)
    assert formwire("submissions", "probable", "nothing").exit_code == 1


def test_what_is_done_here_is_in_the_audit_log(formwire: Formwire, full: Instance) -> None:
    id = ids(full)[RunState.FAILED]
    acts = ("discard", "retry")
    for act in reversed(acts):
        formwire("runs", act, id)
    listed = formwire("audit", "list", "--noun", "run").stdout.splitlines()
    assert [line.rpartition("  ")[2] for line in listed] == [f"{act} run {id}" for act in acts]
    assert "  cli     command line (" in listed[0]
    whole = formwire("audit", "verify")
    assert (whole.exit_code, "2 entries, all whole" in whole.stdout) == (0, True)
    head = whole.stdout.split()[-1]
    assert formwire("audit", "verify", "--holds", head).exit_code == 0
    lost = formwire("audit", "verify", "--holds", "0" * 64)
    assert (lost.exit_code, "cut or written anew" in lost.stderr) == (2, True)
    with full.database.write() as session:
        session.execute(update(AuditEntry).values(actor="mallory"))
        first = session.scalars(select(func.min(AuditEntry.id))).one()
    broken = formwire("audit", "verify")
    assert (broken.exit_code, f"Entry {first} does not fit" in broken.stderr) == (2, True)


CHANGES = [
    ["tokens", "create", "--person", "owner@example.org", "--name", "x"],
    ["runs", "retry", "--state", "failed", "--yes"],
    ["runs", "retry", "--state", "failed", "--yes", "--bulk"],
]


@pytest.mark.parametrize("command", CHANGES, ids=lambda command: " ".join(command[:2]))
def test_commands_that_change_something_are_noted(
    formwire: Formwire, full: Instance, command: list[str]
) -> None:
    with full.database.write() as session:
        create_person(session, "owner@example.org", "correct horse battery", role="owner")
    result = formwire(*command)
    assert result.exit_code == 0, result.output
    listed = formwire("audit", "list").stdout.splitlines()
    assert len(listed) == 1
    assert "fw_" not in listed[0], "no secret"
