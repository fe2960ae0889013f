"""The root ``time`` of a rule: when a submission arrived, as the people of its form see the clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def moment(at: datetime, zone: str) -> dict[str, int | str]:
    """``weekday`` from 1, Monday, to 7; ``time`` as HH:MM; ``date`` as YYYY-MM-DD.

    ``at`` is aware; ``zone`` is a name such as Europe/Kyiv.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone; give an aware datetime")
    local = at.astimezone(ZoneInfo(zone))
    return {
        "weekday": local.isoweekday(),
        "time": f"{local:%H:%M}",
        "date": local.date().isoformat(),
    }
