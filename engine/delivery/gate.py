"""The gate before one connection's calls: shut while the CRM wants peace or does not answer.

What calls come to is kept in the connection's row, so that drains, previews, catalog refreshes and
tests of all processes obey what any of them has learnt.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter, deque
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from connectors.errors import (
    ConnectorError,
    OutcomeUnknownError,
    RateLimitedError,
    UnavailableError,
)
from engine.delivery.breaker import WINDOW, Begun, Breaker, Recent
from engine.delivery.pace import Pace
from engine.delivery.retry import limit_wait_s
from engine.storage.base import now
from engine.storage.connections import wait_until
from engine.storage.database import Database
from engine.storage.load import calls_by_status, unanswered
from engine.storage.models import Connection
from engine.storage.notices import change_notice, give_notice
from engine.storage.throttle import Throttle, set_breaker, set_pace, throttle_of

_FRESH_S = 0.25
"""Within this time everybody obeys what somebody else has learnt: a quick CRM's calls are quicker."""
_AWAY = "not sent: the database does not answer"
_log = logging.getLogger(__name__)


class BreakerOpen(UnavailableError):
    """Not sent: the CRM does not answer, and it is not yet time to try again."""


class Gate:
    """One user's way through a connection's gate, for as long as it keeps the connector open.

    ``most``: calls side by side that the CRM can bear. With ``insists`` a person asks whether the
    CRM is back: their calls pass an open breaker, and close it when they are answered. Thread-safe.
    """

    def __init__(
        self, database: Database, connection: Connection, most: int, *, insists: bool = False
    ) -> None:
        self._database = database
        self._id, self._key, self._name = connection.id, connection.key, connection.name
        self._most = most
        self._insists = insists
        self._lock = threading.Lock()
        self._pace = Pace(max(1, min(connection.pace, most)))
        self._known = Throttle(connection.not_before, connection.failures, connection.breaker_until)
        self._read_at = float("-inf")
        self._opened_at = now()
        self._recent: deque[tuple[datetime, bool]] = deque()  # when a call ended, whether it failed

    def pace(self) -> int:
        """How many calls may go side by side now; a probe goes alone."""
        return self._pace.calls if self._known.breaker_until is None else 1

    def look(self) -> None:
        """Raise what `enter` would, and change nothing."""
        try:
            self._read()
        except SQLAlchemyError as error:
            raise UnavailableError(_AWAY) from error
        self._refuse(self._known, now())

    def enter(self) -> Begun:
        """Begin a call. Raises RateLimitedError or UnavailableError when it must not go out."""
        try:
            at = now()
            self._read()
            if self._known.breaker_until is None or self._insists:
                self._refuse(self._known, at)
                return Begun(at)
            return self._enter_as_probe()
        except SQLAlchemyError as error:
            raise UnavailableError(_AWAY) from error

    def told(self, begun: Begun, error: ConnectorError | None) -> None:
        """Learn from what a call came to."""
        try:
            self._learn(begun, error)
        except SQLAlchemyError as trouble:
            # What the CRM did matters more than what we learn from it.
            _log.warning("what a call to %s came to is not noted: %s", self._key, trouble)

    def _read(self) -> None:
        if time.monotonic() - self._read_at < _FRESH_S:
            return
        with self._database.read() as session:
            self._known = throttle_of(session, self._id)
        self._read_at = time.monotonic()

    def _refuse(self, throttle: Throttle, at: datetime) -> None:
        if throttle.not_before is not None and throttle.not_before > at:
            left_s = (throttle.not_before - at).total_seconds()
            raise RateLimitedError(
                f"not sent: {self._name} asked us to wait until {_clock(throttle.not_before)}",
                retry_after_s=left_s,
            )
        breaker = _breaker(throttle)
        if breaker.is_open(at) and not self._insists:
            assert breaker.until is not None
            raise BreakerOpen(
                f"not sent: {self._name} does not answer; "
                f"one call tries again at {_clock(breaker.until)}"
            )

    def _enter_as_probe(self) -> Begun:
        """The first to come once the breaker's time is over; all others find it shut again."""
        with self._database.write() as session:
            self._known = throttle_of(session, self._id, to_change=True)
            at = now()
            self._refuse(self._known, at)
            if self._known.breaker_until is None:
                return Begun(at)
            self._set(session, _breaker(self._known).probing(at))
        return Begun(at, probe=True)

    def _learn(self, begun: Begun, error: ConnectorError | None) -> None:
        at = now()
        failed = isinstance(error, UnavailableError | OutcomeUnknownError)
        limited = isinstance(error, RateLimitedError)
        with self._lock:
            pace = self._pace
            if failed or limited:
                self._pace = pace.after_trouble(begun.at, at)
            else:
                self._pace = pace.after_clean(self._most)
            self._recent.append((at, failed))
            news = pace.calls != self._pace.calls
        if not (failed or limited or news or _breaker(self._known) != Breaker()):
            return
        with self._database.write() as session:
            if news:
                set_pace(session, self._id, self._pace.calls)
            if isinstance(error, RateLimitedError):
                jitter = random.random()  # noqa: S311 - spreads load, guards nothing
                until = at + timedelta(seconds=limit_wait_s(error, jitter))
                wait_until(session, self._id, until)
            self._turn(session, begun, at, error if failed else None)

    def _turn(
        self, session: Session, begun: Begun, at: datetime, failure: ConnectorError | None
    ) -> None:
        """Open, keep open or close the breaker, and tell people about it."""
        self._known = throttle_of(session, self._id, to_change=True)
        before = _breaker(self._known)
        if failure is None:
            after = before.after_success(begun)
        else:
            after = before.after_failure(begun, at, self._recently(session, at))
        if after == before:
            return
        self._set(session, after)
        cause = f"breaker:{self._key}"
        if after.until is None:
            if before.until is not None:
                told = f"{self._name} answers again since {_clock(at)}"
                change_notice(session, cause, told, over=True)
            return
        message = (
            f"{self._name} does not answer ({failure}): nothing is sent to it. "
            f"One call tries again at {_clock(after.until)}"
        )
        if before.until is not None:
            change_notice(session, cause, message)
            return
        remedy = "What waits for it goes on by itself. To try at once, test the connection."
        give_notice(session, cause, message, remedy=remedy, connection_id=self._id)

    def _set(self, session: Session, breaker: Breaker) -> None:
        set_breaker(session, self._id, breaker.failures, breaker.until)
        self._known = self._known._replace(failures=breaker.failures, breaker_until=breaker.until)

    def _recently(self, session: Session, at: datetime) -> Recent:
        """Our own calls, of which the log may know nothing yet, and those before we came."""
        with self._lock:
            while self._recent and self._recent[0][0] < at - WINDOW:
                self._recent.popleft()
            own = [failed for _, failed in self._recent]
        before = calls_by_status(session, at - WINDOW, before=self._opened_at)
        earlier = before.get(self._id, Counter())
        return Recent(
            len(own) + sum(earlier.values()),
            sum(own) + unanswered(earlier),
        )


def _breaker(throttle: Throttle) -> Breaker:
    return Breaker(throttle.failures, throttle.breaker_until)


def _clock(instant: datetime) -> str:
    return f"{instant:%H:%M:%S} UTC"
