"""What the conformance suite needs of a CRM beside its connector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Connector, Fields, Kind, Ref

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Names:
    """The account's own words.

    ``samples``: a value for every field of a kind. ``text``: a text field of contacts and one of
    deals. ``choice``: a choice field of deals and one of companies, whose option ``nowhere`` does
    not exist. ``closed``: pipeline and closed stage. ``incoming``: pipeline and incoming stage.
    ``messenger``: the contacts' field for messengers, and one messenger.
    """

    samples: Mapping[Kind, Fields]
    text: Mapping[Kind, str]
    choice: Mapping[Kind, str]
    task_type: str
    closed: tuple[str, str]
    incoming: tuple[str, str]
    messenger: tuple[str, str]
    nowhere: str = "999999"


class AnyWorld(ABC):
    """One account, its clock, and the accidents on the way to it."""

    names: Names
    connector: Connector
    clock: Clock

    @abstractmethod
    def befall(self, accident: str, operation: str, position: int) -> None:
        """Let the call at ``position`` of the next ``operation`` meet an accident."""

    @abstractmethod
    def calm(self) -> bool:
        """End the accident; say whether it has happened."""

    @abstractmethod
    def stored(self, kind: Kind, key: str) -> int:
        """How many records there really are with this name, or, of tasks and notes, text."""


class World(AnyWorld):
    """An account that can be asked what it holds."""

    @abstractmethod
    def remember(self) -> object:
        """What the account holds now, and what its clock says."""

    @abstractmethod
    def recall(self, memory: Any) -> None:
        """Let an empty account hold what was remembered of another one."""

    @abstractmethod
    def merge_enquiries(self) -> None:
        """Let the CRM merge enquiries into open deals, by phone or e-mail, as a person there can."""

    @abstractmethod
    def delete(self, ref: Ref) -> None:
        """Remove a record behind the connector's back."""


class ReceivingWorld(AnyWorld):
    """A receiver, which only we can look into."""

    @abstractmethod
    def held(self, ref: Ref) -> Fields:
        """What a record really has: fields that are not empty, and its tags."""

    @abstractmethod
    def linked(self, ref: Ref) -> set[Ref]:
        """The records that it is really linked with."""
