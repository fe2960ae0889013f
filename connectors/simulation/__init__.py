"""What all simulated CRMs share: a small store with a truth log, faults, pages for people, a server.

A simulator shares no code with connectors: a mistake in one must not hide in the other.
"""

from connectors.simulation.control import refuse_other_sites
from connectors.simulation.faults import Fault, FaultKind, Faults
from connectors.simulation.gate import Conditions, ConnectionCutError, Dialect, proxy_page
from connectors.simulation.pages import Board, Card, Overview, Sheet, Shelf, Showcase, page_headers
from connectors.simulation.server import serve
from connectors.simulation.simulator import Simulator
from connectors.simulation.store import Address, Record, Store
from connectors.simulation.truth import Action, Event, Origin

__all__ = [
    "Action",
    "Address",
    "Board",
    "Card",
    "Conditions",
    "ConnectionCutError",
    "Dialect",
    "Event",
    "Fault",
    "FaultKind",
    "Faults",
    "Origin",
    "Overview",
    "Record",
    "Sheet",
    "Shelf",
    "Showcase",
    "Simulator",
    "Store",
    "page_headers",
    "proxy_page",
    "refuse_other_sites",
    "serve",
]
