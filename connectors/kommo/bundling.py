"""Deals with their people in one call: POST /leads/complex (developers.kommo.com/reference/complex-leads)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import Bundle, BundleOutcome, Json, Kind, Outcome
from connectors.catalog import Catalog
from connectors.errors import ConnectorError, OutcomeUnknownError, RejectedError
from connectors.kommo.api import Api
from connectors.kommo.mapping import new_entity, path_of
from connectors.kommo.spec import KOMMO
from connectors.kommo.writing import Bodies, in_bulk, numbered, told, unanswered

ID_KEYS: Mapping[Kind, str] = {
    Kind.DEAL: "id",
    Kind.CONTACT: "contact_id",
    Kind.COMPANY: "company_id",
}
"""Where the answer names the record made of each part."""


def create_bundles(api: Api, catalog: Catalog, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
    """Create deals with their people; Kommo links new ones with one another."""
    outcomes: dict[int, BundleOutcome] = {}
    bodies: dict[int, dict[str, Json]] = {}
    for at, bundle in enumerate(bundles):
        try:
            bodies[at] = _body(bundle, catalog)
        except _PartError as part:
            outcomes[at] = bundle.refused(part.kind, part.error)
    outcomes |= in_bulk(
        bodies,
        lambda some: _sent(api, some, bundles),
        lambda at, error: _failed(bundles[at], at, bodies[at], error),
        KOMMO.bundle_bulk,
    )
    return [outcomes[at] for at in range(len(bundles))]


class _PartError(Exception):
    """One part of a bundle cannot be written in Kommo's form."""

    def __init__(self, kind: Kind, error: RejectedError) -> None:
        super().__init__(str(error))
        self.kind = kind
        self.error = error


def _body(bundle: Bundle, catalog: Catalog) -> dict[str, Json]:
    entities = {}
    for kind, draft in bundle.parts.items():
        try:
            entities[kind] = new_entity(kind, draft, catalog)
        except RejectedError as error:
            raise _PartError(kind, error) from error
    deal = entities.pop(Kind.DEAL)
    people = {path_of(kind): [person] for kind, person in entities.items()}
    return {**deal, "_embedded": {**deal["_embedded"], **people}}


def _sent(api: Api, bodies: Bodies, bundles: Sequence[Bundle]) -> Mapping[int, BundleOutcome]:
    answer = api.write("POST", "leads/complex", numbered(bodies))
    if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
        raise OutcomeUnknownError("the answer holds no deals")
    # Kommo repeats request_ids as a list, because several requests may end in one deal.
    created = {str(id): item for item in answer for id in _listed(item.get("request_id"))}
    return {at: _outcome(bundles[at], created.get(str(at), {})) for at in bodies}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _outcome(bundle: Bundle, item: Mapping[str, Json]) -> BundleOutcome:
    ids = {kind: item.get(ID_KEYS[kind]) for kind in bundle.parts}
    return {
        kind: Outcome.done(str(id)) if id else Outcome.failed(unanswered())
        for kind, id in ids.items()
    }


def _failed(bundle: Bundle, at: int, body: Json, error: ConnectorError) -> BundleOutcome:
    part, reason = told(Kind.DEAL, at, body, error)
    if isinstance(reason, RejectedError):
        return bundle.refused(part, reason)
    return bundle.failed(reason)
