"""The posts of all senders that we know."""

from __future__ import annotations

from tests.engine.deciding.senders import advertising, builders, websites, wordpress

WITH_ANSWERS = (*websites.CASES, *wordpress.CASES, *builders.CASES, *advertising.CASES)
EVERY = (*WITH_ANSWERS, *advertising.WITHOUT_ANSWERS)
