"""Whether a submission goes on with open deals or makes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.base import Json, Kind, Query, Record
from connectors.catalog import Field
from engine.deciding.changes import same_value
from engine.deciding.matching import Found, LookUp, People, newest, title_of
from engine.deciding.plan import Candidate
from engine.deciding.wanting import Intent, WantedDeal


@dataclass(slots=True)
class KnownDeal:
    """An open deal to go on with. ``move``: it goes to the wanted stage."""

    record: Record
    why: str
    move: bool = False


@dataclass(slots=True)
class DealDecision:
    """The deals to go on with; none means a new one. ``keeps``: they stay as they are.

    ``looked`` says whether deals were looked for at all. ``hold``: a person must choose.
    """

    why: str
    known: tuple[KnownDeal, ...] = ()
    keeps: bool = False
    looked: bool = False
    candidates: tuple[Candidate, ...] = ()
    hold: str | None = None

    def records(self) -> list[Record]:
        return [known.record for known in self.known]


def deal_queries(intent: Intent, people: People) -> list[LookUp]:
    """The look-ups for deals of the people found; none when the module does not look for deals."""
    if intent.deal is None or intent.deal.duplicates.control != "formwire":
        return []
    return [(Kind.DEAL, Query(record.kind, record.id)) for record in people.found()]


def decide_deals(wanted: WantedDeal | None, people: People, found: Found) -> DealDecision:
    """Choose by the module's ``duplicates``; without a deal part there is nothing to choose."""
    if wanted is None:
        return DealDecision("the module has no deal")
    match wanted.duplicates.control:
        case "none":
            return DealDecision("every submission makes a deal")
        case "crm":
            return DealDecision("the CRM's own duplicate control decides")
    deals = _deals_of(people, found)
    if not deals:
        return DealDecision(_NO_DEAL, looked=True)
    reasons = {deal.id: _why_not(wanted, deal) for deal in deals}
    decision = _choose(wanted, [deal for deal in deals if reasons[deal.id] is None])
    taken = {known.record.id for known in decision.known}
    decision.looked = True
    decision.candidates = tuple(
        Candidate(
            Kind.DEAL,
            deal.id,
            title_of(deal.fields),
            deal.id in taken,
            reasons[deal.id] or ("taken" if deal.id in taken else "another is taken"),
        )
        for deal in deals
    )
    return decision


_NO_DEAL = "no open deal to go on with"


def _choose(wanted: WantedDeal, deals: Sequence[Record]) -> DealDecision:
    duplicates = wanted.duplicates
    if not deals:
        return DealDecision(_NO_DEAL)
    many = f"{len(deals)} open deals found" if len(deals) > 1 else "one open deal found"
    if duplicates.found == "create" or (len(deals) > 1 and duplicates.several == "create"):
        return DealDecision(f"{many}; the module makes a new one")
    if len(deals) > 1 and duplicates.several == "hold":
        ids = ", ".join(sorted(deal.id for deal in deals))
        return DealDecision("", hold=f"several open deals match: {ids}")
    first = newest(deals)
    chosen = [first]
    if duplicates.several == "all":
        chosen += [deal for deal in deals if deal is not first]
    keeps = duplicates.found == "keep"
    if len(chosen) > 1:
        what = "each is kept as it is" if keeps else "each goes on"
    elif len(deals) > 1:
        what = "the newest is kept as it is" if keeps else "the newest goes on"
    else:
        what = "it is kept as it is" if keeps else "it goes on"
    return DealDecision(
        many,
        known=tuple(_known(wanted, deal, f"{many}; {what}") for deal in chosen),
        keeps=keeps,
    )


def _known(wanted: WantedDeal, deal: Record, why: str) -> KnownDeal:
    if wanted.duplicates.found != "move":
        return KnownDeal(deal, why)
    obstacle = _why_not_moved(wanted, deal)
    return KnownDeal(deal, f"{why}; {obstacle}" if obstacle else why, move=obstacle is None)


def _why_not_moved(wanted: WantedDeal, deal: Record) -> str | None:
    target, at = wanted.record.value("stage"), deal.fields.get("stage")
    same_pipeline = deal.fields.get("pipeline") == wanted.record.value("pipeline")
    if target is None or (same_pipeline and target == at):
        return "it is in the wanted stage already"
    order = wanted.stage_order or {}
    if wanted.duplicates.backwards or not same_pipeline:
        return None
    if not isinstance(at, str) or at not in order or target not in order:
        return None
    return (
        None if order[target] > order[at] else "it is further along, and no stage moves backwards"
    )


def _deals_of(people: People, found: Found) -> list[Record]:
    deals: dict[str, Record] = {}
    for owner in people.found():
        for deal in found.get((Kind.DEAL, Query(owner.kind, owner.id)), ()):
            deals[deal.id] = deal
    return list(deals.values())


def _why_not(wanted: WantedDeal, deal: Record) -> str | None:
    """Why the deal may not stand for the wanted one; None when it may."""
    place = (deal.fields.get("pipeline"), deal.fields.get("stage"))
    if deal.closed:
        return "it is closed"
    if wanted.pipelines and place[0] not in wanted.pipelines:
        return "it is in another pipeline"
    if wanted.stages and place not in wanted.stages:
        return "it is in another stage"
    if wanted.since and (deal.created_at is None or deal.created_at < wanted.since):
        return "it is too old"
    for field, value in wanted.where:
        if not _has(deal, field, value):
            return f"its {field.label} is another"
    return None


def _has(deal: Record, field: Field, value: Json) -> bool:
    there = deal.fields.get(field.id)
    if isinstance(there, list):
        wanted = value if isinstance(value, list) else [value]
        return all(any(same_value(field, one, other) for other in there) for one in wanted)
    return there is not None and same_value(field, value, there)
