"""One theatre for all stories: building one takes longer than playing many."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.play import Theatre


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    theatre = Theatre(tmp_path_factory.mktemp("theatre"))
    yield theatre
    theatre.close()
