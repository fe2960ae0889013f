"""Previews ask the CRM, show what would happen, and write nothing."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from connectors.base import Kind
from connectors.memory import Accident, MemoryCrm
from engine.instance import Instance
from engine.storage.models import Connection, Form, Submission
from tests.builders import module_document
from tests.web.studio import world
from tests.web.studio.conftest import post
from tests.web.studio.test_drafts import SALES, draft, seen
from web.yaml_text import write

PREVIEW = f"{SALES}/preview"
SKIPPING = {"rules": [{"activate": {"==": [{"var": "field.first_name"}, "Grace"]}}]}


@pytest.fixture
def crm(full: Instance, monkeypatch: pytest.MonkeyPatch) -> MemoryCrm:
    return world.connect(full, monkeypatch)


@pytest.fixture
def newest(full: Instance) -> str:
    with full.database.read() as session:
        return session.scalars(
            select(Submission.public_id).order_by(Submission.id.desc()).limit(1)
        ).one()


def writes(crm: MemoryCrm) -> list[str]:
    return [call.operation for call in crm.calls if call.operation not in ("find", "catalog")]


@pytest.fixture
def unowned(grace: FlaskClient, crm: MemoryCrm) -> None:
    """A draft that leaves open who is responsible."""
    text = write(module_document())
    assert post(grace, SALES, text=text, **seen(grace)).status_code == 303


def test_the_latest_submissions_can_be_chosen_and_looking_asks_nobody(
    grace: FlaskClient, crm: MemoryCrm
):
    page = grace.get(PREVIEW).text
    assert page.count("<option") == 10 + 1 + 1  # submissions, a sample, the live revision
    assert crm.calls == []


@pytest.mark.usefixtures("unowned")
def test_a_preview_tells_what_would_happen_and_sends_nothing(
    grace: FlaskClient, crm: MemoryCrm, newest: str
):
    page = post(grace, PREVIEW, page=PREVIEW, submission=newest, which="draft").text
    for told in (
        "What the draft would do",
        "nothing was sent",
        "would cost",
        "A. Byron",
        "How records were found",
        "ada@example.org",
        "No rule was asked",
    ):
        assert told in page, told
    assert writes(crm) == []
    assert len(crm.records(Kind.CONTACT)) == 1


@pytest.mark.usefixtures("unowned")
@pytest.mark.parametrize(
    "sample",
    ['{"first_name": "Bess", "email": "b@example.org"}', "first_name=Bess&email=b%40x.example"],
)
def test_a_pasted_sample_is_previewed_and_kept(grace: FlaskClient, crm: MemoryCrm, sample: str):
    page = post(grace, PREVIEW, page=PREVIEW, sample=sample, which="draft").text
    assert "Contact · Bess" in page
    assert "Bess" in page.split("</textarea>")[0]
    assert writes(crm) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose a submission, or paste a sample."),
        ({"sample": "{"}, "The sample cannot be read"),
        ({"sample": "&".join(f"a{n}=1" for n in range(2000))}, "The sample cannot be read"),
    ],
)
def test_a_sample_that_is_none_is_told(
    grace: FlaskClient, crm: MemoryCrm, fields: dict[str, str], told: str
):
    answer = post(grace, PREVIEW, page=PREVIEW, **fields)
    assert answer.status_code == 200
    assert told in answer.text


def test_a_submission_of_another_form_is_not_found(grace: FlaskClient, crm: MemoryCrm):
    assert post(grace, PREVIEW, page=PREVIEW, submission="x").status_code == 404


def test_what_the_account_lacks_is_told(grace: FlaskClient, crm: MemoryCrm, newest: str):
    draft(grace, deal={"name": "A deal", "pipeline": "Nowhere"})
    page = post(grace, PREVIEW, page=PREVIEW, submission=newest, which="draft").text
    assert "A run would fail." in page
    assert "Nowhere" in page


def test_the_live_revision_is_previewed_beside_a_draft(
    grace: FlaskClient, crm: MemoryCrm, newest: str
):
    draft(grace, deal={"name": "A deal", "pipeline": "Nowhere"})
    page = post(grace, PREVIEW, page=PREVIEW, submission=newest, which="live").text
    assert "What revision 2 would do" in page
    assert "Nowhere" not in page


def test_what_the_logic_lets_pass_is_told_with_its_trace(
    grace: FlaskClient, crm: MemoryCrm, newest: str
):
    draft(grace, active=SKIPPING)
    page = post(grace, PREVIEW, page=PREVIEW, submission=newest, which="draft").text
    assert "a run would be skipped" in page
    assert "Activate when" in page
    assert "<code>field.first_name</code> = Ada" in page


@pytest.mark.usefixtures("unowned")
@pytest.mark.parametrize("accident", [Accident.NOT_APPLIED, Accident.UNAUTHORISED])
@pytest.mark.parametrize("operation", ["find", "catalog"])
def test_a_crm_that_cannot_be_read_is_told(
    grace: FlaskClient, crm: MemoryCrm, newest: str, operation: str, accident: Accident
):
    crm.befall(operation, accident)
    answer = post(grace, PREVIEW, page=PREVIEW, submission=newest, which="draft")
    assert answer.status_code == 200
    assert "The CRM could not be read" in answer.text
    assert "scripted" in answer.text


def test_settings_that_cannot_be_read_are_told(grace: FlaskClient, full: Instance, newest: str):
    with full.database.write() as session:
        session.execute(update(Connection).values(settings=b"sealed with another key"))
    answer = post(grace, PREVIEW, page=PREVIEW, submission=newest)
    assert answer.status_code == 200
    assert "The CRM could not be read" in answer.text


def test_a_draft_whose_connection_is_gone_is_told(grace: FlaskClient, full: Instance, newest: str):
    draft(grace, connection="second")
    with full.database.write() as session:
        session.execute(update(Connection).where(Connection.key == "second").values(key="gone"))
    page = post(grace, PREVIEW, page=PREVIEW, submission=newest).text
    assert "The module cannot be used: there is no connection" in page


def test_publishing_shows_how_the_plans_of_the_latest_submissions_change(
    grace: FlaskClient, crm: MemoryCrm
):
    draft(grace)
    answer = post(grace, f"{SALES}/publish/effect", page=f"{SALES}/publish")
    assert answer.status_code == 200
    assert answer.text.count('<details class="fold"') == 5
    assert "<ins>    + Tags: vip</ins>" in answer.text
    assert "Publish as revision 3" in answer.text
    assert writes(crm) == []


@pytest.mark.usefixtures("unowned")
def test_plans_that_stay_the_same_are_told_so(grace: FlaskClient, crm: MemoryCrm):
    post(grace, f"{SALES}/publish", **seen(grace))
    text = write(module_document(name="Other"))
    post(grace, SALES, text=text, **seen(grace))
    page = post(grace, f"{SALES}/publish/effect", page=f"{SALES}/publish").text
    assert page.count("would do the same") == 5


def test_publishing_needs_no_crm(grace: FlaskClient, full: Instance):
    draft(grace)
    with full.database.write() as session:
        session.execute(update(Connection).values(settings=b"sealed with another key"))
    page = post(grace, f"{SALES}/publish/effect", page=f"{SALES}/publish").text
    assert "The CRM could not be read" in page
    assert "Publish as revision 3" in page


def test_a_form_without_submissions_has_nothing_to_compare(grace: FlaskClient, full: Instance):
    draft(grace)
    with full.database.write() as session:
        elsewhere = Form(key="other", name="Other", config={})
        session.add(elsewhere)
        session.flush()
        session.execute(update(Submission).values(form_id=elsewhere.id))
    page = post(grace, f"{SALES}/publish/effect", page=f"{SALES}/publish").text
    assert "no submission to try the draft with" in page
    assert "paste a sample" not in grace.get(PREVIEW).text
