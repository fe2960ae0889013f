"""How every process of Formwire logs: readable at a terminal, JSON lines everywhere else."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

from connectors.masking import masked

# At "info" these would tell of every request and every queue operation.
_QUIET = ("httpx", "httpcore", "rq.worker", "alembic")

_INVITATION = re.compile(r"(/invitation/)[\w%-]+")  # whoever reads its address may use it


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """Hides what looks like a secret, in whichever library's words: exceptions quote addresses."""

    def format(self, record: logging.LogRecord) -> str:
        return _INVITATION.sub(r"\1…", masked(super().format(record)))


def log_formatter(*, plain: bool) -> logging.Formatter:
    """How one line is written: for people when ``plain``, else as JSON."""
    return _Discreet(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if plain else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer(),
        ],
    )


def configure_logging(level: str) -> None:
    """Send all logging of this process to its standard error, one line per event.

    Both `logging` and structlog end here. Nothing may log a submission's values or a secret.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(log_formatter(plain=sys.stderr.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
