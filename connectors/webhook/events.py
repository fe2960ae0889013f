"""What is told: records, changes and links as events with ids that stay the same when repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from connectors.base import Bundle, Change, Draft, Fields, Json, Kind, Link, Ref
from connectors.catalog import Catalog
from connectors.webhook.catalog import LISTS
from connectors.webhook.template import Names, fill

Record = Mapping[str, Json]

_LINKED: Mapping[Kind, tuple[str, ...]] = {
    Kind.CONTACT: ("company_id",),
    Kind.COMPANY: (),
    Kind.DEAL: ("contact_id", "company_id"),
    Kind.TASK: ("contact_id", "company_id", "deal_id"),
    Kind.NOTE: ("contact_id", "company_id", "deal_id"),
}
_TEXTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TASK: ("text", "type", "due", "responsible"),
    Kind.NOTE: ("text",),
}


@dataclass(frozen=True, slots=True)
class Event:
    """``records``: kind to what is told of the record. ``refers``: to one that was told of before."""

    id: str
    type: str
    records: Mapping[str, Record]
    refers: bool

    def body(self, template: Json) -> bytes:
        """What is posted: as the template has it, or in the usual form if there is none."""
        content: Json = {"type": self.type, "data": dict(self.records)}
        if template is not None:
            content = fill(template, {"event": {"id": self.id, "type": self.type}, **self.records})
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def names(catalog: Catalog) -> Names:
    """What a template may name."""
    known: dict[str, tuple[str, ...]] = {"event": ("id", "type")}
    for kind, links in _LINKED.items():
        fields = [field.id for field in catalog.fields.get(kind, ())] or [*_TEXTS.get(kind, ())]
        lists = [LISTS[id] for id in fields if id in LISTS]
        tags = ["tags"] if kind in catalog.fields else []
        known[kind] = ("id", *fields, *lists, *tags, *links)
    return known


def key_of(marker: str) -> str:
    """The id of what the step with this marker tells. The specification wants no full stop in it."""
    return "fw_" + (sha256(marker.encode()).hexdigest()[:32] if marker else uuid4().hex)


def creation(kind: Kind, draft: Draft) -> Event:
    key = key_of(draft.marker)
    record = _record(key, draft.fields, draft.tags, draft.links)
    return Event(key, f"{kind}.created", {kind: record}, refers=bool(draft.links))


def bundle(parts: Bundle) -> tuple[Event, Mapping[Kind, str]]:
    """A deal with its people as one event, and the id that each part has in it."""
    keys = {kind: key_of(draft.marker) for kind, draft in parts.parts.items()}
    people = {kind: key for kind, key in keys.items() if kind is not Kind.DEAL}
    records = {}
    for kind, draft in parts.parts.items():
        wanted = {other for other in people if f"{other}_id" in _LINKED[kind]}
        links = [Ref(other, people[other]) for other in people if other in wanted]
        records[kind.value] = _record(keys[kind], draft.fields, draft.tags, links)
    return Event(keys[Kind.DEAL], "deal.created", records, refers=False), keys


def change(kind: Kind, changed: Change) -> Event:
    """Its id is new each time: the same change may be wanted again, and comes out the same."""
    record = _record(changed.id, changed.fields, changed.tags, ())
    if not changed.tags:
        record = {name: value for name, value in record.items() if name != "tags"}
    return Event(key_of(""), f"{kind}.updated", {kind: record}, refers=True)


def linking(link: Link) -> Event:
    """Its id is that of the pair, whichever comes first."""
    pair = sorted((link.source, link.target), key=lambda ref: (ref.kind, ref.id))
    key = key_of(json.dumps(["link", *([ref.kind, ref.id] for ref in pair)]))
    return Event(key, "link.created", {ref.kind.value: {"id": ref.id} for ref in pair}, refers=True)


def _record(id: str, fields: Fields, tags: Iterable[str], links: Iterable[Ref]) -> Record:
    """The fields by name; of several phones or e-mails the first, and all under the name of many."""
    told: dict[str, Json] = {"id": id}
    for name, value in fields.items():
        told[name] = value
        if name in LISTS:
            values = value if isinstance(value, list | tuple) else None
            told[name] = values[0] if values else None
            told[LISTS[name]] = None if values is None else list(values)
    told["tags"] = list(tags)
    return told | {f"{ref.kind}_id": ref.id for ref in links}
