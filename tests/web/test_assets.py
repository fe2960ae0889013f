from __future__ import annotations

import json
from pathlib import Path

import pytest

from web.assets import STATIC, AssetsError, sprite

ROOT = STATIC.parent.parent
BELL = """<svg
  xmlns="http://www.w3.org/2000/svg"
  class="icon"
>
  <path d="M9 17v1" />
</svg>"""


def test_a_sprite_has_a_symbol_for_each_icon(tmp_path: Path) -> None:
    (tmp_path / "bell.svg").write_text(BELL)
    text = sprite(tmp_path, ["bell"])
    assert '<symbol id="bell" viewBox="0 0 24 24"' in text
    assert '<path d="M9 17v1" />' in text


def test_an_icon_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetsError, match="bel, which is no icon"):
        sprite(tmp_path, ["bel"])


def test_the_list_of_icons_is_sorted_and_has_each_once() -> None:
    names = (STATIC / "icons.txt").read_text().split()
    assert names == sorted(set(names))


def test_front_end_packages_are_pinned_with_hashes_and_without_addresses() -> None:
    lock = json.loads((STATIC / "package-lock.json").read_text())
    wanted = json.loads((STATIC / "package.json").read_text())["dependencies"]
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("integrity" in package for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_python_packages_are_pinned_with_hashes_and_without_addresses(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    assert all(line.startswith(" ") or "==" in line for line in lines)
    assert all(line.startswith("    --hash=sha256:") for line in lines if line.startswith(" "))
