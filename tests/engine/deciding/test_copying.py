"""Rows of another module come over as far as the account and the form know what they name."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option
from engine.deciding.copying import KINDS, Copy, Misfit, Place, copied, copies

SIZES = (Option("1", "Small"), Option("2", "Large"))
NAME = Field("name", "Name", FieldType.TEXT)
THEIRS = Catalog(
    {
        Kind.CONTACT: (NAME, Field("email", "E-mail", FieldType.EMAIL, many=True)),
        Kind.DEAL: (
            Field("11", "Size", FieldType.CHOICE, options=SIZES),
            Field("12", "Source", FieldType.TEXT, code="UTM_SOURCE"),
            Field("13", "Only theirs", FieldType.TEXT),
            Field("14", "Visit", FieldType.DATE),
        ),
    }
)
OURS = Catalog(
    {
        Kind.CONTACT: (NAME, Field("email", "Mail", FieldType.EMAIL, many=True)),
        Kind.DEAL: (
            Field("11", "Another thing", FieldType.TEXT),
            Field("21", "size", FieldType.CHOICE, options=SIZES[:1]),
            Field("22", "Herkunft", FieldType.TEXT, code="UTM_SOURCE"),
            Field("24", "Visit", FieldType.TEXT),
            Field("25", "Made by the CRM", FieldType.TEXT, read_only=True),
        ),
    }
)


def place(
    document: dict[str, Any] | None = None, catalog: Catalog = OURS, *, same: bool = False
) -> Place:
    return Place(
        document or {},
        catalog,
        {kind: [f for f in catalog.fields.get(kind, ()) if not f.read_only] for kind in KINDS},
        {"a", "full name"},
        same,
        lambda _kind, field: field.label if field.id.isdigit() else field.id,
    )


def one(kind: str, name: str, row: Any, to: Place, source: Catalog | None = THEIRS) -> Copy:
    (copy,) = copies({kind: {"fields": {name: row}}}, source, to)
    return copy


@pytest.mark.parametrize(
    ("kind", "name", "becomes"),
    [
        ("contact", "name", "name"),
        ("contact", "E-mail", "email"),
        ("deal", "11", "size"),
        ("deal", "Size", "size"),
        ("deal", "Source", "Herkunft"),
        ("deal", "UTM_SOURCE", "Herkunft"),
    ],
)
def test_a_field_is_found_again_by_what_it_is_called(kind: str, name: str, becomes: str) -> None:
    copy = one(kind, name, "{{ field.a }}", place())
    assert (copy.name, copy.misfits, copy.comes) == (becomes, {}, True)


@pytest.mark.parametrize("name", ["13", "Only theirs", "Made by the CRM", "999"])
def test_a_field_that_the_account_does_not_have_does_not_come(name: str) -> None:
    copy = one("deal", name, "x", place())
    assert list(copy.misfits) == [Misfit.NO_FIELD]
    assert not copy.comes
    assert copied({"deal": {}}, place(), [copy]) == {}


@pytest.mark.parametrize(
    ("name", "row", "misfits"),
    [
        ("Visit", "{{ field.a }}", {Misfit.OTHER_TYPE: ("date", "text")}),
        (
            "Size",
            {"value": "x", "map": {"s": "small", "l": "Large"}, "unknown": {"value": "Huge"}},
            {Misfit.NO_OPTION: ("Large", "Huge")},
        ),
        (
            "Source",
            ["{{ field.b }}", '{{ field["full name"] }} {{ field.c }}'],
            {Misfit.NO_INPUT: ("b", "c")},
        ),
        ("Source", "{{ utm.source }}", {}),
    ],
)
def test_what_does_not_fit_is_told(name: str, row: Any, misfits: Any) -> None:
    assert one("deal", name, row, place()).misfits == misfits


def test_within_one_account_numbers_mean_the_same() -> None:
    assert one("deal", "11", "x", place(catalog=THEIRS, same=True)).name == "Size"
    assert one("deal", "11", "x", place(same=True), source=None).name == "Another thing"
    assert one("deal", "11", "x", place(), source=None).field is None


def test_a_row_that_is_there_is_told_and_replaced_in_its_place() -> None:
    document = {"deal": {"fields": {"21": "Small", "Visit": "x"}, "tags": ["kept"]}}
    to = place(document)
    copy = one("deal", "Size", "{{ field.a }}", to)
    assert (copy.name, copy.before, copy.comes) == ("21", "Small", True)
    assert not one("deal", "Size", "Small", to).comes
    after = copied({"deal": {"fields": {}}}, to, [copy])
    assert after == {"deal": {"fields": {"21": "{{ field.a }}", "Visit": "x"}, "tags": ["kept"]}}


def test_a_part_that_is_not_there_begins_as_the_other_module_has_it() -> None:
    source = {
        "contact": {
            "match": ["email", "phone"],
            "several": "hold",
            "tags": ["stays"],
            "fields": {"email": "{{ field.a }}", "phone": "{{ field.b }}"},
        }
    }
    rows = [copy for copy in copies(source, THEIRS, place()) if copy.comes]
    assert copied(source, place(), rows) == {
        "contact": {"match": ["email"], "several": "hold", "fields": {"email": "{{ field.a }}"}}
    }
