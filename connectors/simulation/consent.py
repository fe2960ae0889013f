"""The page on which a person lets an integration in, and the way back from it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, urlencode, urlsplit

from flask import redirect, render_template, request
from werkzeug import Response
from werkzeug.exceptions import BadRequest

from connectors.simulation.pages import page_headers

ASKED = ("client_id", "redirect_uri", "state")


def consent_page(
    back: SplitResult,
    *,
    label: str,
    integration: str,
    account: tuple[object, str],
    asked: tuple[str, ...] = ASKED,
) -> Response:
    """Ask whether ``integration`` may have ``account``, an id and a name.

    ``asked``: parameters of the query that are sent along with the decision.
    """
    shown = render_template(
        "consent.html",
        label=label,
        integration=integration,
        accounts=[account],
        asked={key: request.args.get(key, "") for key in asked},
        path=request.path,
        refresh_s=0,
    )
    response = Response(shown, mimetype="text/html")
    # Chromium holds the policy against the address that a sent form is redirected to, too.
    response.headers.update(page_headers(f"'self' {back.scheme}://{back.netloc}"))
    return response


def sent_back(back: SplitResult, told: Mapping[str, str]) -> Response:
    """The person goes where they came from, with ``told`` in the query."""
    query = f"{back.query}&{urlencode(told)}" if back.query else urlencode(told)
    return redirect(back._replace(query=query).geturl())


def redirect_address(sent: Mapping[str, str], complaint: str) -> SplitResult:
    """The parts of the address to send the person back to; ``complaint`` is said when there is none."""
    back = urlsplit(sent.get("redirect_uri", ""))
    if back.scheme not in ("http", "https") or not back.hostname:
        raise BadRequest(complaint)
    return back
