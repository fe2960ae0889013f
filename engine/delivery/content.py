"""The columns of a submission that say what arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from engine.deciding.reading import Reading
from engine.deciding.senders.signatures import headers_to_keep, technical_to_keep
from engine.deciding.spam import Suspicion
from engine.delivery.arrival import Arrival, Named
from engine.delivery.configs import form_config
from engine.delivery.files import listed
from engine.delivery.surroundings import with_surroundings
from engine.storage.arrivals import StoredForm
from engine.storage.models import Submission

Content: TypeAlias = Mapping[str, Any]
"""Columns by name."""


def content_of(form: StoredForm, name: Named, arrival: Arrival, suspicion: Suspicion) -> Content:
    """What a post says, as the submission ``name``."""
    posted, reading = arrival.posted, arrival.reading
    uploads = form_config(form).uploads
    files = listed(arrival.settings, reading.files, uploads, name.id, name.received_at)
    answers = with_surroundings(
        form,
        name,
        reading,
        headers=posted.headers,
        source_ip=posted.source_ip,
        spam=suspicion,
        links=[(file["name"], file["link"]) for file in files if file["link"]],
    )
    return {
        "raw": posted.raw,
        "content_type": posted.content_type,
        "headers": headers_to_keep(posted.headers),
        "source_ip": posted.source_ip,
        "answers": answers,
        "technical": technical_to_keep(reading),
        "files": files,
        "sender": reading.sender,
        "labels": dict(reading.labels),
    }


def together(before: Submission, content: Content, reading: Reading) -> Content:
    """``content`` with what is still true of ``before``.

    Of a part, every answer that it does not speak of; of a whole post, only where the visit came from.
    """
    old, new = before.answers, content["answers"]
    answers = {
        root: {**old.get(root, {}), **new[root]}
        if root in ("page", "utm", "visitor")
        else new[root]
        for root in new
    }
    if reading.finished:
        return {**content, "answers": answers}
    answers["field"] = {**old.get("field", {}), **new["field"]}
    return {
        **content,
        "answers": answers,
        "labels": {**before.labels, **content["labels"]},
        "technical": {**before.technical, **content["technical"]},
    }
