"""A simulated CRM as the world of the conformance suite, and the accidents it can have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx

from connectors.http import new_client
from connectors.simulation import Fault, FaultKind, Simulator
from connectors.simulation.truth import Event
from tests.conformance.world import START, AnyWorld, Clock, ReceivingWorld, World

SEARCH_LAG_S = 30.0
"""Vendors say little about the lag of their searches; a connector's settle time must outlast it."""

PATIENCE_S = 20.0

FAULTS: dict[str, Fault] = {
    # What is applied late comes at a moment of its own: chaos and simulation see to that.
    **{
        kind.value: Fault(kind)
        for kind in FaultKind
        if kind not in (FaultKind.SLOW, FaultKind.APPLY_LATE)
    },
    "unauthorised": Fault(FaultKind.REFUSE, status=401),
    "not paid": Fault(FaultKind.REFUSE, status=402),
    "no scope": Fault(FaultKind.REFUSE, status=403),
    "gateway timeout": Fault(FaultKind.HTML_ERROR, status=504),
    "slow": Fault(FaultKind.SLOW, seconds=3),
    "too slow": Fault(FaultKind.SLOW, seconds=60),
}

CLOCK = Clock()


def accidents(*, never: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of all, but for those that this CRM does not know."""
    return tuple(name for name in FAULTS if name not in never)


def simulated(create: Callable[..., Simulator], **options: object) -> Simulator:
    """A simulator in our time. Building one takes longer than most cases: keep it, worlds empty it."""
    return create(now=lambda: CLOCK.now.timestamp(), sleep=_sleep, **options)


def client_of(simulator: Simulator) -> httpx.Client:
    return new_client(transport=httpx.WSGITransport(app=simulator))


def _sleep(seconds: float) -> None:
    if seconds > PATIENCE_S:
        raise httpx.ReadTimeout("the server takes longer than the client waits")
    CLOCK.advance(seconds)


class SimulatedAccount(AnyWorld):
    """An empty account, at the hour at which all cases begin."""

    clock = CLOCK

    def __init__(self, simulator: Simulator) -> None:
        self.clock.now = START
        self.simulator = simulator
        self.simulator.reset()

    def befall(self, accident: str, operation: str, position: int) -> None:
        fault = FAULTS[accident]
        self.simulator.faults.add(
            Fault(fault.kind, skip=position, status=fault.status, seconds=fault.seconds)
        )

    def calm(self) -> bool:
        happened = not self.simulator.faults.pending
        self.simulator.faults.clear()
        return happened


class SimulatedWorld(SimulatedAccount, World):
    """One that can be asked what it holds."""

    def remember(self) -> tuple[datetime, tuple[Event, ...]]:
        return self.clock.now, tuple(self.simulator.store.truth)

    def recall(self, memory: tuple[datetime, tuple[Event, ...]]) -> None:
        """By the store's own log: asking for all of it again takes much longer."""
        self.clock.now, events = memory
        store = self.simulator.store
        for event in events:
            store._apply(event)
            store._log.append(event)

    def merge_enquiries(self) -> None:
        """Most never do."""


class SimulatedReceiver(SimulatedAccount, ReceivingWorld):
    """One that is only told."""
