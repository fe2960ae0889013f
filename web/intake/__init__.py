"""What websites and their visitors see: a form's address, its script, its pages, and files by link."""

from __future__ import annotations

from flask import Flask

from engine.delivery.repeats import Repeats
from web.intake.files import files
from web.intake.page import page
from web.intake.rate import RateLimit
from web.intake.routes import intake


def init_app(app: Flask) -> None:
    app.extensions["intake_rate"] = RateLimit()
    app.extensions["intake_repeats"] = Repeats()
    app.register_blueprint(intake)
    app.register_blueprint(page)
    app.register_blueprint(files)
