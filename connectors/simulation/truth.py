"""The truth log: what really happened to the simulated CRM, whatever its clients were told."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Action(StrEnum):
    """What can happen to a record."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    LINK = "link"
    UNLINK = "unlink"


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that a mutation came with; empty when it was made in-process.

    ``client``: user agent, address and the request id it sent, as far as known.
    """

    method: str = ""
    path: str = ""
    client: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One applied mutation.

    ``body`` is the whole record after it; for a link ``{"to": [entity, id], "facts": {...}}``;
    for a deletion None. ``at`` is in Unix seconds.
    """

    sequence: int
    at: float
    action: Action
    entity: str
    id: int
    body: Any
    origin: Origin = field(default_factory=Origin)

    def to_json(self) -> dict[str, Any]:
        """The event as one flat JSON object."""
        return {
            "sequence": self.sequence,
            "at": self.at,
            **asdict(self.origin),
            "action": self.action.value,
            "entity": self.entity,
            "id": self.id,
            "body": self.body,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Event:
        return cls(
            sequence=row["sequence"],
            at=row["at"],
            action=Action(row["action"]),
            entity=row["entity"],
            id=row["id"],
            body=row["body"],
            origin=Origin(row["method"], row["path"], row["client"]),
        )


class TruthLog:
    """Events in order; in a file of JSON lines when there is a path, else only in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self.events: list[Event] = []
        self._path = path

    def load(self) -> list[Event]:
        """Read the file again. A last line that a crash cut short never happened, and is removed."""
        self.events = []
        if self._path and self._path.exists():
            lines = self._path.read_bytes().splitlines(keepends=True)
            if lines and not lines[-1].endswith(b"\n"):
                os.truncate(self._path, sum(map(len, lines)) - len(lines.pop()))
            self.events = [Event.from_json(json.loads(line)) for line in lines]
        return self.events

    def append(self, event: Event) -> None:
        self.events.append(event)
        if self._path:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event.to_json(), ensure_ascii=False) + "\n")

    def clear(self) -> None:
        """Forget everything, on disk too."""
        self.events = []
        if self._path:
            self._path.write_bytes(b"")
