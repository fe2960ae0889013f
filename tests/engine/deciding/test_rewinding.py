"""Records as they were before runs changed them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Kind, Record, Ref
from connectors.memory.account import CATALOG
from engine.deciding.changes import words
from engine.deciding.plan import Action, FieldChange, Plan, Step
from engine.deciding.rewinding import Past, rewound


def past(kind: Kind, *changes: tuple[str, Any, Any], tags: tuple[str, ...] = ()) -> Past:
    """An update of record 1 that made each field's second value of its first."""
    told = []
    for id, before, value in changes:
        field = CATALOG.field(kind, id)
        assert field is not None
        told.append(
            FieldChange(id, field.label, words(before, field, CATALOG), "", "", True, value)
        )
    step = Step("it", kind, Action.UPDATE, "", "", "1", changes=tuple(told), tags=tags)
    return Past(Plan((step,)), frozenset())


@pytest.mark.parametrize(
    ("kind", "field", "before", "value", "now"),
    [
        (Kind.DEAL, "topic", None, "a", "a"),
        (Kind.DEAL, "topic", "a", "b", "b"),
        (Kind.DEAL, "topic", "a", "b", "a person's"),
        (Kind.DEAL, "topic", "a", None, None),
        (Kind.DEAL, "budget", "1500.5", "7", "7"),
        (Kind.DEAL, "newsletter", False, True, True),
        (Kind.DEAL, "product", "software", "hardware", "hardware"),
        (Kind.DEAL, "interests", ["demo"], ["demo", "prices"], ["demo", "prices"]),
        (Kind.DEAL, "responsible", "anna", "grace", "grace"),
        (Kind.CONTACT, "phone", ["+1"], ["+2"], ["+1", "+2"]),
        (Kind.CONTACT, "phone", None, ["+2"], ["+2"]),
    ],
)
def test_a_field_gets_back_what_was_there(
    kind: Kind, field: str, before: Any, value: Any, now: Any
) -> None:
    record = Record(kind, "1", {field: now, "name": "x"})
    found = rewound(record, [past(kind, (field, before, value))], CATALOG)
    assert found is not None
    assert found.fields == {"name": "x"} | ({field: before} if before is not None else {})


def test_a_moved_deal_is_back_in_its_stage_and_open() -> None:
    moved = past(Kind.DEAL, ("pipeline", "service", "sales"), ("stage", "asked", "won"))
    record = Record(Kind.DEAL, "1", {"pipeline": "sales", "stage": "won"}, closed=True)
    found = rewound(record, [moved], CATALOG)
    assert found is not None
    assert (found.fields, found.closed) == ({"pipeline": "service", "stage": "asked"}, False)


def test_several_runs_are_undone_the_latest_first() -> None:
    pasts = [past(Kind.DEAL, ("topic", "b", "c")), past(Kind.DEAL, ("topic", "a", "b"))]
    found = rewound(Record(Kind.DEAL, "1", {"topic": "c"}), pasts, CATALOG)
    assert found is not None
    assert found.fields == {"topic": "a"}


def test_tags_are_taken_back_and_links_to_what_was_created() -> None:
    old, new = Ref(Kind.CONTACT, "8"), Ref(Kind.CONTACT, "9")
    record = Record(Kind.DEAL, "1", {}, tags=("hot", "web"), links=(old, new))
    undone = past(Kind.DEAL, tags=("web",))
    found = rewound(record, [undone, Past(Plan(), frozenset({new}))], CATALOG)
    assert found is not None
    assert (found.tags, found.links) == (("hot",), (old,))


def test_a_record_that_was_created_was_not_there() -> None:
    record = Record(Kind.DEAL, "1", {})
    assert rewound(record, [Past(Plan(), frozenset({record.ref}))], CATALOG) is None


def test_another_record_stays_as_it_is() -> None:
    record = Record(Kind.CONTACT, "1", {"name": "x"})
    assert rewound(record, [past(Kind.DEAL, ("name", "a", "x"))], CATALOG) == record
