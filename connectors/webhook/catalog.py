"""The account as its settings describe it: a receiver cannot be asked what it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parseaddr

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option, Pipeline, Stage, User
from connectors.errors import SettingsError

PEOPLE = (Kind.CONTACT, Kind.COMPANY)
LISTS = {"phone": "phones", "email": "emails"}
"""Fields of several values, and the name under which an event has all of them."""

RESERVED = frozenset({"id", "tags", "contact_id", "company_id", "deal_id", *LISTS.values()})
"""What an event has beside the fields."""

TYPES = tuple(
    FieldType(name) for name in "text long_text url number money yes_no date datetime".split()
)
TASK_TYPES = (
    Option("call", "Call"),
    Option("follow_up", "Follow-up"),
    Option("meeting", "Meeting"),
)
USUAL_PIPELINES = "Sales: New request, Contacted, (Won), (Lost)"

_NAME = re.compile(r"[^\W\d]\w{0,63}")
_FIELD = re.compile(r"(?P<kind>\w+)\s*\.\s*(?P<name>[^:]*?)\s*(?::\s*(?P<type>\w*)\s*)?")


def catalog_of(settings: Mapping[str, str]) -> Catalog:
    """Raises SettingsError, with the line that is wrong."""
    users = tuple(_users(settings.get("users", "")))
    fields = {kind: _usual(kind, has_users=bool(users)) for kind in (*PEOPLE, Kind.DEAL)}
    for kind, field in _further(settings.get("fields", "")):
        taken = {one.id.casefold() for one in fields[kind]} | RESERVED
        if field.id.casefold() in taken:
            raise SettingsError(f"fields: {kind}.{field.id} is there already")
        fields[kind] = (*fields[kind], field)
    return Catalog(
        fields=fields,
        pipelines=tuple(_pipelines(settings.get("pipelines", "").strip() or USUAL_PIPELINES)),
        users=users,
        task_types=TASK_TYPES,
    )


def _usual(kind: Kind, *, has_users: bool) -> tuple[Field, ...]:
    responsible = Field("responsible", "Responsible", FieldType.USER)
    if kind is Kind.DEAL:
        own = (
            Field("budget", "Budget", FieldType.MONEY),
            Field("pipeline", "Pipeline", FieldType.PIPELINE),
            Field("stage", "Stage", FieldType.STAGE),
        )
    else:
        own = (
            Field("phone", "Phone", FieldType.PHONE, many=True),
            Field("email", "E-mail", FieldType.EMAIL, many=True),
        )
    if kind is Kind.CONTACT:
        own = (
            Field("first_name", "First name", FieldType.TEXT),
            Field("last_name", "Last name", FieldType.TEXT),
            *own,
        )
    name = Field("name", "Name", FieldType.TEXT)
    return (name, *own, responsible) if has_users else (name, *own)


def _lines(key: str, text: str) -> Iterator[tuple[str, str]]:
    """Each line that says something, and how a message calls it."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield line.strip(), f"{key}: line {number}"


def _further(text: str) -> Iterator[tuple[Kind, Field]]:
    kinds = {kind.value: kind for kind in (*PEOPLE, Kind.DEAL)}
    types = ", ".join(TYPES)
    for line, where in _lines("fields", text):
        found = _FIELD.fullmatch(line)
        if found is None or found["kind"] not in kinds:
            raise SettingsError(f"{where}: write the kind and a name, such as deal.topic")
        if not _NAME.fullmatch(found["name"]):
            raise SettingsError(f"{where}: the name takes letters, digits and _ only")
        if found["type"] is not None and found["type"] not in TYPES:
            raise SettingsError(f"{where}: after the colon comes one of {types}")
        type = FieldType(found["type"] or FieldType.TEXT)
        yield kinds[found["kind"]], Field(found["name"], found["name"], type)


def _pipelines(text: str) -> Iterator[Pipeline]:
    labels: set[str] = set()
    for line, where in _lines("pipelines", text):
        label, colon, rest = (part.strip() for part in line.partition(":"))
        stages = tuple(_stage(part.strip()) for part in rest.split(","))
        if not label or not colon or not all(stage.label for stage in stages):
            raise SettingsError(f"{where}: write a name, a colon, and stages between commas")
        names = {stage.label.casefold() for stage in stages}
        if len(names) < len(stages) or label.casefold() in labels:
            raise SettingsError(f"{where}: each pipeline, and each of its stages, has its own name")
        yield Pipeline(label, label, stages, main=not labels)
        labels.add(label.casefold())


def _stage(text: str) -> Stage:
    closed = text.startswith("(") and text.endswith(")")
    label = text[1:-1].strip() if closed else text
    return Stage(label, label, closed=closed)


def _users(text: str) -> Iterator[User]:
    ids: set[str] = set()
    for line, where in _lines("users", text):
        name, address = parseaddr(line) if "@" in line else (line, "")
        if "@" in line and "@" not in address:
            raise SettingsError(
                f"{where}: write a name and an address, as in Ada <ada@acme.example>"
            )
        id = address or name
        if id.casefold() in ids:
            raise SettingsError(f"{where}: this person is there already")
        ids.add(id.casefold())
        yield User(id, name or address, email=address or None)
