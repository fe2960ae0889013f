"""Tags: their ids are per entity type, and a record's set is replaced or added to."""

from __future__ import annotations

from typing import Any

from connectors.kommo.simulator.crm import Crm
from connectors.kommo.simulator.element import Element
from connectors.simulation import Record

Tags = list[dict[str, Any]]


def check_tags(crm: Crm, entity: str, element: Element) -> None:
    """Find what is wrong with the tags that a write names."""
    for item in _named(element):
        name, id = item.body.get("name"), item.body.get("id")
        if id is not None:
            if not isinstance(id, int) or crm.store.get(f"{entity}/tags", id) is None:
                item.refuse("NotSupportedChoice", "id")
        elif name is None:
            item.refuse("FieldMissing", "name")
        elif not isinstance(name, str):
            item.refuse("InvalidType", "name", "This value should be of type string.")


def tags_after(crm: Crm, entity: str, element: Element, before: Tags) -> Tags:
    """The tags of a record after a write that `check_tags` found right.

    ``_embedded.tags`` replaces the whole set, null clears it; ``tags_to_add`` and
    ``tags_to_delete`` leave the others alone. Source: developers.kommo.com, Tags.
    """
    after = {tag["id"]: tag for tag in before}
    if element.embeds("tags"):
        after = {}
        for item in element.embedded("tags"):
            tag = tag_of(crm, entity, item.body)
            after[tag["id"]] = tag
    for item in _listed(element, "tags_to_add"):
        tag = tag_of(crm, entity, item.body)
        after[tag["id"]] = tag
    gone = {
        (item.body.get("id"), item.body.get("name")) for item in _listed(element, "tags_to_delete")
    }
    return [
        tag
        for tag in after.values()
        if (tag["id"], None) not in gone and (None, tag["name"]) not in gone
    ]


def tag_of(crm: Crm, entity: str, named: Record) -> dict[str, Any]:
    """The tag with this id or name; a new name makes a new tag."""
    kind = f"{entity}/tags"
    if named.get("id") is not None:
        found = crm.store.get(kind, named["id"])
    else:
        tags = crm.store.all(kind)
        found = next((tag for tag in tags if tag["name"] == named["name"]), None)
    return dict(found or crm.store.add(kind, {"name": named["name"], "color": None}))


def _named(element: Element) -> list[Element]:
    return [
        *element.embedded("tags"),
        *_listed(element, "tags_to_add"),
        *_listed(element, "tags_to_delete"),
    ]


def _listed(element: Element, key: str) -> list[Element]:
    listed = element.body.get(key)
    return element.children(key, listed) if listed is not None else []
