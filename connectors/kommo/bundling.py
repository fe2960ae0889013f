"""Deals with their people in one call: POST /leads/complex (developers.kommo.com/reference/complex-leads)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.base import Bundle, BundleOutcome, Draft, Json, Kind, Link, Outcome, Ref, Status
from connectors.catalog import Catalog
from connectors.errors import ConnectorError, OutcomeUnknownError, RejectedError
from connectors.kommo.api import Api
from connectors.kommo.mapping import new_entity
from connectors.kommo.spec import KOMMO
from connectors.kommo.writing import Bodies, in_bulk, link, numbered, told, unanswered


def create_bundles(api: Api, catalog: Catalog, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
    """Create deals with their people, then make the links that Kommo does not."""
    outcomes: dict[int, BundleOutcome] = {}
    bodies: dict[int, dict[str, Json]] = {}
    for at, bundle in enumerate(bundles):
        try:
            bodies[at] = _body(bundle, catalog)
        except _PartError as part:
            outcomes[at] = _refused(bundle, part.error, part.kind)
    outcomes |= in_bulk(
        bodies,
        lambda some: _sent(api, some, bundles),
        lambda at, error: _failed(bundles[at], at, bodies[at], error),
        KOMMO.bundle_bulk,
    )
    return _linked(api, bundles, [outcomes[at] for at in range(len(bundles))])


class _PartError(Exception):
    """One part of a bundle cannot be written in Kommo's form."""

    def __init__(self, kind: Kind, error: RejectedError) -> None:
        super().__init__(str(error))
        self.kind = kind
        self.error = error


def _body(bundle: Bundle, catalog: Catalog) -> dict[str, Json]:
    body = _part(Kind.DEAL, bundle.deal, catalog)
    people: dict[str, Json] = {}
    if isinstance(bundle.contact, Ref):
        people["contacts"] = [{"id": int(bundle.contact.id)}]
    elif bundle.contact:
        people["contacts"] = [_part(Kind.CONTACT, bundle.contact, catalog)]
    # An existing company is left out: Kommo was seen to ignore it here (amocrm-api-php, issue
    # 370), so it is linked afterwards.
    if isinstance(bundle.company, Draft):
        people["companies"] = [_part(Kind.COMPANY, bundle.company, catalog)]
    return {**body, "_embedded": {**body["_embedded"], **people}}


def _part(kind: Kind, draft: Draft, catalog: Catalog) -> dict[str, Json]:
    try:
        return new_entity(kind, draft, catalog)
    except RejectedError as error:
        raise _PartError(kind, error) from error


def _sent(api: Api, bodies: Bodies, bundles: Sequence[Bundle]) -> Mapping[int, BundleOutcome]:
    answer = api.write("POST", "leads/complex", numbered(bodies))
    if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
        raise OutcomeUnknownError("the answer holds no deals")
    # Kommo repeats request_ids as a list, because several requests may end in one deal.
    created = {str(id): item for item in answer for id in _listed(item.get("request_id"))}
    return {
        at: _outcome(bundles[at], created[str(at)])
        if str(at) in created
        else all_parts(bundles[at], Outcome.failed(unanswered()))
        for at in bodies
    }


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _outcome(bundle: Bundle, item: Mapping[str, Json]) -> BundleOutcome:
    return BundleOutcome(
        deal=_created(item.get("id")),
        contact=_created(item.get("contact_id")) if isinstance(bundle.contact, Draft) else None,
        company=_created(item.get("company_id")) if isinstance(bundle.company, Draft) else None,
        merged=bool(item.get("merged")),
    )


def _created(id: Json) -> Outcome:
    return Outcome.done(str(id)) if id else Outcome.failed(unanswered())


def all_parts(bundle: Bundle, outcome: Outcome) -> BundleOutcome:
    return BundleOutcome(
        deal=outcome,
        contact=outcome if isinstance(bundle.contact, Draft) else None,
        company=outcome if isinstance(bundle.company, Draft) else None,
    )


def _failed(bundle: Bundle, at: int, body: Json, error: ConnectorError) -> BundleOutcome:
    part, reason = told(Kind.DEAL, at, body, error)
    if isinstance(reason, RejectedError):
        return _refused(bundle, reason, part)
    return all_parts(bundle, Outcome.failed(reason))


def _refused(bundle: Bundle, error: RejectedError, kind: Kind) -> BundleOutcome:
    """None of a refused bundle is created; only the part at fault is told which field it was."""
    parts = all_parts(bundle, Outcome.failed(RejectedError("refused because of another record")))
    told = Outcome.failed(error)
    if kind is Kind.CONTACT and parts.contact:
        return replace(parts, contact=told)
    if kind is Kind.COMPANY and parts.company:
        return replace(parts, company=told)
    return replace(parts, deal=told)


def _linked(
    api: Api, bundles: Sequence[Bundle], outcomes: Sequence[BundleOutcome]
) -> list[BundleOutcome]:
    missing = [
        (at, one)
        for at, (bundle, outcome) in enumerate(zip(bundles, outcomes, strict=True))
        for one in _missing_links(bundle, outcome)
    ]
    results = link(api, [one for _, one in missing])
    failed: dict[int, tuple[Link, ...]] = {}
    for (at, one), result in zip(missing, results, strict=True):
        if result.status is not Status.DONE:
            failed[at] = (*failed.get(at, ()), one)
    return [replace(outcome, unlinked=failed.get(at, ())) for at, outcome in enumerate(outcomes)]


def _missing_links(bundle: Bundle, outcome: BundleOutcome) -> list[Link]:
    """The links that Kommo did not make: all that lead to a company, unless everybody is new."""
    deal = _ref(Kind.DEAL, None, outcome.deal)
    contact = _ref(Kind.CONTACT, bundle.contact, outcome.contact)
    company = _ref(Kind.COMPANY, bundle.company, outcome.company)
    links = []
    if company and deal and isinstance(bundle.company, Ref):
        links.append(Link(deal, company))
    if company and contact and Ref in (type(bundle.company), type(bundle.contact)):
        links.append(Link(contact, company))
    return links if deal else []


def _ref(kind: Kind, part: Draft | Ref | None, outcome: Outcome | None) -> Ref | None:
    if isinstance(part, Ref):
        return part
    return Ref(kind, outcome.id) if outcome and outcome.id else None
