"""Whether two posts may belong to one filling-in."""

from __future__ import annotations

import ipaddress

_UNGUESSABLE = 16
"""Letters and digits, mixed: a token, not a number that counts up."""


def is_guessable(id: str) -> bool:
    """Whether somebody who knows one id may know another, as with numbers that count up."""
    mixed = any(one.isalpha() for one in id) and any(one.isdigit() for one in id)
    return len(id) < _UNGUESSABLE or not mixed


def same_network(one: str, other: str) -> bool:
    """Whether two addresses are near each other, as a sender's servers are."""
    return _network(one) == _network(other)


def _network(address: str) -> str:
    """The first 24 bits, or of IPv6 48; what is kept of an old address may be no more."""
    try:
        parsed = ipaddress.ip_interface(address).ip
    except ValueError:  # a server behind a socket has no address to tell
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
