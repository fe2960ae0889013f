"""How many calls go side by side: one more while all is well, half as many when it is too much. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CLEAN_CALLS = 20
"""So many calls in a row without trouble earn one more side by side."""


@dataclass(frozen=True, slots=True)
class Pace:
    """``clean`` counts calls since the last change; ``slowed_at`` is when it was last halved."""

    calls: int
    clean: int = 0
    slowed_at: datetime | None = None

    def after_clean(self, most: int) -> Pace:
        if self.calls >= most:
            return self
        if self.clean + 1 >= CLEAN_CALLS:
            return Pace(self.calls + 1, 0, self.slowed_at)
        return Pace(self.calls, self.clean + 1, self.slowed_at)

    def after_trouble(self, begun_at: datetime, at: datetime) -> Pace:
        """Calls that were side by side with the one that slowed us tell nothing new."""
        if self.slowed_at is not None and begun_at < self.slowed_at:
            return self
        return Pace(max(1, self.calls // 2), 0, at)
