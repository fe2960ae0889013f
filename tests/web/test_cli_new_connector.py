"""``formwire new-connector``: what a newcomer's patch touches, and that it fails where work is left."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from web.cli import main

ROOT = Path(__file__).parents[2]
OWN = ("connectors", "tests/conformance", "tests/connectors")
LONGEST = ("abcdefg_hij_klm_nopq", "The longest label there can be")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what a connector is part of; the rest is imported from where it is."""
    copy = tmp_path / "source"
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("connectors", "docs/connectors", "tests/conformance", "tests/acceptance"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for file in ("pyproject.toml", "tests/__init__.py", "tests/connectors/__init__.py"):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    monkeypatch.chdir(copy)
    return copy


def new_connector(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["new-connector", *arguments])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{ROOT}"}
    environ.pop("CI", None)  # with it pytest words its failures in another way
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=checkout, env=environ, capture_output=True, text=True, check=False
    )


def test_a_patch_touches_its_own_folders_one_row_and_one_page(checkout: Path) -> None:
    before = contents(checkout)
    result = new_connector("acme_crm", "--label", "Acme CRM")
    assert result.exit_code == 0, result.output
    after = contents(checkout)
    changed = {path for path in before if after[path] != before[path]}
    assert changed == {"connectors/registry.py"}
    own = r"(connectors|tests/connectors)/acme_crm/.+|docs/connectors/acme_crm\.md|tests/conformance/test_acme_crm\.py"
    new = after.keys() - before.keys()
    assert [path for path in new if not re.fullmatch(own, path)] == []
    assert all(path in result.output for path in new)
    lines = before["connectors/registry.py"].splitlines()
    added = [line for line in after["connectors/registry.py"].splitlines() if line not in lines]
    assert added == [
        b"from connectors.acme_crm.connector import AcmeCrmConnector",
        b"from connectors.acme_crm.spec import ACME_CRM",
        b"    ACME_CRM.key: (ACME_CRM, AcmeCrmConnector),",
    ]


def test_its_conformance_tests_run_and_each_says_what_to_build(checkout: Path) -> None:
    new_connector("acme")
    options = ("-p", "no:randomly", "-p", "no:cacheprovider", "--noconftest", "-q")
    narrowed = ("--tb=line", "-k", "TestAcme and not UnderAccidents or link or nothing_is_left")
    ran = python(checkout, "pytest", "tests/conformance/test_acme.py", *options, *narrowed)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert re.search(r"^\d{3} failed, \d{3} deselected in ", ran.stdout, re.MULTILINE), ran.stdout
    errors = re.findall(r"^E   (\w+Error: .*)", ran.stdout, re.MULTILINE)
    unbuilt = "NotImplementedError: to be built in connectors.acme.connector: "
    (left,) = (error for error in errors if not error.startswith(unbuilt))
    assert left.startswith("AssertionError: assert ['docs/connec")
    told = {error.removeprefix(unbuilt).partition(":")[0] for error in errors}
    assert told >= set("check catalog find effect create update create_bundles record_url".split())


@pytest.mark.parametrize("name", [("zz",), LONGEST], ids=["short", "long"])
def test_the_linter_and_the_formatter_find_nothing(checkout: Path, name: tuple[str, ...]) -> None:
    result = new_connector(name[0], *(("--label", name[1]) if name[1:] else ()))
    assert result.exit_code == 0, result.output
    for task in (("check",), ("format", "--check")):
        ran = python(checkout, "ruff", *task, "--no-cache", *OWN)
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("Acme",), "is no name for a connector: small letters"),
        (("acme-crm",), "is no name for a connector"),
        (("1c",), "is no name for a connector"),
        (("class",), "is no name for a connector"),
        (("acme_",), "is no name for a connector"),
        (("../acme",), "is no name for a connector"),
        (("a" * 21,), "is no name for a connector"),
        (("acme", "--label", 'A "CRM"'), "is no label"),
        (("acme", "--label", "A\nCRM"), "is no label"),
        (("kommo",), "kommo is taken (by connectors/kommo)"),
        (("amocrm",), "amocrm is taken (by docs/connectors/amocrm.md)"),
        (("http",), "http is taken (by connectors/http.py)"),
    ],
)
def test_what_cannot_be_laid_out_is_refused_and_nothing_written(
    arguments: tuple[str, ...], why: str, checkout: Path
) -> None:
    before = contents(checkout)
    result = new_connector(*arguments)
    assert result.exit_code == 2
    assert why in result.stderr
    assert contents(checkout) == before


def test_nothing_of_an_earlier_try_is_overwritten(checkout: Path) -> None:
    mine = checkout / "tests/conformance/test_acme.py"
    mine.write_text("mine")
    result = new_connector("acme")
    assert "acme is taken (by tests/conformance/test_acme.py)" in result.stderr
    assert mine.read_text() == "mine"
    assert not (checkout / "connectors/acme").exists()


def test_elsewhere_it_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = new_connector("acme")
    assert result.exit_code == 2
    assert (
        "is no checkout of Formwire's source (there is no connectors/registry.py)" in result.stderr
    )
    assert list(tmp_path.iterdir()) == []
