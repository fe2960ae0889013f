"""A toy vendor that keeps toys, to see what all simulators share."""

from __future__ import annotations

import httpx
from flask import Blueprint, current_app, jsonify, request
from werkzeug import Response

from connectors.simulation import Card, Overview, Sheet, Shelf, Simulator

NASTY = "<script>alert(1)</script>"


class ToyDialect:
    prefix = "/api/"

    def refusal(self, status: int) -> Response:
        return Response("refused", status)

    def too_many(self, wait_s: float, in_a_row: int) -> Response:
        return Response(f"wait {wait_s:g}, {in_a_row} in a row", 429)

    def blocked(self) -> Response:
        return Response("blocked", 403)

    def failure(self) -> Response:
        return Response("failed", 500)


class ToyShowcase:
    label = "Toys"
    record_paths = ("/<any(toys):entity>/show/<int:id>",)

    def overview(self) -> Overview:
        card = Card(NASTY, "/toys/1", (NASTY,), (NASTY,), fresh=True)
        return Overview((), (Shelf("Toys", (card,), 1),))

    def sheet(self, entity: str, id: int) -> Sheet | None:
        if (entity, id) != ("toys", 1):
            return None
        return Sheet("Toy", NASTY, ((NASTY, NASTY),), (NASTY,), ())


toys = Blueprint("toys", __name__)


@toys.get("/api/toys")
def show_toys() -> Response:
    return jsonify(current_app.store.search("toys", request.args.get("query", "")))


@toys.post("/api/toys")
def add_toy() -> Response:
    return jsonify(current_app.store.add("toys", request.get_json()))


def client_of(simulator: Simulator) -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(app=simulator), base_url="http://toys.test")


def add(web: httpx.Client, name: str = "Car") -> httpx.Response:
    return web.post("/api/toys", json={"name": name})
