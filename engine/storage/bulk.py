"""Bulk orders: one decision about many runs, and how far it is carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session, joinedload

from engine.storage.base import now
from engine.storage.model_bulk import BulkItem, BulkOrder, BulkState
from engine.storage.models import UNFINISHED, Module, Run, RunState, Submission
from engine.storage.runs_list import Choice, conditions
from engine.storage.submissions import Page

PAGE = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is.

    ``left_alone`` are items whose run was in no state for it any more. ``queued`` counts by state
    what became of the runs that go on because of it.
    """

    items: int = 0
    decided: int = 0
    left_alone: int = 0
    queued: Mapping[RunState, int] = field(default_factory=dict)

    @property
    def percent(self) -> int:
        return 100 * self.decided // self.items if self.items else 100


LEFT_ALONE = "left alone: "
"""How the outcome of an item begins about which nothing was done."""


def make_order(session: Session, verb: str, choice: Choice, *, author: str) -> BulkOrder:
    """An order about the runs of ``choice`` as they are now; what comes later is not in it."""
    order = BulkOrder(verb=verb, choice=_document(choice), author=author)
    session.add(order)
    session.flush()
    chosen = select(literal(order.id), Run.id, literal("")).where(*conditions(choice))
    session.execute(insert(BulkItem).from_select(["order_id", "run_id", "outcome"], chosen))
    return order


def order_by_public_id(session: Session, public_id: str) -> BulkOrder | None:
    return session.scalars(select(BulkOrder).where(BulkOrder.public_id == public_id)).first()


def locked_order(session: Session, order_id: int) -> BulkOrder:
    """The order as it is now, which nobody else changes before this transaction ends."""
    return session.scalars(
        select(BulkOrder)
        .where(BulkOrder.id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def going_orders(session: Session) -> Sequence[int]:
    """Orders that are to be carried out, the oldest first."""
    return session.scalars(
        select(BulkOrder.id).where(BulkOrder.state == BulkState.GOING).order_by(BulkOrder.id)
    ).all()


def orders_page(session: Session, number: int) -> Page[BulkOrder]:
    """The latest orders first. A number past the end gives the last page."""
    total = session.scalar(select(func.count(BulkOrder.id))) or 0
    number = min(number, max(1, -(-total // PAGE)))
    rows = session.scalars(
        select(BulkOrder).order_by(BulkOrder.id.desc()).limit(PAGE).offset((number - 1) * PAGE)
    ).all()
    return Page(rows, number, total, PAGE)


def open_items(session: Session, order_id: int, count: int) -> Sequence[BulkItem]:
    """The next items, in the order in which their runs were made."""
    return session.scalars(
        select(BulkItem)
        .where(BulkItem.order_id == order_id, BulkItem.outcome == "")
        .order_by(BulkItem.run_id)
        .limit(count)
    ).all()


def waiting_count(session: Session, order_id: int) -> int:
    """How many runs that go on because of the order have not ended yet."""
    return (
        session.scalar(
            select(func.count())
            .select_from(BulkItem)
            .join(Run, Run.id == BulkItem.queued_id)
            .where(BulkItem.order_id == order_id, Run.state.in_(UNFINISHED))
        )
        or 0
    )


def end_order(order: BulkOrder, state: BulkState) -> None:
    order.state, order.ended_at = state, now()


def progress_of(session: Session, order_ids: Sequence[int]) -> dict[int, Progress]:
    """How far each of the orders is."""
    queued: dict[int, dict[RunState, int]] = {}
    states = (
        select(BulkItem.order_id, Run.state, func.count())
        .join(Run, Run.id == BulkItem.queued_id)
        .where(BulkItem.order_id.in_(order_ids))
        .group_by(BulkItem.order_id, Run.state)
    )
    for order_id, state, count in session.execute(states):
        queued.setdefault(order_id, {})[RunState(state)] = count
    counts = (
        select(
            BulkItem.order_id,
            func.count(),
            func.count().filter(BulkItem.outcome != ""),
            func.count().filter(BulkItem.outcome.startswith(LEFT_ALONE)),
        )
        .where(BulkItem.order_id.in_(order_ids))
        .group_by(BulkItem.order_id)
    )
    found = {
        order_id: Progress(items, decided, left_alone, queued.get(order_id, {}))
        for order_id, items, decided, left_alone in session.execute(counts)
    }
    return {order_id: found.get(order_id, Progress()) for order_id in order_ids}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item, the run it is about, and the run that goes on because of it."""

    item: BulkItem
    run: Run
    queued: Run | None


def latest_items(session: Session, order_id: int, count: int) -> Sequence[ItemRow]:
    """The items decided last, the latest first."""
    items = session.scalars(
        select(BulkItem)
        .where(BulkItem.order_id == order_id, BulkItem.outcome != "")
        .order_by(BulkItem.run_id.desc())
        .limit(count)
    ).all()
    ids = {id for item in items for id in (item.run_id, item.queued_id) if id is not None}
    runs = {
        run.id: run
        for run in session.scalars(
            select(Run)
            .where(Run.id.in_(ids))
            .options(
                joinedload(Run.submission).joinedload(Submission.form),
                joinedload(Run.module).joinedload(Module.form),
            )
        )
    }
    return [ItemRow(item, runs[item.run_id], runs.get(item.queued_id or 0)) for item in items]


def _document(choice: Choice) -> dict[str, Any]:
    """What was asked, as plain JSON."""
    given = {key: value for key, value in asdict(choice).items() if value}
    return {
        key: value
        if isinstance(value, str)
        else value.isoformat()
        if key in ("since", "until")
        else sorted(value)
        for key, value in given.items()
    }
