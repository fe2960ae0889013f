"""A connection reaches this machine and private networks only by an operator's word."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from connectors.errors import AuthError, SettingsError
from engine.delivery.catalogs import test_connection as check_connection
from engine.instance import Instance
from engine.storage.connections import save_connection
from tests.wires import head_of, served


def connect(instance: Instance, port: int) -> int:
    settings = {"subdomain": "acme", "token": "t", "base_url": f"http://127.0.0.1:{port}"}
    with instance.database.write() as session:
        return save_connection(
            session, instance.vault, key="main", name="Main", connector="kommo", settings=settings
        ).id


def refuse(wire: socket.socket) -> None:
    head_of(wire)
    wire.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")


def test_a_connection_to_this_machine_is_refused_with_the_remedy(instance: Instance) -> None:
    with served(refuse) as port, pytest.raises(SettingsError) as caught:
        check_connection(instance, connect(instance, port))
    assert str(caught.value) == (
        "127.0.0.1 is a loopback address; an operator may allow it with FORMWIRE_PRIVATE_TARGETS"
    )


def test_a_connection_to_what_the_operator_allows_is_made(instance: Instance) -> None:
    settings = instance.settings.model_copy(update={"private_targets": "127.0.0.0/8"})
    with served(refuse) as port, pytest.raises(AuthError):
        check_connection(replace(instance, settings=settings), connect(instance, port))
