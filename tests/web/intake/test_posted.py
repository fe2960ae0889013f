"""What of a request is kept suffices to know its sender, now and later."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.deciding.senders import SENDERS
from engine.storage.database import Database
from engine.storage.models import Submission
from tests.engine.deciding.senders.posts import EVERY
from web.intake.posted import KEPT_HEADERS


def test_every_header_that_tells_a_sender_or_signs_is_kept() -> None:
    posts = [post for sender in SENDERS for post in sender.posts]
    needed = {name for post in posts for mark in post.marks for name in mark.headers}
    needed |= {post.id_header for post in posts if post.id_header}
    needed |= {name for one in SENDERS if one.signature for name in one.signature.headers}
    assert needed - {*KEPT_HEADERS} == set()


@pytest.mark.usefixtures("form", "rings")
def test_every_senders_post_is_answered_with_200_and_kept_as_it_was_read(
    client: FlaskClient, database: Database
) -> None:
    by_id = {(case.sender, case.id or case.name): case for case in reversed(EVERY)}
    cases = [case for case in by_id.values() if not case.test]
    for number, case in enumerate(cases):
        for _ in range(2):  # senders repeat
            answer = client.post(
                "/f/callback",
                data=case.raw,
                content_type=case.content_type,
                headers={"User-Agent": "Sender/1", **case.headers},
                environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
            )
            assert answer.status_code == 200, case.name
    with database.read() as session:
        kept = {row.raw: row for row in session.scalars(select(Submission))}
    for case in cases:
        row = kept[case.raw]
        assert (row.sender, row.hits) == (case.sender, 2), case.name
        assert (row.answers["field"], row.labels) == (case.answers, case.labels), case.name
        told = case.context.get("visitor", {})
        assert told.items() <= row.answers["visitor"].items(), case.name
        assert row.answers["visitor"]["user_agent"], case.name
