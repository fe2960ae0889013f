"""How a simulated CRM writes down what is created there.

Each connector has its own ``LEDGER`` in ``tests/connectors/<folder>/ledger.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

from connectors.base import Kind
from connectors.simulators import folder_of

Body: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the records of one kind are kept, and how one is read.

    ``name``: a contact's e-mail, a company's or deal's name, a task's text. ``deal``: the id of the deal
    that a task or note is about; None where links tell it. ``holds``: which of the entity's records
    are of this kind.
    """

    entity: str
    name: Callable[[Body], str]
    deal: Callable[[Body], int] | None = None
    holds: Callable[[Body], bool] = lambda _body: True


@dataclass(frozen=True, slots=True)
class Ledger:
    """The shelves of one CRM. ``links_apart``: it keeps links apart from the records they join."""

    shelves: Mapping[Kind, Shelf]
    links_apart: bool


def ledger_of(connector: str) -> Ledger:
    """The ledger of the CRM that the connector of this key talks to. Raises KeyError."""
    _, _, folder = folder_of(connector).rpartition(".")
    ledger: Ledger = import_module(f"tests.connectors.{folder}.ledger").LEDGER
    return ledger


def of(name: str) -> Callable[[Body], Any]:
    """What stands under ``name``."""
    return lambda body: body[name]


def first(name: str, **having: str) -> Callable[[Body], str]:
    """The first value of a list of them."""
    return lambda body: next(
        str(one["value"]) for one in body[name] if having.items() <= one.items()
    )


def nameless(_body: Body) -> str:
    return ""
