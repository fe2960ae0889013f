"""How surely a lost creation is recognised in Kommo, and so whether it may be sent again."""

from __future__ import annotations

import pytest

from connectors.base import Draft, Effect, Fields, Kind, Ref
from connectors.kommo.finding import effect

ADA = Ref(Kind.CONTACT, "901")


@pytest.mark.parametrize(
    ("kind", "fields", "links", "marked", "expected"),
    [
        (Kind.DEAL, {"name": "Site form"}, (), True, Effect.MARKED),
        (Kind.DEAL, {"name": "Site form"}, (ADA,), False, Effect.MARKED),
        (Kind.DEAL, {"name": "Site form"}, (), False, Effect.UNMARKED),
        (Kind.CONTACT, {"phone": ["+14155550100"]}, (), False, Effect.MARKED),
        (Kind.CONTACT, {"email": ["ada@example.org"]}, (), False, Effect.MARKED),
        (Kind.COMPANY, {"name": "Engines"}, (), False, Effect.MARKED),
        (Kind.CONTACT, {"last_name": "Lovelace"}, (), False, Effect.MARKED),
        (Kind.CONTACT, {"position": "Analyst"}, (), True, Effect.UNMARKED),
        (Kind.NOTE, {"text": "Asked"}, (ADA,), False, Effect.MARKED),
        (Kind.TASK, {"text": "Call"}, (ADA,), True, Effect.UNMARKED),
    ],
)
def test_what_tells_a_record_from_others(
    kind: Kind, fields: Fields, links: tuple[Ref, ...], marked: bool, expected: Effect
) -> None:
    assert effect(kind, Draft(fields, links=links, marker="step-1"), marked=marked) is expected
