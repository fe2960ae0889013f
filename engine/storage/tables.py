"""Every table, for what needs all of them at once: migrations, erasure, checks."""

from __future__ import annotations

import engine.storage.model_audit
import engine.storage.model_bulk
import engine.storage.model_calls
import engine.storage.model_cases
import engine.storage.model_channels
import engine.storage.model_memories
import engine.storage.model_people
import engine.storage.model_privacy
import engine.storage.models  # noqa: F401 - each fills the metadata
from engine.storage.base import Base

TABLES = Base.metadata
