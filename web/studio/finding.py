"""Reading what a request names, and naming what it makes."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import abort, request
from flask_babel import get_timezone

_T = TypeVar("_T")


def found(thing: _T | None) -> _T:
    """``thing``, or the page that says there is none."""
    if thing is None:
        abort(404)
    return thing


def suggested_key(name: str) -> str:
    """A key made of ``name``; "" when nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].rstrip("-")


def page_number() -> int:
    """The page that the address asks for; the first when it asks for nonsense."""
    number = request.args.get("page", 1, type=int)
    return max(1, number)


def day(name: str, *, end: bool = False) -> datetime | None:
    """When the day called ``name`` in what was sent begins, or with ``end`` is over, in the viewer's zone.

    None when no day is named there.
    """
    try:
        named = date.fromisoformat(request.values.get(name, "").strip())
        begins = datetime.combine(named + timedelta(days=end), time(), _zone())
        return begins.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def last_days(count: int) -> list[datetime]:
    """When each of the last ``count`` days began in the viewer's zone, today the last."""
    today = datetime.now(_zone()).date()
    dates = [today - timedelta(days=ago) for ago in reversed(range(count))]
    return [datetime.combine(each, time(), _zone()).astimezone(UTC) for each in dates]


def _zone() -> ZoneInfo:
    """The viewer's. Flask-Babel's own kind of zone begins a day by the sun, minutes off."""
    return ZoneInfo(str(get_timezone()))


def local_address(address: str) -> str | None:
    """``address`` when it is a page of this very site, else None."""
    return address if _LOCAL.fullmatch(address) else None


# Browsers read "/\\host" and "/<tab>/host" as another site's address, too.
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]*")
