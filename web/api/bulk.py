"""Bulk orders: one decision about many runs, carried out bit by bit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from engine.deciding.documents import Document, Key
from engine.delivery.bulk import fitting, order, steer
from engine.delivery.levers import Verb
from engine.storage.bulk import Progress, order_by_public_id, orders_page, progress_of
from engine.storage.model_bulk import BulkOrder, BulkState
from engine.storage.models import RunState
from engine.storage.runs_list import Choice, chosen_runs, count_runs
from engine.storage.tokens import Scope
from web.acting import actor
from web.api.finding import found
from web.api.operations import Operation, Told
from web.api.problems import possible
from web.api.reading import Instant, Number, PublicId
from web.database import db


class ChoiceDetail(Document):
    """What must be true of each run; nothing said is nothing asked.

    Of ``states``, those count in which the verb can be. ``reason`` is any part of the run's.
    """

    runs: Annotated[tuple[PublicId, ...], Field(max_length=1_000)] = ()
    states: tuple[RunState, ...] = ()
    form: Key | None = None
    module: Key | None = None
    connection: Key | None = None
    reason: Annotated[str, Field(max_length=200)] | None = None
    received_from: Instant | None = None
    received_before: Instant | None = None


class OrderRequest(Document):
    """What is to be done, and to which runs."""

    verb: Verb
    choice: ChoiceDetail


class Chosen(Document):
    """How many runs an order would be about; ``sample`` is the newest of them."""

    runs: int
    sample: PublicId | None


class OrderDetail(Document):
    """An order and how far it is.

    Of ``runs``, ``decided`` have had their turn; ``left_alone`` of these were in no state for it any
    more. ``queued`` counts by state what became of those that go on because of it.
    """

    order: PublicId
    verb: Verb
    choice: dict[str, Any]
    state: BulkState
    author: str
    runs: int
    decided: int
    left_alone: int
    queued: dict[RunState, int]
    created_at: datetime
    ended_at: datetime | None


class OrderList(Document):
    """Orders, the newest first; ``pages`` is how many pages there are."""

    items: tuple[OrderDetail, ...]
    page: int
    pages: int


class OrderFilter(Document):
    """Which page is wanted."""

    page: Number = Field(1, description="The page's number; the first is 1.")


def list_orders(query: OrderFilter) -> Told:
    """List the bulk orders, the newest first."""
    page = orders_page(db.session(), query.page)
    progress = progress_of(db.session(), [row.id for row in page.rows])
    items = tuple(_detail(row, progress[row.id]) for row in page.rows)
    return OrderList(items=items, page=page.number, pages=page.pages)


def get_order(order: str) -> Told:
    """Get a bulk order and how far it is."""
    return _told(_order(order))


def count_chosen(body: OrderRequest) -> Told:
    """Count the runs that an order would be about, without giving it."""
    with possible():
        choice = fitting(body.verb, _choice(body.choice))
    newest = chosen_runs(db.session(), choice, limit=1)
    return Chosen(
        runs=count_runs(db.session(), choice), sample=newest[0].public_id if newest else None
    )


def give_order(body: OrderRequest) -> Told:
    """Have something done to many runs: to those that are like this now, not to later ones.

    It goes bit by bit, behind all live submissions. A run that is in no state for it any more when
    its turn comes is left alone.
    """
    with possible():
        made = order(db.session(), body.verb, _choice(body.choice), actor())
    told = _told(made)
    db.session.commit()
    return told


def pause_order(order: str) -> Told:
    """Let an order rest. What it has decided goes on."""
    return _steer(order, "pause")


def resume_order(order: str) -> Told:
    """Let a paused order go on."""
    return _steer(order, "resume")


def stop_order(order: str) -> Told:
    """End an order early, for good. What it has decided stays decided."""
    return _steer(order, "stop")


def _steer(id: str, move: str) -> Told:
    with possible():
        steered = steer(db.session(), _order(id).id, move, actor())
    told = _told(steered)
    db.session.commit()
    return told


def _order(id: str) -> BulkOrder:
    return found(order_by_public_id(db.session(), id), "bulk order", id)


def _choice(asked: ChoiceDetail) -> Choice:
    return Choice(
        ids=asked.runs,
        states=asked.states,
        form=asked.form,
        module=asked.module,
        connection=asked.connection,
        reason=asked.reason,
        since=asked.received_from,
        until=asked.received_before,
    )


def _told(row: BulkOrder) -> OrderDetail:
    return _detail(row, progress_of(db.session(), [row.id])[row.id])


def _detail(row: BulkOrder, progress: Progress) -> OrderDetail:
    return OrderDetail(
        order=row.public_id,
        verb=Verb(row.verb),
        choice=row.choice,
        state=row.state,
        author=row.author,
        runs=progress.items,
        decided=progress.decided,
        left_alone=progress.left_alone,
        queued=dict(progress.queued),
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


_ALL = "/bulk-orders"

OPERATIONS = (
    Operation("GET", _ALL, list_orders, Scope.RUNS_READ, OrderList, query=OrderFilter),
    Operation("GET", f"{_ALL}/{{order}}", get_order, Scope.RUNS_READ, OrderDetail),
    Operation(
        "POST",
        f"{_ALL}/count",
        count_chosen,
        Scope.RUNS_READ,
        Chosen,
        body=OrderRequest,
        conflicts=True,
    ),
    Operation(
        "POST",
        _ALL,
        give_order,
        Scope.RUNS_WRITE,
        OrderDetail,
        body=OrderRequest,
        statuses=(201,),
        conflicts=True,
    ),
    *(
        Operation(
            "POST",
            f"{_ALL}/{{order}}/{move}",
            view,
            Scope.RUNS_WRITE,
            OrderDetail,
            conflicts=True,
        )
        for move, view in (
            ("pause", pause_order),
            ("resume", resume_order),
            ("stop", stop_order),
        )
    ),
)
