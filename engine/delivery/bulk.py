"""Carrying out bulk orders: bit by bit, behind all live runs, so that they keep nobody waiting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from engine.delivery.levers import CHOSEN, NotNow, Verb, pull
from engine.instance import Instance
from engine.storage.audit import Actor, add_entry
from engine.storage.bulk import (
    LEFT_ALONE,
    end_order,
    going_orders,
    locked_order,
    make_order,
    open_items,
    progress_of,
    waiting_count,
)
from engine.storage.model_bulk import BulkItem, BulkOrder, BulkState
from engine.storage.models import Lane
from engine.storage.runs import locked_run
from engine.storage.runs_list import Choice

MOST_WAITING = 500
"""How many runs of one order may be under way; it goes on as they end."""
A_TICK = 200
A_TRANSACTION = 20

_MOVES: Mapping[str, tuple[Collection[BulkState], BulkState]] = {
    "pause": ((BulkState.GOING,), BulkState.PAUSED),
    "resume": ((BulkState.PAUSED,), BulkState.GOING),
    "stop": ((BulkState.GOING, BulkState.PAUSED), BulkState.STOPPED),
}
"""What a person may do to an order: in which states, and what it is then."""


def fitting(verb: Verb, choice: Choice) -> Choice:
    """``choice`` without the states in which ``verb`` cannot be. Raises NotNow when none is left."""
    states = sorted(set(choice.states or CHOSEN[verb]) & set(CHOSEN[verb]))
    if not states:
        known = ", ".join(sorted(CHOSEN[verb]))
        raise NotNow(f"{verb} is for runs that are one of: {known}")
    return replace(choice, states=tuple(states))


def order(session: Session, verb: Verb, choice: Choice, actor: Actor) -> BulkOrder:
    """Have ``verb`` done to every run of ``choice``. Raises NotNow when there is none."""
    made = make_order(session, verb, fitting(verb, choice), author=actor.name)
    count = progress_of(session, [made.id])[made.id].items
    if not count:
        raise NotNow("no run is like that")
    # A reason may hold what a visitor sent; the order itself keeps it, where it can be erased.
    told = {key: value for key, value in made.choice.items() if key != "reason"}
    details = {"verb": verb, "runs": count, "choice": told}
    add_entry(session, actor, "order", "bulk order", made.public_id, details)
    return made


def steer(session: Session, order_id: int, move: str, actor: Actor) -> BulkOrder:
    """Pause, resume or stop an order. What it has decided stays. Raises NotNow."""
    found = locked_order(session, order_id)
    before, after = _MOVES[move]
    if found.state not in before:
        raise NotNow(f"the order is {found.state}")
    if after is BulkState.STOPPED:
        end_order(found, after)
    else:
        found.state = after
    add_entry(session, actor, move, "bulk order", found.public_id)
    return found


def carry_orders(instance: Instance) -> None:
    """Go on with every order that is going. Whoever rings for due runs finds its work."""
    with instance.database.read() as session:
        ids = going_orders(session)
    for id in ids:
        left = A_TICK
        while left > 0 and (done := _carry(instance, id, min(left, A_TRANSACTION))):
            left -= done


def _carry(instance: Instance, order_id: int, most: int) -> int:
    """Decide about the next items in one transaction; how many, 0 when there is nothing to do now."""
    with instance.database.write() as session:
        found = locked_order(session, order_id)
        if found.state != BulkState.GOING:
            return 0
        room = MOST_WAITING - waiting_count(session, order_id)
        if room <= 0:
            return 0
        items = open_items(session, order_id, min(most, room))
        for item in items:
            _decide(session, found, item)
        if not items:
            end_order(found, BulkState.ENDED)
        return len(items)


def _decide(session: Session, found: BulkOrder, item: BulkItem) -> None:
    """Pull the order's lever for one run; one that is in no state for it any more is left alone."""
    run, verb = locked_run(session, item.run_id), Verb(found.verb)
    try:
        going = pull(session, verb, run, found.author)
    except NotNow as error:
        item.outcome = f"{LEFT_ALONE}{error}"
        return
    item.outcome = verb
    if verb is not Verb.DISCARD:
        going.lane, item.queued_id = Lane.BULK, going.id
