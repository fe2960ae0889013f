"""Links in Odoo: a contact has one company, and a deal one customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.base import Draft, Kind, Link, Outcome, Ref, Status
from connectors.catalog import Catalog
from connectors.errors import ConnectorError, NotFoundError, RejectedError, UnavailableError
from connectors.odoo.api import ARCHIVED_TOO, Api
from connectors.odoo.catalog import LEAD
from connectors.odoo.finding import links_of, read_customers
from connectors.odoo.values import BY_ID
from connectors.odoo.writing import change_links

# Records that can be linked, in the order in which one refers to the next.
LINKED_FROM = (Kind.DEAL, Kind.CONTACT, Kind.COMPANY)


@dataclass(slots=True)
class _Scene:
    """The people and deals that are linked, as they are and as they are to be."""

    companies: dict[str, str | None]  # person's id to company's
    people: Mapping[str, tuple[Ref, ...]]
    customers: dict[str, str | None]  # deal's id to customer's
    new_companies: dict[str, str] = field(default_factory=dict)
    new_customers: dict[str, str] = field(default_factory=dict)


def link(api: Api, catalog: Catalog, links: Sequence[Link]) -> list[Outcome]:
    """Link records: two calls to read them, and one for contacts and for deals that change."""
    outcomes: dict[int, Outcome] = {}
    pairs: dict[int, tuple[Ref, Ref]] = {}
    for at, one in enumerate(links):
        kinds = {one.source.kind, one.target.kind}
        if len(kinds) < 2 or not kinds <= set(LINKED_FROM):
            outcomes[at] = Outcome.failed(RejectedError("the CRM links only people and deals"))
            continue
        ends = sorted((one.source, one.target), key=lambda ref: LINKED_FROM.index(ref.kind))
        pairs[at] = (ends[0], ends[1])
    if not pairs:
        return [outcomes[at] for at in range(len(links))]
    try:
        scene = _read(api, pairs.values())
    except ConnectorError as error:
        return [outcomes.get(at, _not_sent(error)) for at in range(len(links))]
    touched: dict[int, tuple[str, ...]] = {}
    for at, (source, target) in pairs.items():
        if {source.id, target.id} - _there(scene, source, target):
            outcomes[at] = Outcome.failed(NotFoundError("the CRM has no record with this id"))
        else:
            touched[at] = _intend(scene, source, target)
    written = _write(api, catalog, scene)
    for at, keys in touched.items():
        failed = [written[key] for key in keys if written[key].status is not Status.DONE]
        outcomes[at] = failed[0] if failed else Outcome.done(links[at].target.id)
    return [outcomes[at] for at in range(len(links))]


def _not_sent(error: ConnectorError) -> Outcome:
    return Outcome(Status.NOT_APPLIED, error=error)


def _there(scene: _Scene, source: Ref, target: Ref) -> set[str]:
    people = scene.companies.keys()
    sources = scene.customers.keys() if source.kind is Kind.DEAL else people
    return {source.id} & sources | {target.id} & people


def _read(api: Api, pairs: Iterable[tuple[Ref, Ref]]) -> _Scene:
    refs = [ref for pair in pairs for ref in pair if ref.id.isascii() and ref.id.isdigit()]
    deals = sorted({int(ref.id) for ref in refs if ref.kind is Kind.DEAL})
    domain = [["id", "in", deals]]
    found = api.records(LEAD, domain, ["partner_id"], context=ARCHIVED_TOO) if deals else []
    customers = {
        str(item["id"]): str(item["partner_id"][0]) if item.get("partner_id") else None
        for item in found
    }
    people = {int(ref.id) for ref in refs if ref.kind is not Kind.DEAL}
    items = read_customers(api, people | {int(id) for id in customers.values() if id})
    return _Scene(
        companies={
            str(id): str(item["parent_id"][0]) if item.get("parent_id") else None
            for id, item in items.items()
        },
        people={str(id): links_of(item) for id, item in items.items()},
        customers=customers,
    )


def _intend(scene: _Scene, source: Ref, target: Ref) -> tuple[str, ...]:
    """Note what has to be written for one link; the keys of those writes."""
    if source.kind is Kind.CONTACT:
        return _join(scene, source.id, target.id, moves=True)
    customer = scene.customers[source.id]
    if customer is None:
        return _take(scene, source.id, target.id)
    is_company = scene.people[customer][0].kind is Kind.COMPANY
    if target.kind is Kind.COMPANY:
        return () if is_company else _join(scene, customer, target.id, moves=False)
    if not is_company:
        return ()  # the deal has its customer, and keeps it
    return (
        *_take(scene, source.id, target.id),
        *_join(scene, target.id, customer, moves=False),
    )


def _take(scene: _Scene, deal: str, customer: str) -> tuple[str, ...]:
    scene.customers[deal] = scene.new_customers[deal] = customer
    return (f"deal {deal}",)


def _join(scene: _Scene, contact: str, company: str, *, moves: bool) -> tuple[str, ...]:
    """Let a contact belong to a company; without ``moves`` only who has none yet."""
    there = scene.companies.get(contact)
    if there == company or (there and not moves):
        return (f"contact {contact}",) if contact in scene.new_companies else ()
    scene.companies[contact] = scene.new_companies[contact] = company
    return (f"contact {contact}",)


def _write(api: Api, catalog: Catalog, scene: _Scene) -> dict[str, Outcome]:
    contacts = change_links(
        api, catalog, f"parent_id{BY_ID}", Kind.CONTACT, scene.new_companies.items()
    )
    stopped = next((one.error for one in contacts.values() if _ends(one)), None)
    if stopped:
        deals = {id: Outcome.failed(UnavailableError(str(stopped))) for id in scene.new_customers}
    else:
        deals = change_links(
            api, catalog, f"partner_id{BY_ID}", Kind.DEAL, scene.new_customers.items()
        )
    return {
        **{f"contact {id}": outcome for id, outcome in contacts.items()},
        **{f"deal {id}": outcome for id, outcome in deals.items()},
    }


def _ends(outcome: Outcome) -> bool:
    """Whether nothing more is to be sent after this."""
    return outcome.status in (Status.NOT_APPLIED, Status.UNKNOWN)


def join_companies(
    api: Api, catalog: Catalog, drafts: Mapping[int, Draft]
) -> dict[int, ConnectorError]:
    """Let the contacts of new deals belong to the deals' companies, if they have none yet.

    A deal shows only its customer. Returns what stands in the way of which deal; nothing of it has
    been written then.
    """
    wanted: dict[int, tuple[str, str]] = {}
    for at, draft in drafts.items():
        ids = {ref.kind: ref.id for ref in reversed(draft.links)}
        if Kind.CONTACT in ids and Kind.COMPANY in ids:
            wanted[at] = (ids[Kind.CONTACT], ids[Kind.COMPANY])
    if not wanted:
        return {}
    pairs = [
        Link(Ref(Kind.CONTACT, contact), Ref(Kind.COMPANY, company))
        for contact, company in wanted.values()
    ]
    try:
        scene = _read(api, [(pair.source, pair.target) for pair in pairs])
    except ConnectorError as error:
        return dict.fromkeys(wanted, error)
    for contact, company in wanted.values():
        if contact in scene.companies:
            _join(scene, contact, company, moves=False)
    written = _write(api, catalog, scene)
    return {
        at: outcome.error
        for at, (contact, _) in wanted.items()
        if (outcome := written.get(f"contact {contact}")) and outcome.error
    }
