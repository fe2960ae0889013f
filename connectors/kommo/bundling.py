"""Deals with their people in one call: POST /leads/complex (developers.kommo.com/reference/complex-leads)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.base import Bundle, BundleOutcome, Json, Kind, Outcome
from connectors.catalog import Catalog
from connectors.errors import ConnectorError, OutcomeUnknownError, RejectedError
from connectors.kommo.api import Api, Item
from connectors.kommo.finding import WITH
from connectors.kommo.incoming import incoming
from connectors.kommo.mapping import new_entity, path_of, record
from connectors.kommo.spec import KOMMO
from connectors.kommo.writing import Bodies, in_bulk, numbered, told, unanswered

ID_KEYS: Mapping[Kind, str] = {
    Kind.DEAL: "id",
    Kind.CONTACT: "contact_id",
    Kind.COMPANY: "company_id",
}
"""Where the answer names the record made of each part."""


def create_bundles(
    api: Api, catalog: Catalog, bundles: Sequence[Bundle], source: str
) -> list[BundleOutcome]:
    """Create deals with their people; Kommo links new ones with one another.

    Enquiries come as incoming leads of ``source``, which Kommo may merge into deals it has.
    """
    outcomes: dict[int, BundleOutcome] = {}
    bodies: dict[int, dict[str, Json]] = {}
    for at, bundle in enumerate(bundles):
        try:
            bodies[at] = _body(bundle, catalog, source)
        except _PartError as part:
            outcomes[at] = bundle.refused(part.kind, part.error)
    outcomes |= in_bulk(
        bodies,
        lambda some: _sent(api, catalog, some, bundles),
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


def _body(bundle: Bundle, catalog: Catalog, source: str) -> dict[str, Json]:
    entities = {}
    for kind, draft in bundle.parts.items():
        try:
            entities[kind] = new_entity(kind, draft, catalog)
        except RejectedError as error:
            raise _PartError(kind, error) from error
    deal = entities.pop(Kind.DEAL)
    people = {path_of(kind): [person] for kind, person in entities.items()}
    body = {**deal, "_embedded": {**deal["_embedded"], **people}}
    return incoming(body, bundle.enquiry, source) if bundle.enquiry else body


def _sent(
    api: Api, catalog: Catalog, bodies: Bodies, bundles: Sequence[Bundle]
) -> Mapping[int, BundleOutcome]:
    answer = api.write("POST", "leads/complex", numbered(bodies))
    if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
        raise OutcomeUnknownError("the answer holds no deals")
    # Kommo repeats request_ids as a list, because several requests may end in one deal.
    created = {str(id): item for item in answer for id in _listed(item.get("request_id"))}
    ids = {at: _ids(api, catalog, bundles[at], created.get(str(at), {})) for at in bodies}
    return {at: _outcome(some) for at, some in ids.items()}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _ids(api: Api, catalog: Catalog, bundle: Bundle, item: Item) -> dict[Kind, str | None]:
    """The record that each part has become, None where Kommo tells of none."""
    named = {kind: item.get(ID_KEYS[kind]) for kind in bundle.parts}
    ids = {kind: str(id) if id else None for kind, id in named.items()}
    deal = ids[Kind.DEAL]
    if item.get("merged") and deal and None in ids.values():
        # Kommo may merge without saying into whom: the people of a merged deal are its own.
        people = _people_of(api, catalog, deal)
        return {kind: id or people.get(kind) for kind, id in ids.items()}
    return ids


def _people_of(api: Api, catalog: Catalog, deal: str) -> dict[Kind, str]:
    """The main contact and the company of a deal; nobody when they could not be read."""
    try:
        items = api.items_by_id(path_of(Kind.DEAL), [deal], WITH[Kind.DEAL])
    except ConnectorError:
        return {}  # the deal is written all the same; only its people remain unknown
    links = [link for item in items.values() for link in record(Kind.DEAL, item, catalog).links]
    return {link.kind: link.id for link in reversed(links)}  # the main contact comes first


def _outcome(ids: Mapping[Kind, str | None]) -> BundleOutcome:
    return {
        kind: Outcome.done(id) if id else Outcome.failed(unanswered()) for kind, id in ids.items()
    }


def _failed(bundle: Bundle, at: int, body: Json, error: ConnectorError) -> BundleOutcome:
    part, reason = told(Kind.DEAL, at, body, error)
    if isinstance(reason, RejectedError):
        return bundle.refused(part, reason)
    return bundle.failed(reason)
