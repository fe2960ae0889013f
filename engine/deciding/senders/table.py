"""Every sender that we know."""

from __future__ import annotations

from collections.abc import Mapping

from engine.deciding.senders.advertising import ADVERTISING
from engine.deciding.senders.builders import BUILDERS
from engine.deciding.senders.sender import Sender
from engine.deciding.senders.websites import WEBSITES
from engine.deciding.senders.wordpress import PLUGINS

SENDERS: tuple[Sender, ...] = (*WEBSITES, *PLUGINS, *BUILDERS, *ADVERTISING)

_BY_KEY: Mapping[str, Sender] = {sender.key: sender for sender in SENDERS}


def sender_by_key(key: str) -> Sender | None:
    """The sender with this key, as `engine.deciding.reading.Reading` has it; None for an unknown one."""
    return _BY_KEY.get(key)
