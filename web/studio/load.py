"""How loaded the connections are: what waits for what, and what holds calls back."""

from __future__ import annotations

from flask import Blueprint, render_template

from engine.storage.base import now
from engine.storage.load_page import load_of_connections
from web.database import db
from web.instance import instance

blueprint = Blueprint("load", __name__, url_prefix="/load")


@blueprint.get("")
def index() -> str:
    loads = load_of_connections(db.session(), instance().vault, now())
    return render_template("studio/load.html", loads=loads)
