"""The simulated Kommo in this process."""

from tests.behaviours.conftest import kommo, shared_instance, wiped_instance, world

__all__ = ["kommo", "shared_instance", "wiped_instance", "world"]
