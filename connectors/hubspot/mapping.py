"""HubSpot's objects in our form, and ours in HubSpot's: tables and pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from connectors.base import Fields, Json, Kind, Record, Ref
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import ConflictError, NotFoundError, RejectedError
from connectors.hubspot import activities
from connectors.hubspot.api import Item
from connectors.hubspot.catalog import ADDITIONAL, KINDS, MANY, OWN, places
from connectors.hubspot.problems import Problem
from connectors.hubspot.values import (
    from_hubspot,
    instant,
    listed,
    same_value,
    to_hubspot,
    with_tags,
)

Properties = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Own:
    """The names of the properties that keep what HubSpot has no place for, if there are any."""

    marker: str | None = None
    tags: str | None = None


def zone_of(catalog: Catalog) -> tzinfo:
    return ZoneInfo(catalog.time_zone) if catalog.time_zone else UTC


def field_called(kind: Kind, id: str, catalog: Catalog) -> Field | None:
    """The field with this very id; labels are for people."""
    return next((field for field in catalog.fields.get(kind, ()) if field.id == id), None)


def asked_for(kind: Kind, catalog: Catalog, own: Own) -> list[str]:
    """The properties that make a whole record."""
    if kind not in KINDS:
        return list(activities.PROPERTIES[kind])
    names = [field.code for field in catalog.fields.get(kind, ()) if field.code]
    more = [ADDITIONAL] if kind is Kind.CONTACT else []
    return list(dict.fromkeys([*names, *more, *filter(None, (own.marker, own.tags))]))


# --- HubSpot to us ---------------------------------------------------------------------------


def record(kind: Kind, item: Item, catalog: Catalog, own: Own, links: Sequence[Ref] = ()) -> Record:
    """Read one object. Fields that are empty in HubSpot are left out."""
    created, updated = _moment(item.get("createdAt")), _moment(item.get("updatedAt"))
    if kind not in KINDS:
        return activities.record(kind, item, created, updated)
    properties: Properties = item.get("properties") or {}
    fields: dict[str, Json] = {}
    for field in catalog.fields.get(kind, ()):
        value = _value(kind, field, properties, catalog)
        if value not in (None, "", []):
            fields[field.id] = value
    return Record(
        kind,
        str(item["id"]),
        fields,
        tags=tuple(listed(properties.get(own.tags) if own.tags else None)),
        links=tuple(links),
        created_at=created,
        updated_at=updated,
        closed=kind is Kind.DEAL and _is_closed(fields, catalog),
    )


def full_name(properties: Properties) -> str:
    names = (properties.get(name) or "" for name in ("firstname", "lastname"))
    return " ".join(name.strip() for name in names if name.strip())


def _value(kind: Kind, field: Field, properties: Properties, catalog: Catalog) -> Json:
    if field.code is None:
        return full_name(properties)
    if field.many:
        return list(values_of(kind, field, properties, catalog))
    text = properties.get(field.code)
    if not text or field.type is FieldType.OPAQUE:
        return None
    return from_hubspot(field, text, zone_of(catalog))


def values_of(kind: Kind, field: Field, properties: Properties, catalog: Catalog) -> Iterator[str]:
    """The values of a field that has many, from all the properties they may be in."""
    for name in places(kind, field.id, catalog):
        if text := properties.get(name):
            yield text
        if name == "email" and kind is Kind.CONTACT:
            yield from listed(properties.get(ADDITIONAL))


def _is_closed(fields: Fields, catalog: Catalog) -> bool:
    stages = (pipeline.stage(str(fields.get("stage"))) for pipeline in catalog.pipelines)
    return any(stage.closed for stage in stages if stage)


def _moment(text: Json) -> datetime | None:
    return instant(str(text)) if text else None


# --- us to HubSpot ---------------------------------------------------------------------------


def new_properties(
    kind: Kind, fields: Fields, tags: Sequence[str], catalog: Catalog, own: Own
) -> dict[str, str]:
    """The properties of a contact, company or deal to be created. Raises RejectedError."""
    given = {id: value for id, value in fields.items() if value not in (None, "", [])}
    written = changed_properties(kind, given, tags, catalog, own, {})
    properties = {name: value for name, value in written.items() if value}
    if kind is Kind.DEAL:
        return {**_first_stage(properties, catalog), **properties}
    # HubSpot wants a person to have an e-mail address or a name, a company a name or a domain.
    telling = ("firstname", "lastname", "email") if kind is Kind.CONTACT else ("name", "domain")
    if not any(properties.get(name) for name in telling):
        known = [str(one) for id in MANY for one in given.get(id) or ()]
        if not known:
            raise RejectedError(f"a {kind} needs a name, an e-mail address or a phone number")
        properties[telling[0]] = known[0]
    return properties


def changed_properties(
    kind: Kind,
    fields: Fields,
    tags: Sequence[str],
    catalog: Catalog,
    own: Own,
    present: Properties,
) -> dict[str, str]:
    """Fields in HubSpot's form. Raises RejectedError, which names the field.

    What a field of many values has in ``present`` stays, and new values go where there is room.
    """
    properties: dict[str, str] = {}
    if kind is Kind.CONTACT and "name" in fields:
        properties |= _split(str(fields["name"] or ""))
    for id, value in fields.items():
        if kind is Kind.CONTACT and id == "name":
            continue
        field = _writable(kind, id, catalog)
        if not field.many:
            with _fitting(id):
                properties[str(field.code)] = to_hubspot(field, value, zone_of(catalog))
    for id in MANY:
        if id in fields:
            field = _writable(kind, id, catalog)
            properties |= _placed(kind, field, fields[id], catalog, present, properties)
    if "dealstage" in properties and "pipeline" not in properties:
        properties |= _pipeline_of(properties["dealstage"], catalog)
    return {**properties, **_tagged(tags, own, present)}


def adds_to_present(fields: Fields, tags: Sequence[str]) -> bool:
    """Whether any of it is written together with what is there already."""
    return bool(tags) or any(id in fields for id in MANY)


def missing(properties: Mapping[str, str], present: Properties) -> dict[str, str]:
    """Those of the properties that are empty in ``present``."""
    return {name: value for name, value in properties.items() if not present.get(name)}


def _split(name: str) -> dict[str, str]:
    """A whole name as HubSpot has it: what is before the first space is the first name."""
    first, _, last = " ".join(name.split()).partition(" ")
    return {"firstname": first, "lastname": last}


def _writable(kind: Kind, id: str, catalog: Catalog) -> Field:
    field = field_called(kind, id, catalog)
    if field is None:
        raise RejectedError("the CRM has no such field", field=id)
    if field.read_only:
        raise RejectedError("only the CRM itself writes this field", field=id)
    return field


def _placed(
    kind: Kind,
    field: Field,
    values: Json,
    catalog: Catalog,
    present: Properties,
    taken: Mapping[str, str],
) -> dict[str, str]:
    """Each new value in a property of its own that is still empty; all of them cleared for None."""
    names = places(kind, field.id, catalog)
    if values is None:
        return {name: "" for name in names if name not in taken}
    there = [*values_of(kind, field, present, catalog), *(taken.get(name, "") for name in names)]
    free = [name for name in names if not present.get(name) and not taken.get(name)]
    placed: dict[str, str] = {}
    for value in values:
        # Whichever of the two is a whole number tells the country that the other is read in.
        if any(
            same_value(field, value, one) or same_value(field, one, value) for one in there if one
        ):
            continue
        there.append(value)
        if not free:
            raise RejectedError(
                f"all {len(names)} properties for it are taken; add a text property "
                f"called {field.id}_{len(names) + 1} in HubSpot",
                field=field.id,
            )
        placed[free.pop(0)] = value
    return placed


def _first_stage(properties: Mapping[str, str], catalog: Catalog) -> dict[str, str]:
    """Where a deal goes of which only half or nothing is said: HubSpot wants to know both."""
    if "dealstage" in properties:
        return {}
    named = properties.get("pipeline")
    for pipeline in catalog.pipelines:
        if pipeline.id == named or (named is None and pipeline.main):
            open_ = [stage.id for stage in pipeline.stages if not stage.closed]
            return {"pipeline": pipeline.id, **({"dealstage": open_[0]} if open_ else {})}
    return {}


def _pipeline_of(stage: str, catalog: Catalog) -> dict[str, str]:
    """A stage without its pipeline may be taken for one of the main pipeline."""
    found = (line.id for line in catalog.pipelines if any(one.id == stage for one in line.stages))
    pipeline = next(found, None)
    return {"pipeline": pipeline} if pipeline else {}


def _tagged(tags: Sequence[str], own: Own, present: Properties) -> dict[str, str]:
    if not tags:
        return {}
    if own.tags is None:
        raise RejectedError(
            "HubSpot has no tags: name a text property for them in the connection's settings, "
            "or take the tags out of the module"
        )
    text = with_tags(tags, present.get(own.tags))
    return {own.tags: text} if text else {}


@contextmanager
def _fitting(id: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, ArithmeticError) as error:
        raise RejectedError("the value does not fit the field", field=id) from error


# --- what HubSpot says is wrong --------------------------------------------------------------


def refusal(kind: Kind, problem: Problem, catalog: Catalog) -> RejectedError:
    """What a complaint means, with the field of ours that it is about."""
    field = next((_blamed(kind, name, catalog) for name in problem.properties), None)
    if problem.gone and not problem.properties:
        return NotFoundError("the CRM has no record with this id")
    if problem.conflict:
        return ConflictError("another record of the CRM has this value already", field=field)
    return RejectedError(problem.reason, field=field)


def _blamed(kind: Kind, name: str, catalog: Catalog) -> str | None:
    if kind not in KINDS:
        return activities.BLAMED.get(name)
    ours = {property: id for id, property in OWN[kind].items()}
    many = next((id for id in MANY if name in places(kind, id, catalog)), None)
    known = ours.get(name) or many
    fields = (field.id for field in catalog.fields.get(kind, ()) if field.code == name)
    return known or next(fields, None)
