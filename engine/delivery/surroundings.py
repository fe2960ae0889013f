"""A submission's answers with their surroundings, as rules and macros see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.deciding.answers import NOT_SUSPECTED, answers_mapping
from engine.deciding.reading import Reading
from engine.deciding.spam import Suspicion
from engine.delivery.arrival import Named
from engine.storage.arrivals import StoredForm


def with_surroundings(
    form: StoredForm,
    name: Named,
    reading: Reading,
    *,
    headers: Mapping[str, str],
    source_ip: str,
    spam: Suspicion = NOT_SUSPECTED,
    links: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """``reading`` as what the submission ``name`` says, which came with ``headers`` from ``source_ip``.

    ``links`` are names of file inputs, each with the link to a file of it.
    """
    answers = answers_mapping(
        reading,
        form={"key": form.key, "name": form.name},
        submission={
            "id": name.id,
            "number": str(name.number),
            "date": name.received_at.isoformat(),
        },
        visitor={"ip": source_ip, "user_agent": headers.get("User-Agent", "")},
        spam=spam,
        links=links,
    )
    if referer := headers.get("Referer"):
        answers["page"].setdefault("url", referer)  # a page without our script
    return answers
