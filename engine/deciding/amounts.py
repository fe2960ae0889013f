"""Amounts of money and other numbers whose way of writing is known."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from rules.numbers import MAX_LENGTH, read_number

_WORDS: dict[str, frozenset[str]] = {
    word: frozenset(codes.split())
    for words, codes in {
        "$ dollar dollars": "USD AUD CAD HKD MXN NZD SGD",
        "us usd": "USD",
        "¥": "CNY JPY",
        "€ eur euro euros": "EUR",
        "£ gbp": "GBP",
        "₴ uah грн гривень гривні": "UAH",
        "₽ rub руб рублей р": "RUB",
        "₸ kzt тг тенге": "KZT",
        "zł pln": "PLN",
        "kč czk": "CZK",
        "ron": "RON",
        "chf": "CHF",
        "cad": "CAD",
        "aud": "AUD",
    }.items()
    for word in words.split()
}
"""Words beside an amount to the ISO 4217 codes of the currencies they may mean."""

_WORD = re.compile(r"[^\W\d_]+|[$£¥\u20a0-\u20cf]")
_DIGITS = re.compile(r"[0-9](?:[0-9 '’.,]*[0-9])?")


def read_amount(text: str, *, decimal: str = "") -> Decimal | None:
    """The number that ``text`` writes; ``decimal`` is the sign before its decimals, when that is known.

    Without it the number is read as `rules.numbers.read_number` guesses: 1,500 is 1500, 1.500 is 1.5.
    """
    if not decimal or len(text) > MAX_LENGTH:
        return read_number(text)
    plain = unicodedata.normalize("NFKC", text)
    written = _DIGITS.search(plain)
    if written is None:
        return None
    whole, _, part = written[0].partition(decimal)
    grouped = re.fullmatch(r"[0-9]{1,3}([ '’.,])[0-9]{3}(?:\1[0-9]{3})*|[0-9]+", whole)
    if grouped is None or not (part.isdecimal() or whole == written[0]):
        return None
    bare = "".join(sign for sign in whole if sign.isdecimal()) + (f".{part}" if part else "")
    return read_number(plain[: written.start()] + bare + plain[written.end() :])


def names_other_currency(text: str, code: str) -> bool:
    """Whether a currency stands beside the amount that is not ``code`` (ISO 4217)."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return any(code not in _WORDS[word] for word in words if word in _WORDS)


def without_code(text: str, code: str) -> str:
    """``text`` without its currency's own code, which may be one that `read_amount` does not know."""
    return re.sub(rf"(?<![^\W\d]){re.escape(code)}(?![^\W\d])", "", text, flags=re.I)
