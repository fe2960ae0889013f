"""Bitrix24's records in our form, and ours in Bitrix24's: tables and pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

from connectors.base import Draft, Fields, Json, Kind, Record, Ref
from connectors.bitrix24.api import Api, Item
from connectors.bitrix24.catalog import LEADS, MULTIFIELDS, OWN_KEYS, TODO
from connectors.bitrix24.spec import Entities, Entity, has_leads
from connectors.bitrix24.values import from_bitrix, messenger_address, same_value, to_bitrix
from connectors.catalog import Catalog, Field, FieldType
from connectors.errors import ConnectorError, NotFoundError, RejectedError

ORIGINATOR = "formwire"
"""By this and our marker Bitrix24 tells what came from us: its fields for records of other systems."""

_OPEN = "P"


@dataclass(frozen=True, slots=True)
class Portal:
    """One portal: how to call it, what it offers, what stands for our kinds, and where tags are kept."""

    api: Api
    catalog: Catalog
    entities: Entities
    tags_field: str = ""

    def entity(self, kind: Kind) -> Entity:
        """Raises RejectedError for kinds that are no records of their own."""
        if kind not in self.entities:
            raise RejectedError(f"the CRM has no list of all {kind} records")
        return self.entities[kind]

    @property
    def with_leads(self) -> bool:
        return has_leads(self.entities)

    def field(self, kind: Kind, id: str) -> Field | None:
        """The field with this very id; labels are for people."""
        return next((field for field in self.catalog.fields.get(kind, ()) if field.id == id), None)

    def tags(self, kind: Kind) -> Field:
        """The field that keeps tags. Raises RejectedError when there is none."""
        field = self.catalog.field(kind, self.tags_field) if self.tags_field else None
        if field is None or field.type is not FieldType.TEXT or not field.many:
            raise RejectedError(
                "Bitrix24 has no tags: name a text field of several values for them in the "
                f"connection, which each {self.entities[kind].name} must have, or take the tags out"
            )
        return field


def key_of(kind: Kind, id: str) -> str:
    """Bitrix24's name of a field."""
    return OWN_KEYS[kind].get(id, id)


# --- Bitrix24 to us --------------------------------------------------------------------------


def record(portal: Portal, kind: Kind, item: Item) -> Record:
    """Read one record. Fields that are empty in Bitrix24 are left out."""
    fields: dict[str, Json] = {}
    multifields = _multifields(item)
    for field in portal.catalog.fields.get(kind, ()):
        value = _value(kind, field, item, multifields)
        if value is not None:
            fields[field.id] = value
    tags: Sequence[str] = ()
    if portal.tags_field and (known := portal.catalog.field(kind, portal.tags_field)):
        tags = fields.get(known.id) or ()
    return Record(
        kind,
        str(item["id"]),
        fields,
        tags=tuple(tags),
        links=tuple(_links(kind, item)),
        created_at=moment(item.get("createdTime")),
        updated_at=moment(item.get("updatedTime")),
        closed=kind is Kind.DEAL and str(item.get("stageSemanticId") or _OPEN) != _OPEN,
    )


def _value(kind: Kind, field: Field, item: Item, multifields: Sequence[Item]) -> Json:
    if field.id in MULTIFIELDS:
        return [multi_text(field, one) for one in multi_of(field, multifields)] or None
    if field.id == "name" and kind is Kind.CONTACT:
        names = (str(item.get(key) or "") for key in ("name", "lastName"))
        return " ".join(filter(None, names)) or None
    if field.id == "pipeline" and "categoryId" not in item:
        return LEADS.id
    if field.type is FieldType.OPAQUE:
        return None
    return from_bitrix(field, item.get(key_of(kind, field.id)))


def _multifields(item: Item) -> list[Item]:
    values = item.get("fm")
    listed = list(values.values()) if isinstance(values, dict) else values
    return [one for one in listed or [] if isinstance(one, dict) and one.get("value")]


def multi_of(field: Field, multifields: Iterable[Item]) -> list[Item]:
    return [one for one in multifields if one.get("typeId") == MULTIFIELDS[field.id][0]]


def multi_text(field: Field, one: Item) -> str:
    text = str(one["value"])
    return f"{one.get('valueType')}:{text}" if field.type is FieldType.MESSENGER else text


def _links(kind: Kind, item: Item) -> Iterator[Ref]:
    """The main contact comes first, as Bitrix24 lists it."""
    if kind is not Kind.CONTACT:
        yield from (Ref(Kind.CONTACT, id) for id in _ids(item, "contactId", "contactIds"))
    if kind is not Kind.COMPANY:
        yield from (Ref(Kind.COMPANY, id) for id in _ids(item, "companyId", "companyIds"))


def _ids(item: Item, one: str, several: str) -> list[str]:
    listed = item.get(several)
    ids = [item.get(one), *(listed if isinstance(listed, list) else ())]
    return list(dict.fromkeys(str(id) for id in ids if id))


def activity(item: Item) -> Record:
    """Read one to-do of a record's history."""
    due = item.get("DEADLINE")
    found = {
        "text": str(item.get("DESCRIPTION") or ""),
        "type": TODO.id,
        "due": str(due) if due else None,
        "responsible": str(item.get("RESPONSIBLE_ID") or "") or None,
    }
    fields = {id: value for id, value in found.items() if value is not None}
    return Record(
        Kind.TASK,
        str(item["ID"]),
        fields,
        created_at=moment(item.get("CREATED")),
        updated_at=moment(item.get("LAST_UPDATED")),
    )


def comment(item: Item) -> Record:
    """Read one comment of a record's history."""
    fields = {"text": str(item.get("COMMENT") or "")}
    return Record(Kind.NOTE, str(item["ID"]), fields, created_at=moment(item.get("CREATED")))


def moment(value: Json) -> datetime | None:
    """A moment as Bitrix24 writes it, with the portal's offset."""
    if not isinstance(value, str) or not value:
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def same_text(one: Json, other: Json) -> bool:
    """Whether two texts differ only in what Bitrix24 may do to them: entities, ends, line breaks."""
    return _plain(one) == _plain(other)


def _plain(text: Json) -> str:
    return "\n".join(unescape(str(text)).strip().splitlines())


# --- us to Bitrix24 --------------------------------------------------------------------------


def new_fields(portal: Portal, kind: Kind, draft: Draft) -> dict[str, Json]:
    """A contact, company or deal to be created. Raises RejectedError."""
    given = {id: value for id, value in draft.fields.items() if value not in (None, [])}
    fields = changed_fields(portal, kind, given, draft.tags, {})
    if draft.marker:
        fields |= {"originatorId": ORIGINATOR, "originId": draft.marker}
    contacts = [number(link.id) for link in draft.links if link.kind is Kind.CONTACT]
    companies = [number(link.id) for link in draft.links if link.kind is Kind.COMPANY]
    if contacts:
        fields["contactIds"] = contacts
    if companies:
        fields["companyId"] = companies[0]
    return fields


def changed_fields(
    portal: Portal, kind: Kind, fields: Fields, tags: Sequence[str], current: Item
) -> dict[str, Json]:
    """Fields in Bitrix24's form. Raises RejectedError, which names the field.

    ``current`` is the record as it is, where something is added to it. Bitrix24 replaces custom
    fields of several values, and appends to phones and e-mails even what is there already.
    """
    body: dict[str, Json] = {}
    changes: dict[str, Json] = {}
    for id, value in fields.items():
        field = _writable(portal, kind, id)
        with _fitting(id):
            if id in MULTIFIELDS:
                changes |= _multi_changes(field, value, _multifields(current), len(changes))
            elif id == "name" and kind is Kind.CONTACT:
                first, last = halves(str(value or ""))
                body |= {"name": first, "lastName": last}
            elif not (id == "pipeline" and portal.with_leads):
                before = from_bitrix(field, current.get(key_of(kind, id)))
                body[key_of(kind, id)] = to_bitrix(field, value, before)
    for id in ("first_name", "last_name"):  # they know better than a name that was cut in two
        if id in fields:
            body[key_of(kind, id)] = str(fields[id] or "")
    if tags:
        field = portal.tags(kind)
        before = from_bitrix(field, body.get(field.id, current.get(field.id)))
        body[field.id] = to_bitrix(field, list(tags), before)
    if changes:
        body["fm"] = changes
    if kind is Kind.DEAL and "stage" in fields and "pipeline" not in fields:
        body |= _home_of(portal, str(fields["stage"]))
    return body


def needs_present(portal: Portal, kind: Kind, fields: Fields, tags: Sequence[str]) -> bool:
    """Whether any of this is written together with what is there already."""
    known = [portal.field(kind, id) for id in fields]
    return bool(tags) or any(field is not None and field.many for field in known)


def halves(name: str) -> tuple[str, str]:
    """First and last name; a person with one word has only the first."""
    first, _, last = name.strip().partition(" ")
    return first, last


def _writable(portal: Portal, kind: Kind, id: str) -> Field:
    field = portal.field(kind, id)
    if field is None:
        # Bitrix24 would overlook it without a word.
        raise RejectedError("the CRM has no such field", field=id)
    if field.read_only:
        raise RejectedError("only the CRM itself writes this field", field=id)
    return field


def _home_of(portal: Portal, stage: str) -> dict[str, Json]:
    """A stage belongs to one pipeline, and Bitrix24 wants both."""
    if portal.with_leads:
        return {}
    for pipeline in portal.catalog.pipelines:
        if any(one.id == stage for one in pipeline.stages):
            return {"categoryId": pipeline.id}
    return {}


def _multi_changes(
    field: Field, value: Json, present: Sequence[Item], number: int
) -> dict[str, Json]:
    """What to send so that ``value`` is added, or, if it is None, all is taken away.

    Keys are those of present values, or n0, n1, … for new ones (apidocs.bitrix24.com, multifields).
    """
    type_id, _, _ = MULTIFIELDS[field.id]
    there = multi_of(field, present)
    if value is None:
        return {str(one["id"]): {"typeId": type_id, "value": ""} for one in there}
    texts = [multi_text(field, one) for one in there]
    changes: dict[str, Json] = {}
    for text in value:
        if not any(same_value(field, str(text), old) for old in texts):
            texts.append(str(text))
            changes[f"n{number + len(changes)}"] = {"typeId": type_id, **_multi_value(field, text)}
    return changes


def _multi_value(field: Field, text: Json) -> dict[str, str]:
    if field.type is not FieldType.MESSENGER:
        return {"valueType": "WORK", "value": str(text)}
    messenger = field.option(str(text).partition(":")[0])
    address = messenger_address(str(text))
    if messenger is None or not address:
        raise ValueError("no messenger that Bitrix24 knows")
    return {"valueType": messenger.id, "value": address}


def new_todo(portal: Portal, draft: Draft) -> dict[str, Json]:
    """A to-do in the history of the record it is about. Raises RejectedError."""
    parent = parent_of(draft)
    if not draft.fields.get("due"):
        raise RejectedError("Bitrix24 wants to know when a to-do is due", field="due")
    with _fitting("due"):
        due = datetime.fromisoformat(str(draft.fields["due"])).isoformat()
    responsible = draft.fields.get("responsible")
    return {
        "ownerTypeId": portal.entity(parent.kind).type_id,
        "ownerId": number(parent.id),
        "deadline": due,
        "description": str(draft.fields.get("text", "")),
        **({"responsibleId": number(str(responsible))} if responsible else {}),
    }


def new_comment(portal: Portal, draft: Draft) -> dict[str, Json]:
    """A comment in the history of the record it is about. Raises RejectedError."""
    parent = parent_of(draft)
    fields = {
        "ENTITY_ID": number(parent.id),
        "ENTITY_TYPE": portal.entity(parent.kind).name,
        "COMMENT": str(draft.fields.get("text", "")),
    }
    return {"fields": fields}


def parent_of(draft: Draft) -> Ref:
    """The record that a task or note is about. Raises RejectedError."""
    if not draft.links:
        raise RejectedError("a task or note needs the record it is about")
    return draft.links[0]


def number(id: str) -> int:
    """An id as Bitrix24 has it. Raises NotFoundError for what is nobody's."""
    if not is_number(id):
        raise NotFoundError("the CRM has no record with this id")
    return int(id)


def is_number(id: str) -> bool:
    return id.isascii() and id.isdigit()


@contextmanager
def _fitting(id: str) -> Iterator[None]:
    try:
        yield
    except ConnectorError:
        raise
    except (ValueError, TypeError, ArithmeticError) as error:
        raise RejectedError("the value does not fit the field", field=id) from error


# --- what Bitrix24 says is wrong -------------------------------------------------------------


def blamed_field(
    portal: Portal, kind: Kind, sent: Mapping[str, Json], description: str
) -> str | None:
    """Which of the fields that were sent Bitrix24 means: it names them by title, name or code."""
    told = description.casefold()
    named = [
        (len(name), field.id)
        for field in portal.catalog.fields.get(kind, ())
        if key_of(kind, field.id) in sent or field.id in MULTIFIELDS
        for name in (field.label, key_of(kind, field.id), field.code or "")
        if len(name) > 1 and name.casefold() in told
    ]
    return max(named)[1] if named else None
