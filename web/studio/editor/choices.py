"""What the pickers of a tab offer, and how the types of CRM fields are marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _

from connectors.base import Kind
from connectors.catalog import Catalog, FieldType, Pipeline, User
from web.studio.field_table import FIELD_TYPES


class Mark(NamedTuple):
    """How a type is told: a sign for the eye, and its name."""

    sign: str
    label: LazyString | str


MARKS: Mapping[FieldType, Mark] = {
    FieldType.TEXT: Mark("Abc", _("text")),
    FieldType.LONG_TEXT: Mark("¶", _("long text")),
    FieldType.URL: Mark("://", _("web address")),
    FieldType.PHONE: Mark("Tel", _("phone")),
    FieldType.EMAIL: Mark("@", _("e-mail")),
    FieldType.NUMBER: Mark("123", _("number")),
    FieldType.MONEY: Mark("¤", _("money")),
    FieldType.YES_NO: Mark("☑", _("yes or no")),
    FieldType.DATE: Mark("31", _("date")),
    FieldType.DATETIME: Mark("31:", _("date and time")),
    FieldType.CHOICE: Mark("▾", _("one of a list")),
    FieldType.CHOICES: Mark("▾▾", _("several of a list")),
    FieldType.USER: Mark("☺", _("person")),
    FieldType.PIPELINE: Mark("⇉", _("pipeline")),
    FieldType.STAGE: Mark("⇥", _("stage")),
    FieldType.MESSENGER: Mark("✉", _("messenger")),
    FieldType.OPAQUE: Mark("?", _("other")),
}
_SIGNS: Mapping[str, str] = {
    "text": "Abc",
    "email": "@",
    "tel": "Tel",
    "number": "123",
    "date": "31",
    "url": "://",
    "textarea": "¶",
    "select": "▾",
    "radio": "◉",
    "checkboxes": "▾▾",
    "checkbox": "☑",
    "file": "⇪",
    "hidden": "◌",
}
INPUT_MARKS: Mapping[str | None, Mark] = {
    **{type: Mark(_SIGNS[type], label) for type, label in FIELD_TYPES.items()},
    None: Mark("…", _("seen in submissions")),
}
"""How the types of the form's own fields are told; None is that of fields it does not declare."""


def marks() -> Mapping[FieldType, Mark]:
    """As `MARKS`, in the language of the page: its pickers tell types hundreds of times."""
    return _marks(get_locale().language)


def input_marks() -> Mapping[str | None, Mark]:
    """The same of a form's fields."""
    return _input_marks(get_locale().language)


@cache
def _marks(_language: str) -> Mapping[FieldType, Mark]:
    return {type: Mark(sign, str(label)) for type, (sign, label) in MARKS.items()}


@cache
def _input_marks(_language: str) -> Mapping[str | None, Mark]:
    return {type: Mark(sign, str(label)) for type, (sign, label) in INPUT_MARKS.items()}


class Choice(NamedTuple):
    """One entry of a picker. ``lost``: the document names it and the CRM does not have it."""

    value: str
    label: str
    lost: bool = False


def pipelines(catalog: Catalog | None, chosen: str) -> list[Choice]:
    if catalog is None:
        return [Choice(chosen, chosen)] if chosen else []
    current = catalog.pipeline(chosen) if chosen else None
    return list(_choices(catalog.pipelines, chosen, current))


def stages(catalog: Catalog | None, pipeline: str, chosen: str) -> list[Choice]:
    """The open stages of the chosen pipeline, or of the main one."""
    place = _pipeline(catalog, pipeline)
    if place is None:
        return [Choice(chosen, chosen, lost=catalog is not None)] if chosen else []
    current = place.stage(chosen) if chosen else None
    known = [stage for stage in place.stages if not stage.closed or stage is current]
    return list(_choices(known, chosen, current))


def several_of(labels: Sequence[str], chosen: Sequence[str]) -> list[Choice]:
    """Ticks: the labels there are, then what a document names besides."""
    folded = {name.casefold(): name for name in chosen}
    known = [Choice(folded.pop(label.casefold(), label), label) for label in dict.fromkeys(labels)]
    return [*known, *(Choice(name, name) for name in folded.values())]


def match_by(kind: Kind, catalog: Catalog | None, chosen: Sequence[str]) -> list[Choice]:
    """The fields by which a person or company may be recognised."""
    usual = {"phone": _("phone"), "email": _("e-mail"), "name": _("name")}
    there = [name for name in usual if catalog is None or catalog.field(kind, name)]
    names = dict.fromkeys([*there, *chosen])
    return [Choice(name, str(usual.get(name, name))) for name in names]


def messengers(catalog: Catalog | None, chosen: str) -> list[Choice]:
    fields = catalog.fields.get(Kind.CONTACT, ()) if catalog else ()
    labels = [o.label for f in fields if f.type is FieldType.MESSENGER for o in f.options]
    folded = {label.casefold(): label for label in labels}
    named = {folded.get(chosen.casefold(), ""): chosen}
    unknown = Choice(chosen, chosen, lost=catalog is not None)
    lost = [unknown] if chosen and "" in named else []
    return [*(Choice(named.get(label, label), label) for label in labels), *lost]


def people(catalog: Catalog, chosen: str) -> list[Choice]:
    """Those who can be responsible, by e-mail, name or id; and whom a document names besides."""
    current = catalog.user(chosen) if chosen else None
    known = [
        Choice(chosen if user is current else _name_of(user, catalog), user.label)
        for user in catalog.users
        if user.active or user is current
    ]
    return known if current or not chosen else [*known, Choice(chosen, chosen, lost=True)]


def _name_of(user: User, catalog: Catalog) -> str:
    """What a document calls ``user``; the label only where nobody else has it."""
    return user.email or (user.label if catalog.user(user.label) is user else user.id)


def options(labels: Sequence[str], chosen: str) -> list[Choice]:
    """A field's options by their labels, and what a document says that is none of them."""
    lost = [] if chosen in labels or not chosen.strip() else [Choice(chosen, chosen, lost=True)]
    return [*(Choice(label, label) for label in labels), *lost]


def _choices(known: Sequence[object], chosen: str, current: object) -> Iterator[Choice]:
    """Things of a catalog by label; the one that is chosen keeps the name that the document has."""
    for thing in known:
        label = str(getattr(thing, "label", ""))
        yield Choice(chosen if thing is current else label, label)
    if chosen and current is None:
        yield Choice(chosen, chosen, lost=True)


def _pipeline(catalog: Catalog | None, named: str) -> Pipeline | None:
    if catalog is None:
        return None
    if named:
        return catalog.pipeline(named)
    main = next((pipeline for pipeline in catalog.pipelines if pipeline.main), None)
    return main or next(iter(catalog.pipelines), None)
