"""Secrets at rest: sealed, bound to their owner, and their keys can be changed."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import LargeBinary, select, update

from engine.instance import Instance
from engine.settings import Settings, load_settings
from engine.storage import sealed
from engine.storage.connections import save_connection, settings_of
from engine.storage.database import Database
from engine.storage.model_channels import Channel, ChannelKind
from engine.storage.models import Connection, Submission
from engine.storage.sealed import SEALED, seal_anew
from engine.storage.secrets import SecretsUnreadable, Vault
from engine.storage.tables import TABLES
from web import create_app
from web.cli import main

OLD, NEW = "the-first-key-which-everybody-knows-by-now", "the-second-key-which-is-still-a-secret"
Rotate = Callable[..., Result]
PLAIN_BYTES = {Submission.raw}
"""Bytes that are no secrets of ours."""


def test_every_column_of_bytes_is_sealed_or_is_said_not_to_be():
    bytes_columns = {
        f"{table.name}.{column.name}"
        for table in TABLES.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    placed = [*SEALED, *PLAIN_BYTES]
    assert bytes_columns == {f"{one.class_.__tablename__}.{one.key}" for one in placed}


@pytest.fixture
def vault() -> Vault:
    return Vault([OLD])


@pytest.fixture
def secrets(database: Database, vault: Vault) -> None:
    """Two connections, one with a grant, and a channel."""
    with database.write() as session:
        for key in ("main", "second"):
            save_connection(
                session, vault, key=key, name=key, connector="kommo", settings={"token": f"t-{key}"}
            )
        session.execute(
            update(Connection)
            .where(Connection.key == "main")
            .values(grant=vault.seal("main", {"refresh_token": "r"}))
        )
        secret = vault.seal("channel", {"secret": "s"})
        session.add(Channel(kind=ChannelKind.WEBHOOK, address="https://x.example", secret=secret))


def stored(database: Database) -> list[bytes]:
    with database.read() as session:
        found = [session.scalars(select(column)).all() for column in SEALED]
    return [secret for column in found for secret in column if secret]


def formwire(folder: Path, *arguments: str, **environ: str) -> Result:
    named = {f"FORMWIRE_{name}": value for name, value in environ.items()}
    return CliRunner().invoke(main, arguments, env={"FORMWIRE_DATA_DIR": str(folder)} | named)


@pytest.fixture
def rotate(settings: Settings) -> Rotate:
    place = {"DATABASE_URL": settings.database_url}
    return lambda **keys: formwire(settings.data_dir, "keys", "rotate", **place, **keys)


@pytest.mark.usefixtures("secrets")
def test_after_rotating_the_new_key_alone_opens_everything(database: Database, rotate: Rotate):
    told = rotate(SECRET_KEY=NEW, OLD_SECRET_KEYS=OLD)
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[:3] == [
        "connection.settings: 2 sealed anew, 0 were already",
        "connection.grant: 1 sealed anew, 0 were already",
        "channel.secret: 1 sealed anew, 0 were already",
    ]
    for secret in stored(database):
        assert Vault([NEW]).sealed_anew(secret) is None
        with pytest.raises(SecretsUnreadable):
            Vault([OLD]).sealed_anew(secret)
    with database.read() as session:
        for connection in session.scalars(select(Connection)):
            assert settings_of(connection, Vault([NEW])) == {"token": f"t-{connection.key}"}


@pytest.mark.usefixtures("secrets")
def test_rotating_again_changes_nothing(database: Database, rotate: Rotate):
    rotate(SECRET_KEY=NEW, OLD_SECRET_KEYS=OLD)
    before = stored(database)
    told = rotate(SECRET_KEY=NEW)
    assert "connection.settings: 0 sealed anew, 2 were already" in told.output
    assert stored(database) == before


@pytest.mark.usefixtures("secrets")
def test_stopped_midway_everything_can_still_be_read_and_it_can_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    both = Vault([NEW, OLD])
    exchange, calls = sealed._exchange, iter([False, True])

    def breaks(*arguments: object) -> int:
        if next(calls):
            raise KeyboardInterrupt
        return exchange(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sealed, "_exchange", breaks)
    with pytest.raises(KeyboardInterrupt):
        list(seal_anew(database, both))
    with database.read() as session:
        for connection in session.scalars(select(Connection)):
            assert settings_of(connection, both) == {"token": f"t-{connection.key}"}
    monkeypatch.undo()
    assert [(one.anew, one.already) for one in seal_anew(database, both)] == [
        (1, 1),
        (1, 0),
        (1, 0),
        (0, 0),
        (0, 0),
    ]


@pytest.mark.usefixtures("secrets")
def test_what_somebody_changes_meanwhile_is_left_as_they_made_it(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
):
    exchange = sealed._exchange

    def renewed_first(database: Database, column, id: int, old: bytes, new: bytes) -> int:
        if column is Connection.grant:  # a worker refreshes the grant at this moment
            with database.write() as session:
                fresh = vault.seal("main", {"refresh_token": "newer"})
                session.execute(update(Connection).where(Connection.id == id).values(grant=fresh))
        return exchange(database, column, id, old, new)

    monkeypatch.setattr(sealed, "_exchange", renewed_first)
    assert [one.anew for one in seal_anew(database, Vault([NEW, OLD]))] == [2, 0, 1, 0, 0]
    with database.read() as session:
        (grant,) = filter(None, session.scalars(select(Connection.grant)))
    assert vault.open("main", grant) == {"refresh_token": "newer"}


@pytest.mark.usefixtures("secrets")
def test_a_secret_that_no_key_opens_is_named_and_stops_nothing(database: Database, rotate: Rotate):
    strange = Vault(["a key that was lost long ago, alas"]).seal("second", {"token": "lost"})
    with database.write() as session:
        session.execute(
            update(Connection).where(Connection.key == "second").values(settings=strange)
        )
        row = session.scalars(select(Connection.id).where(Connection.key == "second")).one()
    told = rotate(SECRET_KEY=NEW, OLD_SECRET_KEYS=OLD)
    assert told.exit_code == 1
    assert f"connection.settings: no key opens that of row {row}" in told.stderr
    assert "FORMWIRE_OLD_SECRET_KEYS" in told.stderr
    assert "channel.secret: 1 sealed anew" in told.output
    assert strange in stored(database)


def test_a_secret_moved_to_another_row_does_not_open(vault: Vault):
    moved = vault.seal("main", {"token": "t"})
    again = Vault([NEW, OLD]).sealed_anew(moved)
    assert again
    with pytest.raises(SecretsUnreadable, match="sealed for another"):
        Vault([NEW]).open("second", again)


@pytest.mark.parametrize("between", [",", " ", "\n", ", "])
def test_several_old_keys_may_be_named(tmp_path: Path, between: str):
    environ = {"FORMWIRE_SECRET_KEY": NEW, "FORMWIRE_OLD_SECRET_KEYS": f"one{between}two"}
    settings = load_settings({"FORMWIRE_DATA_DIR": str(tmp_path)} | environ)
    assert settings.secret_keys == [NEW, "one", "two"]
    assert "two" not in repr(settings)


def test_the_kept_key_can_be_changed_too(tmp_path: Path):
    (first,) = Settings(data_dir=tmp_path).secret_keys
    told = formwire(tmp_path, "keys", "new")
    assert told.exit_code == 0
    assert "Restart Formwire" in told.output
    newest, kept = Settings(data_dir=tmp_path).secret_keys
    assert (kept, newest != first) == (first, True)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_key_that_was_named_is_not_replaced_by_a_file(tmp_path: Path):
    told = formwire(tmp_path, "keys", "new", SECRET_KEY=NEW)
    assert told.exit_code == 2
    assert "FORMWIRE_OLD_SECRET_KEYS" in told.stderr
    assert not (tmp_path / "secret_key").exists()


def test_what_an_old_key_signed_is_still_read(settings: Settings):
    """A sign-in page that is open meanwhile is shown anew; who is signed in notices nothing."""
    before = create_app(settings.model_copy(update={"secret_key": OLD}))
    keys = {"secret_key": NEW, "old_secret_keys": OLD}
    after = create_app(settings.model_copy(update=keys))
    client, later = before.test_client(), after.test_client()
    client.get("/setup")
    held = client.get_cookie("formwire")
    assert held
    later.set_cookie("formwire", held.value)
    with client.session_transaction("/login") as old, later.session_transaction("/login") as new:
        assert old["csrf_token"] == new["csrf_token"]
    for app in (before, after):
        app.extensions["database"].close()


def test_every_process_opens_with_all_keys(instance: Instance, settings: Settings):
    old = settings.secret_key.split()[0]
    sealed_before = Vault([old]).seal("main", {"token": "t"})
    keys = {"secret_key": NEW, "old_secret_keys": settings.secret_key}
    opened = Instance.open(Settings(data_dir=settings.data_dir, **keys))
    assert opened.vault.open("main", sealed_before) == {"token": "t"}
    opened.database.close()
