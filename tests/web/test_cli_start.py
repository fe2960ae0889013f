from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner, Result

from connectors.registry import CONNECTORS
from engine.settings import Settings
from engine.storage.database import upgrade
from web.cli import COMMANDS, main
from web.demo import prepare
from web.processes import private_folder, programs
from web.startup import StartError, ask_health, environ_of, only_one, require_free


def formwire(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.startup._PORT_PATIENCE_S", 0)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("command", ["up", "web", "worker", "schedule"])
def test_wrong_settings_are_one_line_each_and_status_2(command: str, tmp_path: Path) -> None:
    result = formwire(
        command, FORMWIRE_DATA_DIR=str(tmp_path), FORMWIRE_PORT="x", FORMWIRE_WORKERS="y"
    )
    assert result.exit_code == 2
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines()] == [
        "FORMWIRE_PORT",
        "FORMWIRE_WORKERS",
    ]


def test_a_busy_port_is_one_line_and_status_2(taken_port: int, tmp_path: Path) -> None:
    result = formwire("up", FORMWIRE_DATA_DIR=str(tmp_path), FORMWIRE_PORT=str(taken_port))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert str(taken_port) in line
    assert "FORMWIRE_PORT" in line


def test_a_second_start_on_the_same_folder_names_the_first(tmp_path: Path) -> None:
    with only_one(tmp_path):
        result = formwire("up", FORMWIRE_DATA_DIR=str(tmp_path))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert f"process {os.getpid()}" in line


def test_the_folder_is_free_again_after_an_end(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path):
            pass


def test_a_free_port_is_no_problem() -> None:
    require_free("127.0.0.1", 0, "PORT")


def test_an_address_that_is_not_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.startup._PORT_PATIENCE_S", 3600)  # waiting would not help
    with pytest.raises(StartError, match="cannot listen"):
        require_free("192.0.2.1", 0, "PORT")


@pytest.mark.parametrize(
    ("chosen", "demo", "names"),
    [
        ({}, None, ["valkey", "schedule", "worker 1", "worker 2", "web"]),
        ({"workers": 1}, "kommo", ["valkey", "simulator", "schedule", "worker 1", "web"]),
        ({"redis_url": "redis://queue/0", "workers": 1}, None, ["schedule", "worker 1", "web"]),
    ],
)
def test_what_runs(
    chosen: dict[str, object], demo: str | None, names: list[str], tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, **chosen)
    assert [program.name for program in programs(settings, demo=demo)] == names


@pytest.mark.parametrize(
    ("allowed", "demo", "told"),
    [
        ("", True, "127.0.0.1"),
        ("10.0.0.0/8", True, "10.0.0.0/8,127.0.0.1"),
        ("10.0.0.0/8", False, None),
    ],
)
def test_only_the_demos_processes_may_call_this_machine(
    allowed: str, demo: bool, told: str | None, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, private_targets=allowed)
    assert environ_of(settings, demo=demo).get("FORMWIRE_PRIVATE_TARGETS") == told


def test_the_embedded_queue_listens_on_no_port_and_keeps_what_it_takes(tmp_path: Path) -> None:
    valkey, *_ = programs(Settings(data_dir=tmp_path), demo=None)
    command = " ".join(valkey.command)
    for option in ("--port 0", "--appendonly yes", "--maxmemory-policy noeviction"):
        assert option in command


def test_a_private_folder_is_for_us_alone(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    folder.mkdir(mode=0o755)
    private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_a_private_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(PermissionError):
        private_folder(tmp_path / "link")


def test_no_answer_is_told_with_its_reason() -> None:
    status, reason = ask_health("http://127.0.0.1:1")
    assert status == 0
    assert "refused" in reason


@pytest.mark.parametrize("crm", CONNECTORS)
def test_the_demo_is_with_any_crm_but_stays_with_the_first(crm: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings.database_url)
    assert prepare(settings, crm) == prepare(settings, crm)
    other = next(key for key in CONNECTORS if key != crm)
    with pytest.raises(LookupError, match="another CRM"):
        prepare(settings, other)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_where_the_table_says(name: str) -> None:
    command = main.get_command(Context(main), name)
    assert command is not None
    assert command.name == name
