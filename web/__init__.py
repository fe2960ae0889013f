"""What people and websites see."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from engine.settings import Settings


def read_website() -> None:
    """Import all that `create_app` will need."""
    from web import api, health, intake, metrics, studio  # noqa: F401


def create_app(settings: Settings | None = None) -> Flask:
    """The whole website: public intake, health, the studio and the API."""
    # Imported here, since workers and commands import this package too and need none of it.
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from engine.instance import Instance
    from engine.settings import load_settings
    from engine.storage.secrets import Vault
    from web import api, errors, health, intake, metrics, static_files, studio
    from web.database import init_database

    settings = settings or load_settings()
    app = Flask(__name__)
    app.config["SECRET_KEY"], *app.config["SECRET_KEY_FALLBACKS"] = settings.secret_keys
    # Nothing here is async: to look at each view and hook again for each request finds none that is.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    database = init_database(app, settings.database_url)
    app.extensions["instance"] = Instance(settings, database, Vault(settings.secret_keys))
    errors.init_app(app)
    static_files.init_app(app)
    health.init_app(app)
    metrics.init_app(app)
    intake.init_app(app)
    studio.init_app(app)
    api.init_app(app)
    return app
