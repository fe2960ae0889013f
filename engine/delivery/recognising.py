"""Which posts are one submission: those with one key that say the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from engine.deciding.answers import idempotency_key, payload_digest
from engine.deciding.reading import read_body
from engine.delivery.arrival import Arrival
from engine.delivery.completing import Place, place_in_filling
from engine.storage.arrivals import StoredForm, submission_under
from engine.storage.fillings import filling_of
from engine.storage.models import Submission

KEYS_COUNT_FOR = timedelta(days=7)


def recognise(session: Session, form: StoredForm, arrival: Arrival, at: datetime) -> Place | None:
    """Where a post that came at ``at`` belongs; None when an API client's Idempotency-Key came before
    with another content. The form's row must be locked.

    Cached pages and careless senders repeat a key with other answers. Those are a submission of
    their own, lest they be lost; only an API client is told. An id that the sender gave the
    filling-in is no such key: see `engine.delivery.completing`.
    """
    posted, payload = arrival.posted, arrival.payload
    key = idempotency_key(
        arrival.reading,
        payload,
        form=form.key,
        received_at=at,
        header=posted.header("Idempotency-Key"),
        ip=posted.source_ip,
        user_agent=posted.header("User-Agent"),
    )
    if arrival.verdict.is_doubtful:
        key = f"doubt:{key}"  # whoever made it up must not stand in for the true one
    if filling_of(key):
        place = place_in_filling(session, form, key, arrival.reading, payload, posted.source_ip)
        if place is not None:
            return place
    known = _known(session, form, key, at)
    if known is None or payload == _payload(known):
        return Place(key, again=known)
    if posted.from_api_client:
        return None
    key = f"{key}:{payload[:32]}"
    oddity = "Its key came before with other answers."
    return Place(key, again=_known(session, form, key, at), oddity=oddity)


def _known(session: Session, form: StoredForm, key: str, at: datetime) -> Submission | None:
    """The submission with this key. One whose key no longer counts gives it up."""
    id = submission_under(session.connection(), form.id, key)
    if id is None:  # as of nearly every post
        return None
    found = session.get_one(Submission, id)
    if at - found.received_at > KEYS_COUNT_FOR:
        found.idem_key = f"past:{found.public_id}"
        session.flush()
        return None
    return found


def _payload(submission: Submission) -> str:
    reading = read_body(submission.raw, submission.content_type, submission.headers)
    return payload_digest(reading, submission.raw)
