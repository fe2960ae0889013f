"""One database for all tests here, wiped before each: a new engine compiles every statement anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.memory import MEMORY
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.base import Base
from tests.databases import Databases
from tests.engine.delivery.world import World, make_world


@pytest.fixture(scope="session")
def shared_instance(
    tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("shared")
    settings = Settings(
        data_dir=folder, database_url=databases.fresh(folder), secret_key="only for tests " * 3
    )
    instance = Instance.open(settings)
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
