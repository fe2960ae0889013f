"""What people enter one in a line: further fields, pipelines, users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr

from connectors.base import Kind
from connectors.catalog import Field, FieldType, Pipeline, Stage, User
from connectors.errors import SettingsError

KINDS = (Kind.CONTACT, Kind.COMPANY, Kind.DEAL)
TYPES = tuple(
    FieldType(name) for name in "text long_text url number money yes_no date datetime".split()
)
_NAME = re.compile(r"[^\W\d]\w{0,63}")
_FIELD = re.compile(r"(?P<kind>\w+)\s*\.\s*(?P<name>[^:]*?)\s*(?::\s*(?P<type>\w*)\s*)?")


def _lines(key: str, text: str) -> Iterator[tuple[str, str]]:
    """Each line that says something, and how a message calls it."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield line.strip(), f"{key}: line {number}"


def further_fields(text: str) -> Iterator[tuple[Kind, Field]]:
    kinds = {kind.value: kind for kind in KINDS}
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


def pipelines(text: str) -> Iterator[Pipeline]:
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


def users(text: str) -> Iterator[User]:
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
