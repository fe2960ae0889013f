"""Numbers as people write them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

MAX_LENGTH = 40

_CURRENCY = (
    r"(?:(?:us)?[$¢£¥\u20a0-\u20cf]|uah|грн|гривень|гривні|usd|dollars?|eur|euros?|gbp|pln|zł|czk|kč"
    r"|ron|chf|cad|aud|kzt|тг|тенге|rub|руб|рублей|р)\.?"
)
_WRITTEN = re.compile(
    rf"(?P<sign>-?) ?(?:{_CURRENCY} ?)?(?P<inner>-?)(?P<digits>[0-9][0-9 ',.]*?|[0-9.]+e[+-]?[0-9]+)"
    rf"(?: ?{_CURRENCY})?",
    re.IGNORECASE,
)
_CANONICAL = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]{1,2})?", re.IGNORECASE)
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<group>[ ',.])[0-9]{3}(?:(?P=group)[0-9]{3})*|[0-9]+)"
    r"(?:(?P<point>[.,])(?P<part>[0-9]+))?"
)
_AS_ASCII = str.maketrans({"−": "-", "’": "'"})


def read_number(text: str) -> Decimal | None:
    """The number that ``text`` writes, a currency beside it forgiven; None when it writes none.

    Thousands may be grouped by blanks of any width, apostrophes, commas or dots; of two kinds of
    separator the last is the decimal one. A lone dot is a decimal point, as number inputs and JSON
    write it ("1.500" is 1.5). A lone comma is a decimal one too, unless exactly three digits follow
    it and the whole part is not 0 ("1,500" is 1500; "1,50" and "0,500" have decimals).
    """
    if len(text) > MAX_LENGTH:
        return None
    plain = unicodedata.normalize("NFKC", text).translate(_AS_ASCII).strip()
    written = _WRITTEN.fullmatch(plain)
    if written is None:
        return None
    digits = written["digits"]
    bare = digits if _CANONICAL.fullmatch(digits) else _ungrouped(digits)
    return Decimal(("-" if written["sign"] or written["inner"] else "") + bare) if bare else None


def _ungrouped(digits: str) -> str | None:
    """``digits`` with no grouping and a decimal point, or None when they are grouped wrongly."""
    match = _GROUPED.fullmatch(digits)
    if match is None:
        return None
    whole, group, point, part = match["whole"], match["group"], match["point"], match["part"]
    if group == "," and whole.startswith("0") and whole.count(",") == 1 and not part:
        return whole.replace(",", ".")  # "0,500"
    if group and (point == group or whole.startswith("0")):  # "1,500,50", "067 123"
        return None
    bare = whole.replace(group, "") if group else whole
    return f"{bare}.{part}" if part else bare
