"""Pages on which a person sees what a simulated CRM holds: an overview, and one page per record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from flask import Blueprint, Response, current_app, render_template, request

if TYPE_CHECKING:
    from connectors.simulation.simulator import Simulator

REFRESH_S = 5


@dataclass(frozen=True, slots=True)
class Card:
    """A record in short. ``fresh``: it came within the last minute."""

    title: str
    url: str
    lines: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """Records under one heading, newest first. ``count`` is of all, ``cards`` may be fewer."""

    label: str
    cards: tuple[Card, ...]
    count: int
    total: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A pipeline: a shelf of deals per stage."""

    label: str
    stages: tuple[Shelf, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole account."""

    boards: tuple[Board, ...]
    shelves: tuple[Shelf, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All there is to know about one record. ``rows`` are label and value."""

    kind: str
    title: str
    rows: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    shelves: tuple[Shelf, ...]


class Showcase(Protocol):
    """What a vendor's simulator tells the pages."""

    label: str
    record_paths: Sequence[str]
    """The vendor's own addresses of a record, as URL rules with ``entity`` and ``int:id``."""

    def overview(self) -> Overview:
        """Show the account."""

    def sheet(self, entity: str, id: int) -> Sheet | None:
        """Show one record; None when there is none."""


pages = Blueprint("pages", __name__)


@pages.get("/")
def overview() -> str:
    return _render("overview.html", overview=_showcase().overview())


@pages.get("/<entity>/<int:id>")
def record(entity: str, id: int) -> str | tuple[str, int]:
    sheet = _showcase().sheet(entity, id)
    if sheet is None:
        return _render("missing.html"), 404
    return _render("sheet.html", sheet=sheet)


def page_headers(forms_go_to: str = "'none'") -> dict[str, str]:
    """The headers of a page; ``forms_go_to`` are sources as a Content-Security-Policy names them."""
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self'; "
            f"base-uri 'none'; form-action {forms_go_to}; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        # Not "no-referrer": a browser would then send a form to its own site without its origin.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


@pages.after_request
def _harden(response: Response) -> Response:
    response.headers.update(page_headers())
    return response


def _showcase() -> Showcase:
    return cast("Simulator", current_app).showcase


def _render(template: str, **context: object) -> str:
    refresh_s = 0 if request.args.get("refresh") == "off" else REFRESH_S
    return render_template(
        template, label=_showcase().label, path=request.path, refresh_s=refresh_s, **context
    )
