"""Which addresses are the public Internet's, and what an operator may add."""

from __future__ import annotations

import pytest

from connectors.addresses import Targets, address, why_special


@pytest.mark.parametrize(
    "text",
    [
        "8.8.8.8",
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001:80b::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",  # how a host with IPv6 only sees one with IPv4 only
    ],
)
def test_the_public_internet_may_be_called(text: str) -> None:
    assert why_special(address(text)) is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("10.0.0.5", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("fc00::1", "private"),
        ("fdff::1", "private"),
        ("100.64.0.1", "carrier"),
        ("100.127.255.255", "carrier"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("ff02::1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("192.0.0.8", "reserved"),
        ("4000::1", "reserved"),
        ("::8.8.8.8", "reserved"),
        ("64:ff9b:1::8.8.8.8", "reserved"),
        ("100::1", "reserved"),
        ("5f00::1", "reserved"),
        ("2001:20::1", "reserved"),
        ("192.0.2.1", "documentation"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("198.18.0.1", "measurements"),
        ("198.19.255.255", "measurements"),
        ("2002:808:808::1", "6to4"),
        ("192.88.99.1", "6to4"),
        ("2001::808:808", "Teredo"),
        ("169.254.169.254", "metadata"),
        ("169.254.170.2", "metadata"),
        ("168.63.129.16", "metadata"),
        ("100.100.100.200", "metadata"),
        ("192.0.0.192", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:a9fe:a9fe", "metadata"),
        ("::ffff:10.0.0.5", "private"),
        ("64:ff9b::10.0.0.5", "private"),
        ("64:ff9b::7f00:1", "loopback"),
    ],
)
def test_everything_else_is_named(text: str, what: str) -> None:
    assert what in (why_special(address(text)) or "")


@pytest.mark.parametrize(
    ("allowed", "host", "resolved", "may"),
    [
        ("", "crm.lan", "10.0.0.5", False),
        ("10.0.0.0/8", "crm.lan", "10.0.0.5", True),
        ("10.0.0.0/8", "crm.lan", "::ffff:10.0.0.5", True),
        ("10.0.0.0/8", "crm.lan", "192.168.0.1", False),
        ("10.1.2.3/8", "crm.lan", "10.0.0.5", True),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", "127.0.0.2", False),
        (" 127.0.0.1 , fd00::/8 ,", "crm.lan", "fd00::7", True),
        ("crm.lan", "CRM.lan.", "10.0.0.5", True),
        ("Crm.Lan.", "crm.lan", "10.0.0.5", True),
        ("crm.lan", "evil.crm.lan", "10.0.0.5", False),
        ("lan", "crm.lan", "10.0.0.5", False),
        ("localhost", "localhost", "::1", True),
    ],
)
def test_an_operator_allows_networks_addresses_and_hosts(
    allowed: str, host: str, resolved: str, may: bool
) -> None:
    assert Targets.parse(allowed).allow(host, address(resolved)) is may


@pytest.mark.parametrize(
    "text", ["10.0.0.0/33", "127.1", "http://crm.lan", "crm.lan:8080", "*.lan", "a..b", "crm lan"]
)
def test_what_is_none_of_these_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="neither a network nor an address nor a host's name"):
        Targets.parse(f"10.0.0.0/8,{text}")
