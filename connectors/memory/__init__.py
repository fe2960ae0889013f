"""A CRM in memory: the contract's reference, and a CRM for tests of the engine."""

from connectors.memory.account import CATALOG
from connectors.memory.connector import MEMORY, MemoryConnector
from connectors.memory.crm import Accident, Call, MemoryCrm

__all__ = ["CATALOG", "MEMORY", "Accident", "Call", "MemoryConnector", "MemoryCrm"]
