"""Formwire does not start where it would be in danger, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.settings import Settings
from web.cli import main
from web.safety import dangers

GOOD = "kZ3v9Qm1Tn5Xr7Bw2Ys4Ld6Hf8Jg0PcA"


def reasons(folder: Path, key: str = GOOD, **environ: str) -> list[str]:
    return list(dangers(Settings(data_dir=folder, secret_key=key), environ))


def test_a_usual_start_is_safe(tmp_path: Path):
    tmp_path.chmod(0o700)
    assert reasons(tmp_path) == []
    assert list(dangers(Settings(data_dir=tmp_path), {"FLASK_DEBUG": "0"})) == []


@pytest.mark.parametrize(
    "key",
    [
        "x" * 40,
        "secret" * 8,
        "0123" * 10,
        "changeme-abcdefghijklmnopqrstuvwxyz",
        "YOUR-SECRET-" + GOOD,
    ],
)
def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path, key: str):
    tmp_path.chmod(0o700)
    (told,) = reasons(tmp_path, key)
    assert "FORMWIRE_SECRET_KEY can be guessed" in told
    assert key not in told


@pytest.mark.parametrize("value", ["1", "true", "on", "yes"])
def test_a_debugger_is_refused(tmp_path: Path, value: str):
    tmp_path.chmod(0o700)
    (told,) = reasons(tmp_path, FLASK_DEBUG=value)
    assert "FLASK_DEBUG" in told


@pytest.mark.parametrize(("mode", "refused"), [(0o755, True), (0o701, True), (0o750, False)])
def test_a_data_folder_that_is_open_to_others_is_refused(tmp_path: Path, mode: int, refused: bool):
    tmp_path.chmod(mode)
    told = reasons(tmp_path)
    assert bool(told) is refused
    assert all("chmod 700" in one for one in told)


def test_a_database_that_others_can_read_is_refused(tmp_path: Path):
    data, shared = tmp_path / "data", tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    file = shared / "leads.db"
    file.touch()
    file.chmod(0o644)
    settings = Settings(data_dir=data, secret_key=GOOD, database_url=f"sqlite:///{file}")
    (told,) = dangers(settings, {})
    assert "chmod 600" in told
    shared.chmod(0o700)
    assert list(dangers(settings, {})) == [], "nobody gets that far"


@pytest.mark.parametrize("command", ["up", "web", "worker", "schedule"])
def test_every_process_refuses_with_all_reasons_at_once(command: str, tmp_path: Path):
    tmp_path.chmod(0o755)
    environ = {"FORMWIRE_DATA_DIR": str(tmp_path), "FORMWIRE_SECRET_KEY": "x" * 40}
    told = CliRunner(env=environ | {"FLASK_DEBUG": "1"}).invoke(main, [command])
    assert told.exit_code == 2
    assert len(told.stderr.splitlines()) == 3
    tmp_path.chmod(0o700)
