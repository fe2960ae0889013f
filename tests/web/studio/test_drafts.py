"""A module's draft is edited without effect, compared, published by hand, restored and discarded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.instance import Instance
from engine.storage.forms import module_by_key, save_module
from engine.storage.models import Revision
from engine.storage.modules import revisions_of
from tests.builders import module_config, module_document
from tests.web.studio.conftest import SignIn, post
from web.yaml_text import write

SALES = "/forms/callback/modules/sales"
OWNER = "owner@example.org"


@pytest.fixture
def revisions(full: Instance) -> Callable[[], list[Revision]]:
    """The module's revisions, the newest first. There are two, and Boris is responsible by the second."""

    def read() -> list[Revision]:
        with full.database.read() as session:
            module = module_by_key(session, "callback", "sales")
            assert module is not None
            return list(revisions_of(session, module.id))

    return read


def seen(client: FlaskClient) -> dict[str, str]:
    """What the module's page says was seen."""
    page = client.get(SALES).text
    return {
        name: found[1]
        for name in ("revision", "draft_at")
        if (found := re.search(rf'name="{name}" value="([^"]*)"', page))
    }


def document(**changes: Any) -> str:
    return write(module_document(**{"name": "Kommo · Sales", "responsible": "Boris"} | changes))


def draft(client: FlaskClient, *, then: str = "", **changes: Any):  # type: ignore[no-untyped-def]
    """Save a draft with a tag more than the live revision has."""
    contact = {**module_document()["contact"], "tags": ["vip"]}
    text = document(**({"contact": contact} | changes))
    return post(client, SALES, text=text, then=then, **seen(client))


def test_a_saved_draft_changes_no_revision_and_is_shown_again(grace: FlaskClient, revisions):
    assert draft(grace).location == SALES
    assert len(revisions()) == 2
    page = grace.get(SALES).text
    assert "draft: 1 change" in page
    assert "- vip" in page
    assert "live: revision 2" in page


def test_saving_can_lead_on_to_publishing(grace: FlaskClient, full: Instance):
    assert draft(grace, then="publish").location == f"{SALES}/publish"


def test_the_page_of_publishing_tells_the_change_in_words(grace: FlaskClient, full: Instance):
    draft(grace)
    page = grace.get(f"{SALES}/publish").text
    assert "<ins>  - vip</ins>" in page
    assert "added:" in page
    assert "Publish as revision 3" in page


def test_publishing_makes_a_revision_with_author_and_comment(grace: FlaskClient, revisions):
    draft(grace)
    answer = post(grace, f"{SALES}/publish", comment=" vips first ", **seen(grace))
    assert answer.location == SALES
    newest = revisions()[0]
    assert (newest.number, newest.author, newest.comment) == (3, OWNER, "vips first")
    assert newest.document["contact"]["tags"] == ["vip"]
    assert "draft:" not in grace.get(SALES).text
    history = grace.get(f"{SALES}/history").text
    assert "vips first" in history
    assert history.count("Restore as a draft") == 2


def test_without_a_draft_there_is_nothing_to_publish(grace: FlaskClient, full: Instance):
    assert "Nothing to publish" in grace.get(f"{SALES}/publish").text
    assert post(grace, f"{SALES}/publish", **seen(grace)).status_code == 409
    assert post(grace, f"{SALES}/publish/effect").status_code == 404


def test_a_draft_like_the_live_revision_is_none(grace: FlaskClient, full: Instance):
    draft(grace)
    assert post(grace, SALES, text=document(), then="publish", **seen(grace)).location == SALES
    assert "so there is no draft" in grace.get(SALES).text


@pytest.mark.parametrize("address", ["", "/publish", "/draft/discard", "/draft/restore"])
@pytest.mark.parametrize("meanwhile", ["revision", "draft", "discarded", "nothing was seen"])
def test_nobody_overwrites_what_another_did(
    grace: FlaskClient, full: Instance, revisions, address: str, meanwhile: str
):
    draft(grace)
    before = seen(grace)
    match meanwhile:
        case "revision":
            with full.database.write() as session:
                save_module(session, module_config(name="By a file"))
        case "draft":
            draft(grace, name="Theirs")
        case "discarded":
            post(grace, f"{SALES}/draft/discard", **before)
        case _:
            before = {}
    count = len(revisions())
    told = post(grace, f"{SALES}{address}", text=document(), restored="1", **before)
    assert told.status_code == 409
    assert "meanwhile" in told.text
    assert len(revisions()) == count


def test_the_text_of_a_refused_save_is_kept_and_can_be_saved_again(grace: FlaskClient, revisions):
    text = document(company={"match": ["name"], "fields": {"name": "ACME"}})
    answer = post(grace, SALES, text=text, revision="1")
    assert answer.status_code == 409
    assert "revision 2 was saved meanwhile" in answer.text
    assert "name: ACME" in answer.text
    assert 'name="revision" value="2"' in answer.text


def test_an_overtaken_draft_is_published_once_it_was_saved_again(
    grace: FlaskClient, full: Instance, revisions
):
    draft(grace)
    with full.database.write() as session:
        save_module(session, module_config(name="By a file"))
    assert "Publish as revision" not in grace.get(f"{SALES}/publish").text
    assert "Compare them first" in grace.get(SALES).text
    draft(grace)
    assert post(grace, f"{SALES}/publish", **seen(grace)).status_code == 303
    assert revisions()[0].number == 4


def test_a_discarded_draft_is_gone(grace: FlaskClient, revisions):
    draft(grace)
    assert post(grace, f"{SALES}/draft/discard", **seen(grace)).location == SALES
    assert "- vip" not in grace.get(SALES).text
    assert len(revisions()) == 2


def test_an_old_revision_is_restored_as_a_draft(grace: FlaskClient, revisions):
    old = grace.get(f"{SALES}?revision=1").text
    assert "not the live one" in old
    assert "readonly" in old
    assert post(grace, f"{SALES}/draft/restore", restored="1", **seen(grace)).location == SALES
    page = grace.get(SALES).text
    assert "draft: 1 change" in page
    assert "Boris" not in page
    assert len(revisions()) == 2
    assert post(grace, f"{SALES}/draft/restore", restored="9", **seen(grace)).status_code == 404


def test_restoring_what_is_live_leaves_no_draft(grace: FlaskClient, full: Instance):
    draft(grace)
    post(grace, f"{SALES}/draft/restore", restored="2", **seen(grace))
    assert "so there is no draft" in grace.get(SALES).text


def test_an_old_revision_that_cannot_be_used_any_more_is_not_restored(
    grace: FlaskClient, full: Instance, revisions
):
    with full.database.write() as session:
        session.get_one(Revision, revisions()[1].id).document = module_document(of="old")
    answer = post(grace, f"{SALES}/draft/restore", restored="1", **seen(grace))
    assert answer.status_code == 422
    assert "/of" in answer.text


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        ("before=1&after=2", "<ins>responsible: Boris</ins>"),
        ("before=2&after=1", "<del>responsible: Boris</del>"),
        ("before=live&after=draft", "<ins>  - vip</ins>"),
        ("before=2&after=live", "Both say the same."),
    ],
)
def test_two_revisions_are_compared(grace: FlaskClient, full: Instance, sides: str, told: str):
    draft(grace)
    assert told in grace.get(f"{SALES}/compare?{sides}").text


@pytest.mark.parametrize("sides", ["before=9&after=1", "before=1&after=draft", "before=x"])
def test_what_is_not_there_cannot_be_compared(grace: FlaskClient, full: Instance, sides: str):
    assert grace.get(f"{SALES}/compare?{sides}").status_code == 404


def test_a_viewer_reads_history_and_differences_only(sign_in: SignIn, full: Instance):
    draft(sign_in("owner"))
    viewer = sign_in("viewer")
    for page in ("", "/history", "/compare?before=live&after=draft", "?revision=1"):
        text = viewer.get(f"{SALES}{page}").text
        assert "<h1>" in text
        assert 'class="btn btn-primary' not in text, page
    for page in ("/publish", "/preview"):
        assert viewer.get(f"{SALES}{page}").status_code == 403
