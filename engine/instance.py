"""One running Formwire: its settings, its database and the keys to its secrets."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import Settings
from engine.storage.database import Database
from engine.storage.secrets import Vault


@dataclass(frozen=True, slots=True)
class Instance:
    """What web, workers, schedule and commands share; each process opens its own."""

    settings: Settings
    database: Database
    vault: Vault

    @classmethod
    def open(cls, settings: Settings) -> Instance:
        return cls(
            settings=settings,
            database=Database(settings.database_url),
            vault=Vault(settings.secret_keys),
        )
