"""One database for all tests here, wiped before each: a new engine compiles every statement anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.memory import MEMORY
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import Base
from tests.engine.delivery.world import World, make_world


@pytest.fixture(scope="session")
def shared_instance(
    tmp_path_factory: pytest.TempPathFactory, blank_database: Path
) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(blank_database, folder / "formwire.db")
    instance = Instance.open(Settings(data_dir=folder, secret_key="only for tests " * 3))
    yield instance
    instance.database.close()


@pytest.fixture
def wiped_instance(shared_instance: Instance) -> Instance:
    with shared_instance.database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    return shared_instance


SPECS = {
    "with bundles": MEMORY,
    "one kind a call": replace(MEMORY, bundle_bulk=0),
}


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def world(
    request: pytest.FixtureRequest, wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> World:
    return make_world(wiped_instance, monkeypatch, request.param)
