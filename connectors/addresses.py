"""Which addresses of the Internet a call may go to. Pure: nothing is looked up here.

The list is our own, because what Python's ``ipaddress`` calls global differs between its releases.
Source: IANA's registries of special-purpose addresses for IPv4 and IPv6, read 2026-11-20.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# The first that holds an address names it, so what is particular stands before what is general.
_SPECIAL: Mapping[str, tuple[str, ...]] = {
    "a cloud's metadata address": (
        "169.254.169.254/32",
        "169.254.170.2/32",  # of a container
        "168.63.129.16/32",  # Azure; a public address everywhere else
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::254/128",  # AWS
        "fd20:ce::254/128",  # Google
    ),
    "an unspecified address": ("0.0.0.0/8", "::/128"),
    "a loopback address": ("127.0.0.0/8", "::1/128"),
    "a private address": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    "a carrier's shared address": ("100.64.0.0/10",),
    "a link-local address": ("169.254.0.0/16", "fe80::/10"),
    "a site-local address": ("fec0::/10",),
    "a multicast address": ("224.0.0.0/4", "ff00::/8"),
    "an address for documentation": (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
    ),
    "an address for measurements": ("198.18.0.0/15", "2001:2::/48"),
    "a 6to4 address": ("192.88.99.0/24", "2002::/16"),
    "a Teredo address": ("2001::/32",),
    "a reserved address": (
        "192.0.0.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.175.48.0/24",
        "240.0.0.0/4",
        "2001::/23",
        "2620:4f:8000::/48",
    ),
}
_TABLE = tuple(
    (ip_network(network), name) for name, networks in _SPECIAL.items() for network in networks
)
_GLOBAL = ip_network("2000::/3")  # all that is given out of IPv6
# What stands in the last 32 bits is where a packet ends: at a translator's other side.
_EMBEDDING = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))
_NAME = re.compile(
    r"(?=.*[a-z])[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*"
)


def address(text: str) -> Address:
    """An address as a resolver writes it; IPv4 inside IPv6 is given as IPv4. Raises ValueError."""
    found = ip_address(text.partition("%")[0])
    if any(found in network for network in _EMBEDDING):
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found


def why_special(address: Address) -> str | None:
    """What ``address`` is when it is none of the public Internet's, such as "a loopback address"."""
    for network, name in _TABLE:
        if address in network:
            return name
    if isinstance(address, IPv6Address) and address not in _GLOBAL:
        return "a reserved address"
    return None


@dataclass(frozen=True, slots=True)
class Targets:
    """Where calls may go beside the public Internet, by the operator's word."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Targets:
        """``text`` is networks, addresses and host names between commas. Raises ValueError."""
        names, networks = set(), []
        for item in filter(None, (part.strip() for part in text.split(","))):
            try:
                networks.append(ip_network(item, strict=False))
            except ValueError:
                names.add(_checked_name(item))
        return cls(frozenset(names), tuple(networks))

    def allow(self, host: str, address: Address) -> bool:
        """Whether a call to ``host`` may go to ``address``, which is what the host resolves to."""
        return self.allow_name(host) or any(address in network for network in self.networks)

    def allow_name(self, host: str) -> bool:
        return _plain(host) in self.names


def _checked_name(text: str) -> str:
    name = _plain(text)
    if not _NAME.fullmatch(name):
        raise ValueError(f"{text!r} is neither a network nor an address nor a host's name")
    return name


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")
