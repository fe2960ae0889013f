"""The account as its settings describe it: a receiver cannot be asked what it has."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.base import Kind
from connectors.catalog import Catalog, Field, FieldType, Option
from connectors.errors import SettingsError
from connectors.webhook.lists import KINDS, further_fields, pipelines, users

LISTS = {"phone": "phones", "email": "emails"}
"""Fields of several values, and the name under which an event has all of them."""

RESERVED = frozenset({"id", "tags", "contact_id", "company_id", "deal_id", *LISTS.values()})
"""What an event has beside the fields."""

TASK_TYPES = (
    Option("call", "Call"),
    Option("follow_up", "Follow-up"),
    Option("meeting", "Meeting"),
)
USUAL_PIPELINES = "Sales: New request, Contacted, (Won), (Lost)"


def catalog_of(settings: Mapping[str, str]) -> Catalog:
    """Raises SettingsError, with the line that is wrong."""
    people = tuple(users(settings.get("users", "")))
    fields = {kind: _usual(kind, has_users=bool(people)) for kind in KINDS}
    for kind, field in further_fields(settings.get("fields", "")):
        taken = {one.id.casefold() for one in fields[kind]} | RESERVED
        if field.id.casefold() in taken:
            raise SettingsError(f"fields: {kind}.{field.id} is there already")
        fields[kind] = (*fields[kind], field)
    return Catalog(
        fields=fields,
        pipelines=tuple(pipelines(settings.get("pipelines", "").strip() or USUAL_PIPELINES)),
        users=people,
        task_types=TASK_TYPES,
    )


def _usual(kind: Kind, *, has_users: bool) -> tuple[Field, ...]:
    responsible = Field("responsible", "Responsible", FieldType.USER)
    own: tuple[Field, ...] = (
        Field("phone", "Phone", FieldType.PHONE, many=True),
        Field("email", "E-mail", FieldType.EMAIL, many=True),
    )
    if kind is Kind.CONTACT:
        own = (
            Field("first_name", "First name", FieldType.TEXT),
            Field("last_name", "Last name", FieldType.TEXT),
            *own,
        )
    if kind is Kind.DEAL:
        own = (
            Field("budget", "Budget", FieldType.MONEY),
            Field("pipeline", "Pipeline", FieldType.PIPELINE),
            Field("stage", "Stage", FieldType.STAGE),
        )
    name = Field("name", "Name", FieldType.TEXT)
    return (name, *own, responsible) if has_users else (name, *own)
