"""Associations between records: the numbers of their types, and linking in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import Json, Kind, Link, Outcome, Ref
from connectors.catalog import Catalog
from connectors.errors import NotFoundError, RejectedError
from connectors.hubspot.api import Api, Item, associations, is_id
from connectors.hubspot.bulk import Rows, failed_write, in_bulk, unanswered
from connectors.hubspot.catalog import KINDS
from connectors.hubspot.problems import RefusedError

# github.com/HubSpot/hubspot-api-nodejs, AssociationTypes: what HubSpot itself defines. A company is
# linked plainly, not as the primary one.
TYPES: Mapping[tuple[Kind, Kind], int] = {
    (Kind.DEAL, Kind.CONTACT): 3,
    (Kind.DEAL, Kind.COMPANY): 341,
    (Kind.TASK, Kind.CONTACT): 204,
    (Kind.TASK, Kind.COMPANY): 192,
    (Kind.TASK, Kind.DEAL): 216,
    (Kind.NOTE, Kind.CONTACT): 202,
    (Kind.NOTE, Kind.COMPANY): 190,
    (Kind.NOTE, Kind.DEAL): 214,
}


def born_with(kind: Kind, links: Sequence[Ref]) -> list[Json]:
    """The associations that a record is created with. Raises RejectedError."""
    return [{"to": _end(ref), "types": [_type(kind, ref.kind)]} for ref in links]


def _type(source: Kind, target: Kind) -> Json:
    number = TYPES.get((source, target))
    if number is None:
        raise RejectedError(f"the CRM links no {source} with a {target} as it is created")
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}


def _end(ref: Ref) -> dict[str, str]:
    if not is_id(ref.id):
        raise NotFoundError("the CRM has no record with this id")
    return {"id": ref.id}


def link(api: Api, catalog: Catalog, links: Sequence[Link]) -> list[Outcome]:
    """Link records: one call for each pair of kinds. Linking twice changes nothing."""
    outcomes: dict[int, Outcome] = {}
    by_kinds: dict[tuple[Kind, Kind], Rows] = {}
    for at, one in enumerate(links):
        try:
            if not {one.source.kind, one.target.kind} <= set(KINDS):
                raise RejectedError("the CRM links only people and deals")
            row = {"from": _end(one.source), "to": _end(one.target)}
        except RejectedError as error:
            outcomes[at] = Outcome.failed(error)
            continue
        by_kinds.setdefault((one.source.kind, one.target.kind), {})[at] = row
    for (source, target), rows in by_kinds.items():
        outcomes |= _linked(api, catalog, source, target, rows)
    return [outcomes[at] for at in range(len(links))]


def _linked(
    api: Api, catalog: Catalog, source: Kind, target: Kind, rows: Rows
) -> dict[int, Outcome]:
    path = associations(source, target, "associate/default")

    def send(some: Rows) -> Mapping[int, Outcome]:
        batch = api.write(path, list(some.values()), key="from")
        made = {_ends(row) for row in batch.rows}
        if batch.problems and any(_ends(row) not in made for row in some.values()):
            # HubSpot does not say of each complaint which pair it is about. Those that are linked
            # may be linked once more, so all of them go again in smaller parts.
            raise RefusedError(batch.problems[0])
        return {
            at: Outcome.done(row["to"]["id"])
            if _ends(row) in made
            else Outcome.failed(unanswered())
            for at, row in some.items()
        }

    return in_bulk(rows, send, lambda at, error: failed_write(source, error, catalog))


def _ends(row: Item) -> tuple[str, str]:
    return str(row["from"]["id"]), str(row["to"]["id"])
