"""How surely a lost creation is recognised in HubSpot, and so whether it may be sent again."""

import pytest

from connectors.base import Draft, Effect, Kind, Ref
from connectors.hubspot.recognising import effect

ADA = Ref(Kind.CONTACT, "501")


@pytest.mark.parametrize(
    ("kind", "fields", "links", "marked", "expected"),
    [
        (Kind.DEAL, {"name": "Site form"}, (), True, Effect.KEYED),
        (Kind.DEAL, {"name": "Site form"}, (ADA,), False, Effect.MARKED),
        (Kind.DEAL, {"name": "Site form"}, (), False, Effect.UNMARKED),
        (Kind.CONTACT, {"jobtitle": "Analyst"}, (), True, Effect.KEYED),
        (Kind.CONTACT, {"email": ["ada@example.org"]}, (), False, Effect.KEYED),
        (Kind.CONTACT, {"phone": ["+14155550100"]}, (), False, Effect.MARKED),
        (Kind.CONTACT, {"last_name": "Lovelace"}, (), False, Effect.MARKED),
        (Kind.CONTACT, {"jobtitle": "Analyst"}, (), False, Effect.UNMARKED),
        (Kind.COMPANY, {"name": "Engines"}, (), True, Effect.KEYED),
        (Kind.COMPANY, {"email": ["office@example.org"]}, (), False, Effect.MARKED),
        (Kind.NOTE, {"text": "Asked"}, (ADA,), True, Effect.MARKED),
        (Kind.TASK, {"text": "Call"}, (ADA,), True, Effect.UNMARKED),
    ],
)
def test_what_tells_a_record_from_others(kind, fields, links, marked, expected):
    assert effect(kind, Draft(fields, links=links, marker="step-1"), marked=marked) is expected


def test_a_draft_without_our_key_is_not_kept_apart_by_it():
    assert effect(Kind.DEAL, Draft({"name": "Form"}), marked=True) is Effect.UNMARKED
