"""Accidents on the way to a simulated CRM: scripted one by one, or drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from threading import Lock

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass


class FaultKind(StrEnum):
    """What happens to a request."""

    REFUSE = "refuse"  # the vendor's answer of Fault.status, nothing applied
    RATE_LIMIT = "rate limit"  # 429 with a wait of Fault.seconds
    BLOCK = "block"  # the vendor's answer to a client it has shut out
    SLOW = "slow"  # Fault.seconds pass before it is applied and answered
    LOSE_REPLY = "lose reply"  # applied, then the connection is cut
    NEVER_ARRIVES = "never arrives"  # the connection is cut before it is applied
    APPLY_LATE = "apply late"  # the connection is cut, and Fault.seconds later it is applied
    DRIP = "drip"  # applied, then answered a byte at a time for Fault.seconds, and cut
    HTML_ERROR = "html error"  # a proxy's page with Fault.status, nothing applied
    ERROR_AFTER = "error after applying"  # applied, then 500
    GARBAGE = "garbage"  # applied, then 200 with half of the answer


DEFAULT_STATUS = {FaultKind.REFUSE: 400, FaultKind.HTML_ERROR: 502}


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Fault:
    """One accident and the API requests it befalls.

    ``method`` and ``path`` are shell patterns, such as ``POST`` and ``*/leads/complex``. The first
    ``skip`` matching requests are spared and the next ``times`` are hit; with ``times`` None, all.
    ``status`` is 400, 401, 402 or 403 for a refusal, 502 to 504 for a proxy's page; 0 is the usual.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    skip: int = 0
    times: int | None = 1
    status: int = 0
    seconds: float = 1.0

    def matches(self, method: str, path: str) -> bool:
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    @property
    def http_status(self) -> int:
        return self.status or DEFAULT_STATUS[self.kind]


@dataclass(slots=True)
class _Armed:
    fault: Fault
    spare: int
    left: int | None


@dataclass(frozen=True, slots=True)
class _Chance:
    share: float
    kinds: Sequence[FaultKind]
    random: Random


class Faults:
    """A script of accidents.

    Each API request is given to the first fault in the script that matches it, and to no other:
    two faults added one after the other befall two requests.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._script: list[_Armed] = []
        self._chance: _Chance | None = None

    def add(self, *faults: Fault) -> None:
        """Append to the script."""
        with self._lock:
            self._script += [_Armed(fault, fault.skip, fault.times) for fault in faults]

    def at_random(self, *, seed: int, share: float, kinds: Sequence[FaultKind]) -> None:
        """Let a request that the script spares suffer one of ``kinds`` with probability ``share``."""
        with self._lock:
            self._chance = _Chance(share, kinds, Random(seed))  # noqa: S311  # repeatable, not secret

    def clear(self) -> None:
        """Drop the script and the random accidents."""
        with self._lock:
            self._script.clear()
            self._chance = None

    @property
    def pending(self) -> list[Fault]:
        """The faults that still wait for a request."""
        with self._lock:
            return [armed.fault for armed in self._script]

    def next(self, method: str, path: str) -> Fault | None:
        """The accident that befalls this request, which uses it up."""
        with self._lock:
            for armed in self._script:
                if armed.fault.matches(method, path):
                    return self._use(armed)
            return self._draw()

    def _use(self, armed: _Armed) -> Fault | None:
        if armed.spare:
            armed.spare -= 1
            return None
        if armed.left is not None:
            armed.left -= 1
            if armed.left <= 0:
                self._script.remove(armed)
        return armed.fault

    def _draw(self) -> Fault | None:
        chance = self._chance
        if chance is None or chance.random.random() >= chance.share:
            return None
        return Fault(chance.random.choice(chance.kinds))
