"""The simulated account that lies beside each connector, in its folder's ``simulator``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, cast

from connectors.registry import CONNECTORS
from connectors.simulation import Simulator


class Simulation(Protocol):
    """What the module ``simulator`` of a connector's folder has.

    ``create_simulator`` takes at least ``state_file``, ``rate_limit``, ``latency_s``,
    ``search_lag_s``, ``now`` and ``sleep``, each by name and each with a default. With
    ``DEMO_SETTINGS`` and the simulator's ``base_url`` a connection to it works.
    """

    create_simulator: Callable[..., Simulator]
    DEMO_SETTINGS: Mapping[str, str]


def folder_of(connector: str) -> str:
    """The package that implements the connector of this key, such as connectors.kommo. Raises KeyError."""
    _spec, open_ = CONNECTORS[connector]
    opens = getattr(open_, "func", open_)  # one implementation may serve several CRMs
    folder: str = opens.__module__.rpartition(".")[0]
    return folder


def simulation_of(connector: str) -> Simulation:
    """The simulation of the CRM that the connector of this key talks to. Raises KeyError."""
    return cast(Simulation, import_module(f"{folder_of(connector)}.simulator"))
