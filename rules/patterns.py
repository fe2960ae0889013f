"""Regular expressions that cannot run away.

RE2 (https://github.com/google/re2/wiki/Syntax) takes time in proportion to the text, whatever the
pattern; what it cannot do in that time (looking around, back references) it refuses.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 200
MAX_PROGRAM = 4000
"""RE2's own instructions; the time for a text is at worst their number times its length.

One ``\\pL``, any letter, takes 1,200.
"""
MAX_MEMORY_BYTES = 1 << 20
SEARCHED_LENGTH = 2000
"""Characters of an answer that are looked at."""


def pattern_mistake(pattern: str) -> str | None:
    """Why ``pattern`` cannot be used, in words."""
    if not pattern:
        return r'is empty, so it would match everything; write a pattern such as "^\d{5}$"'
    if len(pattern) > MAX_PATTERN:
        return f"is longer than {MAX_PATTERN} characters; split it into several conditions"
    try:
        program = _compiled(pattern)
    except re2.error as error:
        return f"is not a pattern: {_reason(error)}; write it as RE2 does, without look-arounds"
    if program.programsize > MAX_PROGRAM:
        return "repeats too much; use smaller numbers in { }"
    return None


def pattern_surprise(pattern: str) -> str | None:
    r"""What a writer of ``pattern`` may not expect: \w and \b leave out all but the Latin letters."""
    if found := re.search(r"(?<!\\)(?:\\\\)*(\\[wWbB])", pattern):
        return rf"{found[1]} knows English letters only; for other letters write [\pL\pN]"
    return None


def found_in(pattern: str, text: str) -> bool:
    """Whether ``pattern`` occurs in ``text``, letter case aside. `pattern_mistake` found none."""
    return _compiled(pattern).search(text[:SEARCHED_LENGTH]) is not None


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = MAX_MEMORY_BYTES
    # Answers arrive composed; letter and accent apart would never be found.
    return re2.compile(unicodedata.normalize("NFC", pattern), options)


def _reason(error: re2.error) -> str:
    reason = error.args[0]
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
