"""Everywhere a form may be, and the place that a sender's posts come from."""

from __future__ import annotations

from collections.abc import Mapping

from web.studio.setup_services import SERVICES
from web.studio.setup_sites import SITES
from web.studio.setup_steps import Group, Place

GROUPS: tuple[Group, ...] = (*SITES, *SERVICES)
PLACES: Mapping[str, Place] = {place.key: place for group in GROUPS for place in group.places}


def place_of(sender: str) -> Place:
    """Where posts of this sender are set up; an unknown sender is a website's own code."""
    others = (place for place in PLACES.values() if place.sender == sender)
    return PLACES.get(sender) or next(others, PLACES["html"])
