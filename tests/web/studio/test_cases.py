"""Saved cases in the studio: kept from a preview, compared before a draft is published."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from connectors.memory import Accident, MemoryCrm
from engine.deciding.module import load_module
from engine.instance import Instance
from engine.storage.forms import live_revision, save_module
from engine.storage.model_cases import SavedCase
from engine.storage.models import Connection, Submission
from tests.builders import module_document
from tests.web.studio import test_drafts as drafts
from tests.web.studio import world
from tests.web.studio.conftest import SignIn, post
from tests.web.studio.test_drafts import SALES, seen

PREVIEW, CASES, PUBLISH = f"{SALES}/preview", f"{SALES}/cases", f"{SALES}/publish"


@pytest.fixture
def crm(full: Instance, monkeypatch: pytest.MonkeyPatch) -> MemoryCrm:
    """A CRM in memory, and a live module that fits it."""
    crm = world.connect(full, monkeypatch)
    with full.database.write() as session:
        save_module(session, load_module(module_document(name="Kommo · Sales", responsible="Anna")))
    return crm


@pytest.fixture
def newest(full: Instance) -> str:
    with full.database.read() as session:
        return session.scalars(
            select(Submission.public_id).where(Submission.number == 7).limit(1)
        ).one()


def save(client: FlaskClient, submission: str, name: str = "Ada again", which: str = "live"):  # type: ignore[no-untyped-def]
    fields = {"submission": submission, "name": name, "which": which}
    return post(client, CASES, page=PREVIEW, **fields)


def draft(client: FlaskClient, **changes: Any):  # type: ignore[no-untyped-def]
    """Save a draft that tags people, or with other ``changes``."""
    return drafts.draft(client, responsible="Anna", **changes)


def saved(full: Instance) -> dict[str, str]:
    with full.database.read() as session:
        return {case.name: case.expected for case in session.scalars(select(SavedCase))}


def revision(full: Instance) -> int:
    with full.database.read() as session:
        (case,) = session.scalars(select(SavedCase)).all()
        return live_revision(session, case.module_id).number


@pytest.fixture
def a_case(grace: FlaskClient, crm: MemoryCrm, newest: str) -> None:
    assert save(grace, newest).status_code == 303


def test_a_preview_of_a_submission_offers_to_keep_it(
    grace: FlaskClient, crm: MemoryCrm, newest: str
):
    shown = post(grace, PREVIEW, page=PREVIEW, submission=newest, which="live").text
    assert "Save as a case" in shown
    sample = post(grace, PREVIEW, page=PREVIEW, sample='{"first_name": "Bess"}').text
    assert "Save as a case" not in sample


@pytest.mark.usefixtures("a_case")
def test_a_kept_case_is_listed_and_removed(grace: FlaskClient, full: Instance, newest: str):
    assert "A. Byron" in saved(full)["Ada again"]
    page = grace.get(f"{PREVIEW}?submission={newest}").text
    assert "Saved as the case “Ada again”." in page
    assert "Remove the case Ada again" in page
    answer = post(grace, f"{CASES}/remove", page=PREVIEW, name="Ada again")
    assert answer.status_code == 303
    assert saved(full) == {}
    assert post(grace, f"{CASES}/remove", page=PREVIEW, name="Ada again").status_code == 404


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_case_needs_a_name(
    grace: FlaskClient, full: Instance, crm: MemoryCrm, newest: str, name: str
):
    save(grace, newest, name)
    assert "A case needs a name" in grace.get(PREVIEW).text
    assert saved(full) == {}


def test_a_case_is_not_kept_while_the_crm_cannot_be_asked(
    grace: FlaskClient, full: Instance, crm: MemoryCrm, newest: str
):
    crm.befall("find", Accident.NOT_APPLIED)
    save(grace, newest)
    assert "The case is not saved:" in grace.get(PREVIEW).text
    assert saved(full) == {}


def test_only_submissions_of_the_form_are_kept(grace: FlaskClient, crm: MemoryCrm):
    assert save(grace, "nonsense").status_code == 404


@pytest.mark.usefixtures("a_case")
def test_a_draft_that_changes_no_case_is_published_at_once(grace: FlaskClient, full: Instance):
    assert draft(grace, contact=module_document()["contact"], name="Sales").status_code == 303
    page = grace.get(PUBLISH).text
    assert "all as expected" in page
    assert 'name="accepted"' not in page
    assert post(grace, PUBLISH, page=PUBLISH, **seen(grace)).status_code == 303
    assert revision(full) == 4


@pytest.mark.usefixtures("a_case")
def test_a_draft_that_changes_a_case_waits_for_a_yes(grace: FlaskClient, full: Instance):
    before = saved(full)["Ada again"]
    draft(grace)
    page = grace.get(PUBLISH).text
    assert "1 of 1 differs" in page
    assert "<ins>    + Tags: vip</ins>" in page
    for fields in ({}, {"accepted": "yes"}, {"differing": "Ada again"}):
        refused = post(grace, PUBLISH, page=PUBLISH, **fields, **seen(grace))
        assert refused.status_code == 409
        assert "Not published yet" in refused.text
    assert (revision(full), saved(full)["Ada again"]) == (3, before)


@pytest.mark.usefixtures("a_case")
def test_what_was_agreed_to_is_expected_from_then_on(grace: FlaskClient, full: Instance):
    draft(grace)
    agreed = {"accepted": "yes", "differing": "Ada again"}
    assert post(grace, PUBLISH, page=PUBLISH, **agreed, **seen(grace)).status_code == 303
    assert revision(full) == 4
    assert "+ Tags: vip" in saved(full)["Ada again"]
    draft(grace, name="Renamed")
    assert "all as expected" in grace.get(PUBLISH).text


@pytest.mark.usefixtures("a_case")
def test_without_a_catalog_the_page_says_why_nothing_is_compared(
    grace: FlaskClient, full: Instance
):
    with full.database.write() as session:
        session.execute(update(Connection).values(catalog=None, catalog_at=None))
    draft(grace)
    assert "They cannot be checked: test the connection" in grace.get(PUBLISH).text


@pytest.mark.usefixtures("a_case")
def test_a_viewer_neither_keeps_nor_removes(sign_in: SignIn, full: Instance, newest: str):
    viewer = sign_in("viewer")
    assert post(viewer, CASES, page="/", submission=newest, name="x").status_code == 403
    assert post(viewer, f"{CASES}/remove", page="/", name="Ada again").status_code == 403
