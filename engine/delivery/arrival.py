"""A post as it came, and what was found out about it before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.deciding.reading import Reading
from engine.deciding.senders.signatures import Verdict
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Posted:
    """What a website sent. ``headers`` are only those that may be kept."""

    raw: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    source_ip: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def from_api_client(self) -> bool:
        """Whether a program sent it that knows what an Idempotency-Key promises."""
        return bool(self.header("Idempotency-Key")) and "json" in self.content_type.lower()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What was sent, as it was read, and what it is received with."""

    posted: Posted
    reading: Reading
    settings: Settings
    verdict: Verdict
    payload: str  # digest of what it says
    times: int  # that it came from there, this time included


@dataclass(frozen=True, slots=True)
class NewName:
    """What a submission that is about to be stored is told from others by."""

    public_id: str
    number: int
    received_at: datetime
