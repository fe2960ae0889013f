"""How surely a lost creation is recognised in Bitrix24, and so whether it may be sent again."""

import pytest

from connectors.base import Draft, Effect, Kind
from connectors.bitrix24.finding import effect


@pytest.mark.parametrize(
    ("kind", "marker", "expected"),
    [
        (Kind.CONTACT, "step-1", Effect.MARKED),
        (Kind.COMPANY, "step-1", Effect.MARKED),
        (Kind.DEAL, "step-1", Effect.MARKED),
        (Kind.DEAL, "", Effect.UNMARKED),
        (Kind.NOTE, "step-1", Effect.MARKED),
        (Kind.TASK, "step-1", Effect.UNMARKED),
    ],
)
def test_what_tells_a_record_from_others(kind, marker, expected):
    assert effect(kind, Draft({"name": "Ada", "text": "Call"}, marker=marker)) is expected
