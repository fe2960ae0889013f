"""What a connector that was laid out by ``formwire new-connector`` still lacks."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
MARK = "to be built"


def unbuilt(name: str) -> list[str]:
    """Each place of the connector in this folder, its tests and its page that still bears the mark."""
    page = ROOT / "docs" / "connectors" / f"{name}.md"
    code = [ROOT / "connectors" / name, ROOT / "tests" / "connectors" / name]
    files = [page, *(file for folder in code for file in sorted(folder.rglob("*.py")))]
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if MARK in line
    ]
