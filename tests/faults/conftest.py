"""What the cases of the matrix play in."""

from __future__ import annotations

import pytest

from engine.instance import Instance
from tests.behaviours.conftest import kommo, world
from tests.engine.delivery.conftest import shared_instance, wiped_instance
from tests.engine.delivery.world import World, make_world
from tests.simulation.conftest import theatre

__all__ = ["kommo", "shared_instance", "theatre", "wiped_instance", "world"]


@pytest.fixture
def memory(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    """A Formwire whose CRM is a dict."""
    return make_world(wiped_instance, monkeypatch)
