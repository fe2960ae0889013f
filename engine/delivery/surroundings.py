"""A submission's answers with their surroundings, as rules and macros see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from engine.deciding.answers import NOT_SUSPECTED, answers_mapping
from engine.deciding.reading import Reading
from engine.deciding.spam import Suspicion
from engine.storage.arrivals import StoredForm


class Named(Protocol):
    """A submission, as far as it is told from others, stored or about to be."""

    @property
    def public_id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def received_at(self) -> datetime: ...


def with_surroundings(
    form: StoredForm,
    submission: Named,
    reading: Reading,
    *,
    headers: Mapping[str, str],
    source_ip: str,
    spam: Suspicion = NOT_SUSPECTED,
    links: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """``reading`` as what ``submission`` says, which came with ``headers`` from ``source_ip``.

    ``links`` are names of file inputs, each with the link to a file of it.
    """
    answers = answers_mapping(
        reading,
        form={"key": form.key, "name": form.name},
        submission={
            "id": submission.public_id,
            "number": str(submission.number),
            "date": submission.received_at.isoformat(),
        },
        visitor={"ip": source_ip, "user_agent": headers.get("User-Agent", "")},
        spam=spam,
        links=links,
    )
    if referer := headers.get("Referer"):
        answers["page"].setdefault("url", referer)  # a page without our script
    return answers
