"""ConnectionConfig: an account of a CRM, as one document."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.deciding.documents import Document, Key


class ConnectionConfig(Document):
    """``settings`` are the connector's own; in files, secrets are written as ``${ENVIRONMENT_NAME}``."""

    connection: Key
    connector: Annotated[str, Field(min_length=1)]
    name: str = ""
    settings: dict[str, str] = Field(default_factory=dict)
