"""Drafts change nothing until they are published, and nobody publishes over another's work."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine.deciding.documents import DocumentMistakes
from engine.storage.database import Database
from engine.storage.drafts import (
    Overtaken,
    Seen,
    discard_draft,
    publish,
    save_draft,
    seen_of,
    switch_module,
)
from engine.storage.forms import NoSuchThing, live_revision, save_module
from engine.storage.models import Connection, Draft, Module
from engine.storage.modules import module_with_form, revisions_of
from tests.builders import module_config

ADA, GRACE = "ada@example.org", "grace@example.org"


class Desk:
    """The module ``sales`` in one transaction."""

    def __init__(self, session: Session) -> None:
        self.session = session
        found = module_with_form(session, "callback", "sales")
        assert found is not None
        self.module: Module = found

    @property
    def seen(self) -> Seen:
        return seen_of(self.session, self.module)

    @property
    def numbers(self) -> list[int]:
        return [revision.number for revision in revisions_of(self.session, self.module.id)]

    def draft(self, seen: Seen | None = None, **changes: Any) -> Draft | None:
        return save_draft(
            self.session, self.module, module_config(**changes), seen or self.seen, author=ADA
        )

    def publish(self, seen: Seen | None = None) -> int:
        return publish(
            self.session, self.module, seen or self.seen, author=GRACE, comment="why"
        ).number


@pytest.fixture
def desk(database: Database, module: Module):  # type: ignore[no-untyped-def]
    with database.write() as session:
        yield Desk(session)


def test_a_draft_has_no_effect_until_it_is_published(desk: Desk):
    draft = desk.draft(name="New", active={"enabled": False})
    assert draft is not None
    assert (draft.base, draft.author) == (1, ADA)
    assert (desk.module.name, desk.module.enabled, desk.numbers) == ("sales", True, [1])
    assert desk.publish() == 2
    assert (desk.module.name, desk.module.enabled, desk.numbers) == ("New", False, [2, 1])
    assert desk.module.draft is None


def test_a_revision_keeps_who_published_it_and_why(desk: Desk):
    desk.draft(name="New")
    desk.publish()
    revision = live_revision(desk.session, desk.module.id)
    assert (revision.author, revision.comment, revision.document["name"]) == (GRACE, "why", "New")


def test_a_draft_that_says_what_is_live_is_none(desk: Desk):
    desk.draft(name="New")
    assert desk.draft() is None
    assert desk.module.draft is None


def test_the_order_of_entries_is_no_change(desk: Desk):
    """Programs that read a document and send it back may turn it."""
    contact = desk.module.revisions[0].document["contact"]
    turned = dict(reversed(contact["fields"].items()))
    assert desk.draft(contact={**contact, "fields": turned}) is None


@pytest.mark.parametrize("meanwhile", ["draft", "revision", "discarded", "published"])
def test_nobody_changes_what_somebody_else_changed_meanwhile(desk: Desk, meanwhile: str):
    if meanwhile != "draft":
        desk.draft(name="Mine")
    seen = desk.seen
    match meanwhile:
        case "draft":
            desk.draft(name="Theirs")
        case "revision":
            save_module(desk.session, module_config(name="Theirs"))
        case "discarded":
            discard_draft(desk.session, desk.module, seen)
        case "published":
            desk.publish()
    before = (desk.seen, desk.numbers)
    for change in (
        lambda: desk.draft(seen, name="Again"),
        lambda: desk.publish(seen),
        lambda: discard_draft(desk.session, desk.module, seen),
    ):
        with pytest.raises(Overtaken):
            change()
    assert (desk.seen, desk.numbers) == before


def test_a_draft_is_not_published_over_a_revision_it_was_not_put_on_top_of(desk: Desk):
    desk.draft(name="Mine")
    save_module(desk.session, module_config(name="By a file"))
    with pytest.raises(Overtaken):
        desk.publish()
    desk.draft(name="Mine")
    assert desk.publish() == 3


def test_without_a_draft_there_is_nothing_to_publish(desk: Desk):
    with pytest.raises(Overtaken):
        desk.publish()


def test_a_draft_names_a_connection_that_is_there(desk: Desk):
    with pytest.raises(NoSuchThing):
        desk.draft(connection="none")


def test_a_draft_that_cannot_be_used_any_more_is_not_published(desk: Desk):
    draft = desk.draft(name="New")
    assert draft is not None
    draft.document = {**draft.document, "of": "another time"}
    with pytest.raises(DocumentMistakes):
        desk.publish()
    assert desk.numbers == [1]


def test_a_draft_whose_connection_is_gone_is_not_published(desk: Desk):
    desk.draft(name="New")
    desk.session.get_one(Connection, desk.module.connection_id).key = "renamed"
    with pytest.raises(NoSuchThing):
        desk.publish()


def test_switching_goes_through_the_draft_and_never_loses_it(desk: Desk):
    desk.draft(name="New")
    switch_module(desk.session, desk.module, on=False, author=GRACE)
    assert desk.numbers == [2, 1]
    assert desk.publish() == 3
    assert (desk.module.name, desk.module.enabled) == ("New", False)


def test_a_draft_that_was_overtaken_stays_so_when_the_module_is_switched(desk: Desk):
    desk.draft(name="Mine")
    save_module(desk.session, module_config(name="By a file"))
    switch_module(desk.session, desk.module, on=False, author=GRACE)
    with pytest.raises(Overtaken):
        desk.publish()
