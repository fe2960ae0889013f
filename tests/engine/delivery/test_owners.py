"""Leases of processes that died here are free at once; of others nobody here knows."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from engine.delivery import owners
from engine.delivery.owners import is_surely_dead, this_thread
from engine.delivery.schedule import free_the_dead
from engine.storage.leases import take_lease
from tests.engine.delivery.world import World


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def owner(pid: int, host: str | None = None) -> str:
    here, _, _ = this_thread().rpartition(":")[0].rpartition(":")
    return f"{host or here}:{pid}:1"


@pytest.mark.parametrize(
    ("name", "dead"),
    [
        (lambda: owner(os.getpid()), False),
        (lambda: owner(dead_pid()), True),
        (lambda: owner(dead_pid(), host="elsewhere/9f0c2d1e/4026531836"), False),
        (lambda: owner(1), False),  # alive, whoever's it is
        (lambda: "a name of another sort", False),
    ],
)
def test_only_processes_of_this_host_can_be_known_to_be_dead(name, dead) -> None:
    assert is_surely_dead(name()) is dead


def test_a_copy_of_this_host_is_another_host() -> None:
    name, _boot, namespace = owner(dead_pid()).partition(":")[0].split("/")
    assert not is_surely_dead(owner(dead_pid(), host=f"{name}/00000000/{namespace}"))


def test_a_name_fits_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "formwire-worker-7c9f6b5d8-" * 9)
    owners._here.cache_clear()
    try:
        assert len(this_thread()) <= 80
    finally:
        owners._here.cache_clear()


def test_a_dead_process_gives_its_connection_back(world: World) -> None:
    with world.instance.database.write() as session:
        assert take_lease(session, world.connection_id, owner(dead_pid()))
    world.post()
    world.drain()
    assert world.run().state == "queued"
    free_the_dead(world.instance.database)
    world.drain()
    assert world.run().state == "delivered"


def test_a_living_process_keeps_it(world: World) -> None:
    with world.instance.database.write() as session:
        assert take_lease(session, world.connection_id, this_thread())
    free_the_dead(world.instance.database)
    assert world.connection().lease_owner == this_thread()
