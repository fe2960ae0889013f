"""What websites and their visitors see: a form's address, its script, the thank-you and demo page."""

from __future__ import annotations

from flask import Flask

from web.intake.rate import RateLimit
from web.intake.routes import intake


def init_app(app: Flask) -> None:
    app.extensions["intake_rate"] = RateLimit()
    app.register_blueprint(intake)
