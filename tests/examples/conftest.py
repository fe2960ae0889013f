"""The simulated Kommo, in this process and in one of its own."""

from tests.acceptance.conftest import crm, formwire, runs
from tests.behaviours.conftest import kommo, shared_instance, wiped_instance, world

__all__ = ["crm", "formwire", "kommo", "runs", "shared_instance", "wiped_instance", "world"]
