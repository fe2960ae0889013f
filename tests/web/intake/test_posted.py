"""What of a request is kept suffices to know its sender, now and later."""

from __future__ import annotations

from engine.deciding.senders import SENDERS
from web.intake.posted import KEPT_HEADERS


def test_every_header_that_tells_a_sender_or_signs_is_kept() -> None:
    posts = [post for sender in SENDERS for post in sender.posts]
    needed = {name for post in posts for mark in post.marks for name in mark.headers}
    needed |= {post.id_header for post in posts if post.id_header}
    needed |= {name for one in SENDERS if one.signature for name in one.signature.headers}
    assert needed - {*KEPT_HEADERS} == set()
