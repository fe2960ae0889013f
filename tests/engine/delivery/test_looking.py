"""Look-ups of a whole wave: what fails one of them fails no other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.base import Kind, Query, Record
from connectors.errors import ConnectorError, RejectedError, UnavailableError
from connectors.memory import MemoryConnector, MemoryCrm
from engine.delivery.looking import look
from engine.delivery.pool import Pool

QUERIES = [Query("name", f"Ada {number}") for number in range(7)]
BAD = QUERIES[3]


class Picky(MemoryConnector):
    """Refuses, or fails, every call that asks for what it does not know."""

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(MemoryCrm())
        self.error = error
        self.calls = 0

    def find(self, kind: Kind, queries: Sequence[Query]) -> list[list[Record]]:
        self.calls += 1
        if BAD in queries:
            raise self.error
        return super().find(kind, queries)


@pytest.mark.parametrize("kind", [Kind.CONTACT, Kind.DEAL])
@pytest.mark.parametrize(
    ("error", "failed", "calls"),
    [(RejectedError("no such field"), 1, 7), (UnavailableError("down"), len(QUERIES), 1)],
    ids=["refused", "unavailable"],
)
def test_a_look_up_that_the_crm_refuses_fails_alone(kind, error, failed, calls) -> None:
    crm, pool = Picky(error), Pool(1)
    seen = look(crm, pool, {(kind, query): [1] for query in QUERIES}, {})
    pool.close()
    assert len(seen.failed) == failed
    assert seen.failed[kind, BAD] is error
    assert len(seen.found) == len(QUERIES) - failed
    assert crm.calls == calls
