"""A Formwire of its own for each test, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect, sync_playwright

from engine.delivery import bell
from engine.garbage import WORKING, collect_rarely
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.connections import save_connection
from engine.storage.database import Database
from engine.storage.forms import save_form, save_module
from engine.storage.models import Connection, Form, Module
from tests import compiling
from tests.builders import form_config, module_config
from tests.databases import WITH_POSTGRES, Databases, Postgres, SqliteFiles
from tests.valkey import Valkey
from web import create_app

# The headless shell draws the same and takes less than half of the time.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))),
    None,
)

# Each worker, and each of the many processes that tests start, would compile everything anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LONGEST = (
    "test_story.py",
    "test_every_page.py",
    "test_module_editor.py",
    "test_load.py",
    "acceptance",
    "browser",
    "simulation",
    "security",
    "api",
)
"""The files that take longest, and then their folders."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They go first, lest one worker be left with them when all others are done."""

    def rank(item: pytest.Item) -> int:
        ranks = (at for at, name in enumerate(LONGEST) if name in item.path.parts)
        return min(ranks, default=len(LONGEST))

    items.sort(key=rank)


SHARERS = {
    "tests/acceptance/test_senders.py": "tests/acceptance/test_load.py",
    "tests/acceptance/test_two_forms.py": "tests/acceptance/test_load.py",
    "tests/acceptance/test_in_a_browser.py": "tests/acceptance/test_first_lead.py",
}
"""Files whose tests use the same running Formwire as those of another."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files that share a Formwire go to one worker, since each worker would start its own."""
    from xdist.scheduler import LoadFileScheduling

    class Sharing(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return SHARERS.get(file, file)

    return Sharing(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """What is there by now stays: the garbage collector need not look through it again and again."""
    collect_rarely(WORKING)


@pytest.fixture(scope="session", autouse=True)
def _apps_share_what_they_compile() -> Iterator[None]:
    """Every test has an app of its own, and next to compiling all else about it is quick."""
    with pytest.MonkeyPatch.context() as patch:
        compiling.share(patch)
        yield


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Postgres() if WITH_POSTGRES else SqliteFiles(tmp_path_factory.mktemp("blank"))
    yield made
    made.close()


@pytest.fixture
def settings(tmp_path: Path, databases: Databases) -> Iterator[Settings]:
    url = databases.fresh(tmp_path)
    yield Settings(data_dir=tmp_path, database_url=url, secret_key="only for tests " * 3)
    databases.give_back(url)


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    """The variables by which a command finds this Formwire."""
    return {
        "FORMWIRE_DATA_DIR": str(settings.data_dir),
        "FORMWIRE_DATABASE_URL": settings.database_url,
        "FORMWIRE_SECRET_KEY": settings.secret_key,
    }


@pytest.fixture
def instance(settings: Settings) -> Iterator[Instance]:
    """A Formwire beside the website's, as a worker has it."""
    opened = Instance.open(settings)
    yield opened
    opened.database.close()


@pytest.fixture
def database(instance: Instance) -> Database:
    return instance.database


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.testing = True
    yield app
    app.extensions["database"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A website's or visitor's client: nobody has signed in."""
    return app.test_client()


@pytest.fixture
def form(database: Database) -> Form:
    """The form ``callback``, which has no modules."""
    with database.write() as session:
        return save_form(session, form_config())


@pytest.fixture
def connection(instance: Instance) -> Connection:
    with instance.database.write() as session:
        return save_connection(
            session,
            instance.vault,
            key="main",
            name="Main",
            connector="kommo",
            settings={"account": "acme", "token": "a token"},
        )


@pytest.fixture
def module(database: Database, form: Form, connection: Connection) -> Module:
    """The form's module ``sales``, which is enabled."""
    with database.write() as session:
        return save_module(session, module_config())


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the connections whose bell was rung."""
    rung: list[int] = []
    monkeypatch.setattr(bell, "ring", lambda _url, connection_id: rung.append(connection_id))
    return rung


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; a test that needs it is skipped where there is none."""
    if CHROMIUM is None:
        if os.environ.get("FORMWIRE_REQUIRE_BROWSER"):
            pytest.fail("FORMWIRE_REQUIRE_BROWSER is set, and there is no chromium here")
        pytest.skip("there is no chromium here: apt-get install chromium-headless-shell")
    expect.set_options(timeout=30_000)  # ms; what is awaited comes at once where nothing else runs
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """A real server with nothing in it."""
    valkey_server.redis.flushall()
    return valkey_server
