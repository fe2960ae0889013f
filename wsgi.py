"""For WSGI servers other than our own: ``gunicorn wsgi:app``."""

from web import create_app

app = create_app()
