"""What every connector promises (connectors/base.py), a case per promise.

A connector passes by inheriting `Contract` and `Accidents` with its own world. A gap that its spec
declares, under the case's name in words, makes that case a strict expected failure.
"""

from __future__ import annotations

from tests.conformance.enquiring import Enquiring
from tests.conformance.looking import Looking
from tests.conformance.recognising import Recognising
from tests.conformance.writing import Writing


class Contract(Looking, Writing, Recognising, Enquiring):
    """All cases that need no accident."""
