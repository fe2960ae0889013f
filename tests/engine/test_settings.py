from __future__ import annotations

import stat
from pathlib import Path

import pytest

from engine.settings import SOCKET_PATH_BYTES, Settings, SettingsError, load_settings, local_url

KEY = "a key that only tests know, long enough"


def load(folder: Path, **chosen: str) -> Settings:
    environ = {"FORMWIRE_DATA_DIR": str(folder)}
    return load_settings(environ | {f"FORMWIRE_{name}": value for name, value in chosen.items()})


def problems(folder: Path, **chosen: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(folder, **chosen)
    return caught.value.problems


def test_nothing_needs_to_be_chosen(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.port, settings.simulator_port, settings.workers) == (8000, 9100, 2)
    assert settings.database_url == f"sqlite:///{tmp_path}/formwire.db"
    assert settings.redis_url == f"unix://{tmp_path}/valkey/valkey.sock"
    assert settings.embeds_valkey
    assert settings.public_url == "http://127.0.0.1:8000"


def test_an_empty_variable_counts_as_absent(tmp_path: Path) -> None:
    assert load(tmp_path, PORT="", REDIS_URL="") == load(tmp_path)


def test_a_relative_data_folder_is_made_absolute_and_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(Path("some/where"))
    assert settings.data_dir == tmp_path / "some" / "where"
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "a port from 1 to 65535"),
        ("PORT", "0", "a port from 1 to 65535"),
        ("SIMULATOR_PORT", "65536", "a port from 1 to 65535"),
        ("DATABASE_URL", "mysql://localhost/leads", "mysql is not supported"),
        ("DATABASE_URL", "leads.db", "no address of a database"),
        ("DATABASE_URL", "sqlite://", "in memory"),
        ("REDIS_URL", "localhost:6379", "no address of a Redis"),
        ("REDIS_URL", "redis://", "no address of a Redis"),
        ("PUBLIC_URL", "forms.example.org", "no address of a website"),
        ("SECRET_KEY", "hunter2", "7 characters are too few"),
        ("METRICS_TOKEN", "guess me", "8 characters are too few"),
        ("SETTLE_S", "-1", "seconds"),
        ("SETTLE_S", "nan", "seconds"),
        ("WORKERS", "0", "worker processes"),
        ("PRIVATE_TARGETS", "10.0.0.0/8,crm.lan:80", "'crm.lan:80' is neither a network nor"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
    ],
)
def test_a_mistake_is_one_line_with_the_variable_and_the_remedy(
    name: str, value: str, words: str, tmp_path: Path
) -> None:
    (line,) = problems(tmp_path, **{name: value})
    assert line.startswith(f"FORMWIRE_{name}: ")
    assert words in line
    assert "\n" not in line


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, PORT="x", WORKERS="y", LOG_LEVEL="z")
    assert [line.partition(":")[0] for line in told] == [
        "FORMWIRE_PORT",
        "FORMWIRE_WORKERS",
        "FORMWIRE_LOG_LEVEL",
    ]


def test_a_folder_that_cannot_be_written_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (line,) = problems(tmp_path / "file")
    assert line.startswith("FORMWIRE_DATA_DIR: ")
    assert "cannot be written" in line


def test_problems_do_not_repeat_secrets(tmp_path: Path) -> None:
    told = problems(tmp_path, SECRET_KEY="hunter2", DATABASE_URL="mysql://ada:hunter2@host/x")
    assert "hunter2" not in "".join(told)


@pytest.mark.parametrize("secret", ["database_url", "redis_url", "secret_key"])
def test_secrets_are_not_shown_by_repr(secret: str, tmp_path: Path) -> None:
    assert getattr(load(tmp_path), secret) not in repr(load(tmp_path))


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://ada:x@db/leads", "postgresql+psycopg://ada:x@db/leads"),
        ("postgresql://ada:x@db/leads", "postgresql+psycopg://ada:x@db/leads"),
        ("sqlite:////srv/leads.db", "sqlite:////srv/leads.db"),
    ],
)
def test_a_database_gets_the_driver_we_ship(given: str, used: str, tmp_path: Path) -> None:
    assert load(tmp_path, DATABASE_URL=given).database_url == used


def test_the_secret_key_is_drawn_once_and_kept_private(tmp_path: Path) -> None:
    first = load(tmp_path)
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert load(tmp_path).secret_key == first.secret_key


def test_a_chosen_secret_key_is_not_written_down(tmp_path: Path) -> None:
    assert load(tmp_path, SECRET_KEY=KEY).secret_key == KEY
    assert not (tmp_path / "secret_key").exists()


def test_a_secret_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "secret_key").chmod(0o644)
    (line,) = problems(tmp_path)
    assert line.startswith("FORMWIRE_SECRET_KEY: ")
    assert "chmod 600" in line


def test_a_named_redis_replaces_the_embedded_one(tmp_path: Path) -> None:
    assert not load(tmp_path, REDIS_URL="redis://queue:6379/0").embeds_valkey


def test_the_socket_of_a_deep_data_folder_lies_elsewhere_and_always_in_the_same_place(
    tmp_path: Path,
) -> None:
    deep = tmp_path / ("d" * SOCKET_PATH_BYTES)
    socket = load(deep).valkey_socket
    assert len(str(socket)) <= SOCKET_PATH_BYTES
    assert not socket.is_relative_to(deep)
    assert load(deep).valkey_socket == socket
    assert load(tmp_path / ("e" * SOCKET_PATH_BYTES)).valkey_socket != socket


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("forms.example.org", "http://forms.example.org:80"),
    ],
)
def test_a_listening_address_as_a_browser_here_reaches_it(host: str, url: str) -> None:
    assert local_url(host, 80) == url
