"""What a person can decide on the pages of runs, and about many runs at once."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.delivery.bulk import carry_orders
from engine.instance import Instance
from engine.storage.models import JournalStep, Run, RunState, StepState
from tests.web.studio import world
from tests.web.studio.conftest import post


@pytest.fixture
def ids(full: Instance, rings: list[int]) -> dict[RunState, str]:
    with full.database.read() as session:
        return {RunState(run.state): run.public_id for run in session.scalars(select(Run))}


def state_of(instance: Instance, id: str) -> RunState:
    with instance.database.read() as session:
        return session.scalars(select(Run.state).where(Run.public_id == id)).one()


def headings(page: str) -> list[str]:
    return re.findall(r"<h3>(.+?)</h3>", page)


def test_a_question_has_three_answers_and_tells_where_to_look(
    grace: FlaskClient, full: Instance, ids: dict[RunState, str]
) -> None:
    world.ask_a_person(full, ids[RunState.FAILED])
    page = grace.get(f"/runs/{ids[RunState.FAILED]}").text
    assert world.QUESTION in page
    assert headings(page) == ["It is there", "It is not there", "It is not needed"]
    assert "Task · Call Ada" in page
    assert "Approve</button>" not in page


def test_a_viewer_sees_the_question_and_no_answers(
    sign_in, full: Instance, ids: dict[RunState, str]
) -> None:
    world.ask_a_person(full, ids[RunState.FAILED])
    page = sign_in("viewer").get(f"/runs/{ids[RunState.FAILED]}").text
    assert world.QUESTION in page
    assert headings(page) == []


@pytest.mark.parametrize(("action", "left_out"), [("move", []), ("create", ["Task · Call Ada"])])
def test_a_refused_step_can_be_left_out_with_what_hangs_on_it(
    grace: FlaskClient,
    full: Instance,
    ids: dict[RunState, str],
    action: str,
    left_out: list[str],
) -> None:
    id = ids[RunState.FAILED]
    with full.database.write() as session:
        run = session.scalars(select(Run).where(Run.public_id == id)).one()
        steps = [dict(step) for step in run.plan["steps"]]
        steps[1] |= {"action": action}
        steps[2] |= {"links": ["deal"]}
        run.plan = {**run.plan, "steps": steps}
        for step in run.steps:
            if step.key == "deal":
                step.action = action
    page = grace.get(f"/runs/{id}").text
    choices = ["It is there already"] if action == "create" else []
    assert headings(page) == [*choices, "It is not needed"]
    assert ("without what hangs on it: Task · Call Ada." in page) == bool(left_out)
    post(grace, f"/runs/{id}/steps/deal/skip", page="/forms/_new")
    with full.database.read() as session:
        skipped = session.scalars(
            select(JournalStep.key).where(JournalStep.state == StepState.SKIPPED)
        ).all()
    assert skipped == ["deal", *(["deal.task.0"] if left_out else [])]


def test_a_record_that_is_not_there_is_told_and_nothing_changes(
    grace: FlaskClient,
    full: Instance,
    ids: dict[RunState, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.connect(full, monkeypatch)
    id = ids[RunState.FAILED]
    world.ask_a_person(full, id)
    post(grace, f"/runs/{id}/steps/deal.task.0/adopt", page="/forms/_new", record="404")
    page = grace.get(f"/runs/{id}").text
    assert "Nothing was changed: Kommo has no task 404; look for a typing error." in page
    assert state_of(full, id) == RunState.HELD


@pytest.mark.parametrize("revision", ["1", "2"])
def test_a_submission_runs_again_after_its_plan_was_shown(
    grace: FlaskClient,
    full: Instance,
    ids: dict[RunState, str],
    monkeypatch: pytest.MonkeyPatch,
    revision: str,
) -> None:
    world.connect(full, monkeypatch)
    again = f"/runs/{ids[RunState.DELIVERED]}/again"
    assert "Run it again" not in grace.get(again).text
    shown = post(grace, f"{again}/plan", page="/forms/_new", revision=revision).text
    assert f"What revision {revision} would do now" in shown
    assert "matched by email ada@example.org" in shown
    answer = post(grace, again, page="/forms/_new", revision=revision)
    page = grace.get(answer.location).text
    assert "This is the submission&#39;s new run." in page
    assert f"revision {revision}</a>" in page


def test_a_plan_that_cannot_be_made_is_told(
    grace: FlaskClient, full: Instance, ids: dict[RunState, str]
) -> None:
    again = f"/runs/{ids[RunState.DELIVERED]}/again/plan"
    with full.database.write() as session:
        session.scalars(select(Run).limit(1)).one().connection.settings = b"of another key"
    shown = post(grace, again, page="/forms/_new", revision="2").text
    assert "The CRM could not be read" in shown
    assert "Run it again" not in shown
    assert post(grace, again, page="/forms/_new", revision="9").status_code == 404


def test_many_runs_are_chosen_counted_tried_and_followed(
    grace: FlaskClient,
    full: Instance,
    ids: dict[RunState, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.connect(full, monkeypatch)
    choice = {"verb": "replay", "form": "callback", "state": "delivered"}
    page = grace.get("/bulk/_new", query_string=choice).text
    assert "Run again, through the newest revision: 1 run</button>" in page
    assert "The plan for #7" in post(grace, "/bulk/_new/plan", page="/forms/_new", **choice).text
    given = post(grace, "/bulk/_new", page="/forms/_new", **choice).location
    assert "0 of 1" in grace.get(given).text
    post(grace, f"{given}/pause", page="/forms/_new")
    carry_orders(full)
    page = grace.get(given).text
    assert "0 of 1" in page
    assert "Go on</button>" in page
    post(grace, f"{given}/resume", page="/forms/_new")
    carry_orders(full)
    page = grace.get(given).text
    assert "1 of 1" in page
    assert "1 queued" in page
    assert "Pause</button>" not in page
    post(grace, f"{given}/stop", page="/forms/_new")
    assert "Nothing was changed: the order is ended" in grace.get(given).text


@pytest.mark.parametrize(
    ("choice", "status", "told"),
    [
        ({"verb": "retry", "reason": "no such reason"}, 409, "no run is like that"),
        ({"verb": "steal"}, 400, ""),
    ],
)
def test_an_order_about_nothing_is_refused(
    grace: FlaskClient, full: Instance, choice: dict[str, str], status: int, told: str
) -> None:
    answer = post(grace, "/bulk/_new", page="/forms/_new", **choice)
    assert answer.status_code == status
    assert told in answer.text
